import * as fc from 'fast-check';
import { makeFigure } from '../bench/figures.ts';
import { comparePairs, geometricMean, median } from '../bench/paired.ts';
import { makeTable } from '../bench/table.ts';
import { isUnmarked, modulePath } from '../bench/build/generated-project.ts';

describe('figures of the benchmarks', () => {
  it('holds a value against its bar, the bar itself included', () => {
    expect(makeFigure('a', 1.05, 'x', 'peer', '<= 1.05').ok).toBe(true);
    expect(makeFigure('a', 1.051, 'x', 'peer', '<= 1.05').ok).toBe(false);
    expect(makeFigure('a', 20, 'functions/s', null, '>= 20').ok).toBe(true);
    expect(makeFigure('a', 19, 'functions/s', null, '>= 20').ok).toBe(false);
    expect(makeFigure('a', Number.NaN, 'x', null, '<= 1').ok).toBe(false);
    expect(() => makeFigure('a', 1, 'x', null, 'about 1')).toThrow('expected a bar');
  });

  it('finds the ratio of pairs whatever disturbs a whole pair', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 1, maxLength: 40 }), fc.double({ min: 0.1, max: 10, noNaN: true }), (peer, factor) => {
      const { median: found, low, high } = comparePairs(peer.map((ms) => ms * factor), peer, 200);
      expect(found).toBeCloseTo(factor, 9);
      expect(low).toBeLessThanOrEqual(found + 1e-9);
      expect(high).toBeGreaterThanOrEqual(found - 1e-9);
    }));
  });

  it('gives an interval that holds the middle of its pairs, and the same one each time', () => {
    const subject = [10, 12, 11, 15, 9, 10, 11, 30, 10];
    const peer = subject.map(() => 10);
    expect(comparePairs(subject, peer)).toEqual(comparePairs(subject, peer));
    const { median: m, low, high } = comparePairs(subject, peer);
    expect(m).toBe(1.1);
    expect(low).toBeLessThan(m);
    expect(high).toBeGreaterThan(m);
    expect(() => comparePairs([1], [])).toThrow(RangeError);
  });

  it('knows medians and geometric means', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(geometricMean([1, 4])).toBe(2);
  });

  it('sets columns under each other', () => {
    expect(makeTable(['name', 'ms'], [['a', 5], ['long one', 125]])).toBe('name       ms\n--------  ---\na           5\nlong one  125');
  });
});

describe('the generated project', () => {
  it('has a path of its own for every module, and as many unmarked modules as it says', () => {
    const paths = Array.from({ length: 300 }, (_, i) => modulePath(i));
    expect(new Set(paths).size).toBe(300);
    const count = (targets: number): number => paths.filter((_, i) => isUnmarked(i, { files: 300, targets })).length;
    expect(count(0)).toBe(300);
    expect(count(60)).toBe(240);
    expect(count(600)).toBe(0);
  });
});

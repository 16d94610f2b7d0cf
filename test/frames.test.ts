import { makeTempProject, PAIRS, PLUGIN } from './support/temp-project.ts';

const SOURCE = `interface Item { price: number }

/** @poet */
export function total(items: readonly Item[]): number {
  let sum = 0;
  for (const item of items) {
    if (item.price < 0) throw new RangeError('negative price');
    sum += item.price;
  }
  return sum;
}

/** @poet */
export const half = (value: number): number => {
  if (value === 0) throw new RangeError('zero');
  return value / 2;
};

const show = (run: () => unknown): void => {
  try {
    run();
  } catch (error) {
    console.log((error as Error).stack);
  }
};
show(() => total([{ price: -1 }]));
console.log('--');
show(() => half(0));
console.log('--');
show(() => total('none' as never));
`;

const KINDS = [
  { name: 'ESM', type: 'module', module: 'nodenext' },
  { name: 'CommonJS', type: 'commonjs', module: 'node16' },
];

describe.each(PAIRS)('frames under node --enable-source-maps: $name', (pair) => {
  it.each(KINDS)('$name: external and inline maps', ({ type, module }) => {
    for (const maps of [{ sourceMap: true }, { inlineSourceMap: true, inlineSources: true }]) {
      const project = makeTempProject(pair, {
        'package.json': JSON.stringify({ name: 'frames', type }),
        'tsconfig.json': JSON.stringify({ compilerOptions: { strict: true, module, target: 'ES2022', lib: ['ES2022', 'DOM'], rootDir: 'src', outDir: 'dist/deep', skipLibCheck: true, types: [], plugins: [PLUGIN], ...maps }, include: ['src'] }),
        'src/total.ts': SOURCE,
      });
      try {
        expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
        const { out } = project.node(['--enable-source-maps', 'dist/deep/total.js'], { POET_EVENTS: 'off' });
        const lines = out.split('--\n').map((stack) => [...stack.matchAll(/\.poet\/[^:]+|(?<=src\/total\.ts:)\d+/g)].map(([place]) => place));
        // The author's own lines; the dispatch is attributed to the function's name, and checks are not in the way of the caller.
        expect(lines.map((places) => places.slice(0, 3))).toEqual([['7', '4', '26'], ['15', '14', '28'], ['4', '30', '21']]);
        const map = JSON.parse('sourceMap' in maps ? project.read('dist/deep/total.js.map')
          : Buffer.from(/base64,(\S+)/.exec(project.read('dist/deep/total.js'))![1]!, 'base64').toString()) as { sources: string[] };
        expect(map.sources).toContain('../../src/total.ts');
        expect(map.sources).toContain('../../.poet/src/total.ts/total/v1/contract.ts');
      } finally {
        project.remove();
      }
    }
  });
});

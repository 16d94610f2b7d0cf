/** Parameter state: versions, compare-and-set, bounds, history, roll-back, damage. That a kill at any step leaves it whole: test/runtime-kill.test.ts. */
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { commitState, rollBackState, updateState } from '../runtime/node/state/commit-state.ts';
import { listStates } from '../runtime/node/state/list-states.ts';
import { readState, readStateHistory } from '../runtime/node/state/read-state.ts';
import { findStateFolder, listStateVersions, stateFile } from '../runtime/node/state/state-folder.ts';
import type { StatePlace } from '../runtime/node/state/state-folder.ts';
import { makeStateRecord } from '../runtime/node/state/state-record.ts';
import { makeCliProject } from './cli-project.ts';
import { makeRuntimeApp } from './support/runtime-app.ts';

const app = makeRuntimeApp();
afterAll(() => app.close());

const PARAMETERS = { threshold: { initial: 0.5, min: 0, max: 1, unit: '' }, windowMs: { initial: 1000, min: 100, max: 60_000, unit: 'ms' } };
const at = (root = app.newRoot(), more: Partial<StatePlace> = {}): StatePlace => ({ root, packageName: '@acme/app', functionName: 'src/a.ts#f', codeVersion: 'v1', parameters: PARAMETERS, ...more });
const WHO = { by: 'a test', reason: 'to see' };
const damage = (place: StatePlace, version: number, how: (text: string) => string): void => {
  const file = join(findStateFolder(place), stateFile(version));
  writeFileSync(file, how(readFileSync(file, 'utf8')));
};

describe('a state', () => {
  it('has the initial values before anybody commits, and leaves nothing on the disk', () => {
    const place = at();
    expect(readState(place)).toEqual({ version: 0, values: { threshold: 0.5, windowMs: 1000 }, record: undefined, problems: [] });
    expect(existsSync(place.root)).toBe(false);
  });

  it('keeps who, when, why and from what', async () => {
    const place = at();
    const before = Date.now();
    await commitState(place, { from: 0, values: { threshold: 0.7 }, by: 'learner', reason: 'recall fell' });
    const made = await commitState(place, { from: 1, values: { windowMs: 2000 }, by: 'ops', reason: 'too noisy' });
    const { version, values, record } = readState(place);
    expect([version, values, record]).toEqual([2, { threshold: 0.7, windowMs: 2000 }, made]);
    expect(record).toMatchObject({ schema: 1, function_name: 'src/a.ts#f', code_version: 'v1', parent: 1, by: 'ops', reason: 'too noisy', parameters: PARAMETERS });
    expect(record!.at).toBeGreaterThanOrEqual(before);
    const { records, problems } = readStateHistory(findStateFolder(place));
    expect([records.map((each) => [each.version, each.parent, each.by]), problems]).toEqual([[[2, 1, 'ops'], [1, 0, 'learner']], []]);
  });

  it('is committed only from the version that was read', async () => {
    const place = at();
    await commitState(place, { from: 0, values: { threshold: 0.7 }, ...WHO });
    await expect(commitState(place, { from: 0, values: { threshold: 0.1 }, ...WHO })).rejects.toMatchObject({ name: 'StateError', code: 'POET7060', message: expect.stringMatching(/is at version 1, the change was made from version 0/) as string });
    await expect(commitState(place, { from: 2, values: {}, ...WHO })).rejects.toMatchObject({ code: 'POET7060' });
    expect(readState(place)).toMatchObject({ version: 1, values: { threshold: 0.7 } });
  });

  it.each<[string, Record<string, unknown>, object, RegExp]>([
    ['above its bounds', { threshold: 1.01 }, WHO, /threshold must be a number from 0 to 1, found 1.01/], ['below its bounds', { windowMs: 99 }, WHO, /windowMs must be a number from 100 to 60000 ms, found 99/],
    ['no number', { threshold: NaN }, WHO, /found NaN/], ['a text', { threshold: '0.5' }, WHO, /found 0.5/], ['unknown', { treshold: 0.5 }, WHO, /unknown parameter "treshold"; there are threshold, windowMs/],
    ['without an author', { threshold: 0.1 }, { by: ' ', reason: 'x' }, /by and reason/], ['without a reason', { threshold: 0.1 }, { by: 'x', reason: '' }, /by and reason/],
  ])('refuses what is %s', async (_, values, author, message) => {
    const place = at();
    await expect(commitState(place, { from: 0, values: values as Record<string, number>, ...(author as typeof WHO) })).rejects.toMatchObject({ code: 'POET7061', message: expect.stringMatching(message) as string });
    expect(existsSync(place.root)).toBe(false);
  });

  it('comes back from an earlier version, as a new one', async () => {
    const place = at();
    for (const [from, threshold] of [0.6, 0.7, 0.8].entries()) await commitState(place, { from, values: { threshold }, ...WHO });
    expect(await rollBackState(place, { from: 3, to: 1, ...WHO })).toMatchObject({ version: 4, parent: 3, restored: 1, values: { threshold: 0.6 } });
    expect(await rollBackState(place, { from: 4, to: 0, ...WHO })).toMatchObject({ version: 5, restored: 0, values: { threshold: 0.5, windowMs: 1000 } });
    await expect(rollBackState(place, { from: 5, to: 9, ...WHO })).rejects.toMatchObject({ code: 'POET7061', message: expect.stringContaining('version 9 cannot come back: it is not kept') as string });
    await expect(rollBackState(place, { from: 4, to: 1, ...WHO })).rejects.toMatchObject({ code: 'POET7060' });
  });

  it('is one for each function, code version, package and declaration', async () => {
    const root = app.newRoot();
    const places = [at(root), at(root, { functionName: 'src/A.ts#f' }), at(root, { codeVersion: 'v2' }), at(root, { packageName: undefined }), at(root, { parameters: { ...PARAMETERS, threshold: { ...PARAMETERS.threshold, max: 2 } } }), at(root, { functionName: `src/${'x'.repeat(300)}.ts#f` }), at(root, { functionName: `src/${'x'.repeat(300)}.ts#g` })];
    for (const [i, place] of places.entries()) await commitState(place, { from: 0, values: { threshold: i / 10 }, ...WHO });
    expect(places.map((place) => readState(place).values['threshold'])).toEqual(places.map((_, i) => i / 10));
    expect(new Set(places.map((place) => findStateFolder(place).toLowerCase())).size).toBe(places.length);
    expect(readState(at(root, { parameters: { windowMs: PARAMETERS.windowMs, threshold: PARAMETERS.threshold } })).version).toBe(1);
  });

  it('is refused with a reason where nothing can be kept', async () => {
    const file = join(app.dir, 'no-folder');
    writeFileSync(file, '');
    await expect(commitState(at(file), { from: 0, values: {}, ...WHO })).rejects.toMatchObject({ name: expect.any(String) as string });
    const { stdout } = app.run(`const p = require('fs/promises'); p.link = async () => { throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' }); }; const S = require('./lib/state.cjs');
      S.commitState({ root: process.env.POET_RUNTIME_DIR, functionName: 'a#f', codeVersion: 'v1', parameters: {} }, { from: 0, values: {}, by: 'x', reason: 'y' }).catch((e) => console.log(e.code, require('fs').readdirSync(process.env.POET_RUNTIME_DIR + '/state/_', { recursive: true }).filter((n) => n.includes('/')).length));`, {}, '');
    expect(stdout).toBe('POET7063 0\n');
  });
});

describe('what was committed can be read back', () => {
  it('where a field says nothing, and is refused where JSON has no number for it', async () => {
    const vague = at(undefined, { parameters: { threshold: { ...PARAMETERS.threshold, objective: undefined } } as unknown as typeof PARAMETERS });
    const made = await commitState(vague, { from: 0, values: { threshold: 0.7 }, ...WHO });
    expect(readState(vague)).toEqual({ version: 1, values: { threshold: 0.7 }, record: made, problems: [] });
    const endless = at(undefined, { parameters: { threshold: { ...PARAMETERS.threshold, max: Infinity } } as unknown as typeof PARAMETERS });
    await expect(commitState(endless, { from: 0, values: { threshold: 0.7 }, ...WHO })).rejects.toMatchObject({ code: 'POET7061', message: expect.stringContaining('from 0 to null') as string });
  });

  it('or is refused, where a stray file has the last number', async () => {
    const place = at();
    await commitState(place, { from: 0, values: { threshold: 0.7 }, ...WHO });
    const stray = join(findStateFolder(place), stateFile(999_999_999_999));
    writeFileSync(stray, 'x');
    for (let i = 0; i < 2; i++) await expect(updateState(place, () => ({ threshold: 0.1 }), WHO)).rejects.toMatchObject({ code: 'POET7063', message: expect.stringContaining('999999999999.json has the last number that there is') as string });
    unlinkSync(stray);
    expect(await updateState(place, () => ({ threshold: 0.1 }), WHO)).toMatchObject({ version: 2 });
  });

  it.each<[string, Partial<StatePlace>, RegExp]>([
    ['another function', { functionName: 'src/b.ts#g' }, /it belongs to src\/b\.ts#g v1 of @acme\/app; the initial values count/], ['another code version', { codeVersion: 'v2' }, /it belongs to src\/a\.ts#f v2/], ['another package', { packageName: 'other' }, /it belongs to src\/a\.ts#f v1 of other/],
    ['another declaration', { parameters: { threshold: { initial: 5, min: 0, max: 100, unit: '' }, windowMs: PARAMETERS.windowMs } }, /threshold must be a number from 0 to 1, found 90/],
  ])('and not from a place of %s', async (_, more, problem) => {
    const place = at();
    const other = at(place.root, more);
    await commitState(other, { from: 0, values: { threshold: other.parameters['threshold']!.max === 100 ? 90 : 0.9 }, ...WHO });
    cpSync(findStateFolder(other), findStateFolder(place), { recursive: true });
    expect(readState(place)).toMatchObject({ version: 0, values: { threshold: 0.5 }, problems: [expect.stringMatching(problem)] });
    await expect(rollBackState(place, { from: 0, to: 1, ...WHO })).rejects.toMatchObject({ code: 'POET7061' });
  });
});

describe('a version that cannot be read', () => {
  it('is no damage: what it holds is unknown, and nothing counts in its place', async () => {
    const place = at();
    await commitState(place, { from: 0, values: { threshold: 0.7 }, ...WHO });
    const root = place.root;
    await commitState(at(root, { functionName: 'src/b.ts#g' }), { from: 0, values: {}, ...WHO });
    // Of a file with too many open ones, without permission, on a disk with a fault: no text. A folder has none either.
    const file = join(findStateFolder(place), stateFile(2));
    mkdirSync(file);
    expect(() => readState(place)).toThrow('EISDIR');
    await expect(commitState(place, { from: 1, values: {}, ...WHO })).rejects.toThrow('EISDIR');
    await expect(updateState(place, () => ({ threshold: 0.1 }), WHO)).rejects.toThrow('EISDIR');
    expect(listStates(root).map(({ records, problems }) => [records.length, problems])).toEqual([[0, [expect.stringContaining('EISDIR')]], [1, []]]);
    rmSync(file, { recursive: true });
    expect(readState(place)).toMatchObject({ version: 1, values: { threshold: 0.7 } });
  });
});

describe('damage', () => {
  const lay = async (): Promise<StatePlace> => {
    const place = at();
    for (const [from, threshold] of [0.6, 0.7, 0.8].entries()) await commitState(place, { from, values: { threshold }, ...WHO });
    return place;
  };
  it.each<[string, (text: string) => string, RegExp]>([
    ['half a file', (text) => text.slice(0, 100), /it is no JSON/], ['an empty one', () => '', /it is no JSON/], ['another value', (text) => text.replace(/"threshold": 0\.8/, '"threshold": 0.9'), /hash does not agree/],
    ['another author', (text) => text.replace('a test', 'nobody'), /hash does not agree/], ['another record', () => JSON.stringify(makeStateRecord({ function_name: 'f', code_version: 'v1', version: 7, parent: 0, parent_hash: '', values: {}, parameters: {}, by: 'x', reason: 'y', at: 1 })), /it says that it is version 7/],
    ['an author without a name', () => JSON.stringify(makeStateRecord({ function_name: 'f', code_version: 'v1', version: 3, parent: 0, parent_hash: '', values: {}, parameters: {}, by: 5 as unknown as string, reason: 'y', at: 1 })), /its by is no text/],
    ['a newer schema', (text) => text.replace('"schema": 1', '"schema": 2'), /schema 2 is newer than 1: update poetc/],
  ])('%s: the last good version counts, and it is said', async (_, how, message) => {
    const place = await lay();
    damage(place, 3, how);
    const { version, values, problems } = readState(place);
    expect([version, values['threshold'], problems]).toEqual([2, 0.7, [expect.stringMatching(message)]]);
    expect(problems[0]).toMatch(/^POET7062 .*000000000003\.json: .*; version 2 counts$/);
    // The next commit is made from the good one, and takes a number of its own.
    expect(await commitState(place, { from: 2, values: { threshold: 0.1 }, ...WHO })).toMatchObject({ version: 4, parent: 2 });
    expect(readState(place)).toMatchObject({ version: 4, problems: [] });
    expect(readStateHistory(findStateFolder(place)).problems).toHaveLength(1);
  });
  it('of all versions: the initial values count', async () => {
    const place = await lay();
    for (const version of [1, 2, 3]) damage(place, version, () => '{}');
    expect(readState(place)).toMatchObject({ version: 0, values: { threshold: 0.5 }, problems: [/3\.json/, /2\.json/, /1\.json/].map((name) => expect.stringMatching(name) as string) });
    expect(await commitState(place, { from: 0, values: {}, ...WHO })).toMatchObject({ version: 4, parent: 0 });
  });
  it('formatting is no damage', async () => {
    const place = await lay();
    damage(place, 3, (text) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).reverse())));
    expect(readState(place)).toMatchObject({ version: 3, problems: [] });
  });
  it('a history that somebody has rewritten is told, although each version is whole by itself', async () => {
    const place = await lay();
    const { hash: _, schema: __, ...facts } = readStateHistory(findStateFolder(place)).records.find(({ version }) => version === 2)!;
    damage(place, 2, () => JSON.stringify(makeStateRecord({ ...facts, by: 'somebody else' })));
    expect(readState(place)).toMatchObject({ version: 3, problems: [] });
    expect(readStateHistory(findStateFolder(place)).problems).toEqual([expect.stringMatching(/3\.json: it does not follow from version 2 as that stands/)]);
  });
});

describe('old versions', () => {
  it('go when there are more than a hundred, and when they are old', async () => {
    const place = at();
    for (let from = 0; from < 104; from++) await commitState(place, { from, values: { threshold: (from % 10) / 10 }, ...WHO });
    const folder = findStateFolder(place);
    expect(listStateVersions(folder)).toHaveLength(104);
    writeFileSync(join(folder, 'left.tmp'), 'half');
    for (const name of [1, 2, 4].map(stateFile).concat('left.tmp')) utimesSync(join(folder, name), 1, 1);
    await commitState(place, { from: 104, values: {}, ...WHO });
    // The third is young, and what comes after it stays, so that there is no hole.
    expect([listStateVersions(folder)[0], readdirSync(folder).filter((name) => name.endsWith('.tmp'))]).toEqual([3, []]);
    expect(readStateHistory(folder).problems).toEqual([]);
  });

  it('a number that has become free again is nobody\'s: a process that slept so long is refused', () => {
    // The process reads version 1 and sleeps; others commit 2 to 5, and 1 to 3 are deleted; it wakes in the middle of its commit.
    const { stdout, stderr, root } = app.run(`const p = require('fs/promises'); const fs = require('fs'); const { link } = p; const S = require('./lib/state.cjs');
      const place = { root: process.env.POET_RUNTIME_DIR, functionName: 'a#f', codeVersion: 'v1', parameters: { n: { initial: 0, min: 0, max: 99, unit: '' } } }; const who = { by: 'x', reason: 'y' }; const folder = S.findStateFolder(place);
      (async () => {
        await S.commitState(place, { from: 0, values: { n: 1 }, ...who });
        let slept = false;
        p.link = async (...args) => { if (!slept) { slept = true; for (let n = 1; n < 5; n++) await S.commitState(place, { from: n, values: { n: 10 + n }, ...who }); for (const n of [1, 2, 3]) fs.rmSync(folder + '/00000000000' + n + '.json'); } return link(...args); };
        const code = await S.commitState(place, { from: 1, values: { n: 99 }, ...who }).then(() => 'committed', (e) => e.code);
        console.log(code, S.readState(place).values.n, fs.readdirSync(folder).join());
      })();`, {}, '');
    expect([stderr, stdout, root]).toEqual(['', 'POET7060 14 000000000004.json,000000000005.json\n', root]);
  });
});

describe('many at once', () => {
  it('16 processes lose no committed update', async () => {
    const root = app.newRoot();
    const body = `const place = { ...${JSON.stringify({ ...at(root), parameters: { n: { initial: 0, min: 0, max: 10_000, unit: '' } } })} };
      (async () => { for (let i = 0; i < 12; i++) { const { version } = await S.updateState(place, ({ n }) => ({ n: n + 1 }), { by: String(process.pid), reason: 'one more' }); console.log(version); } })();`;
    const all = Array.from({ length: 16 }, () => app.start(body, {}, `const S = require('./lib/state.cjs');`));
    const ended = await Promise.all(all.map(async ({ child }) => {
      let [out, err] = ['', ''];
      child.stdout.on('data', (data: Buffer) => { out += data.toString(); });
      child.stderr.on('data', (data: Buffer) => { err += data.toString(); });
      await once(child, 'close');
      return { versions: out.trim().split('\n').map(Number), err };
    }));
    const place = { ...at(root), parameters: { n: { initial: 0, min: 0, max: 10_000, unit: '' } } };
    expect(ended.map(({ err }) => err).join('')).toBe('');
    expect(ended.flatMap(({ versions }) => versions).sort((a, b) => a - b)).toEqual(Array.from({ length: 192 }, (_, i) => i + 1));
    expect(readState(place)).toMatchObject({ version: 192, values: { n: 192 }, problems: [] });
    const { records, problems } = readStateHistory(findStateFolder(place));
    expect([problems, records.map(({ values }) => values['n'])]).toEqual([[], Array.from({ length: 192 }, (_, i) => 192 - i)]);
  });

  it('updateState stops when it is told to change nothing', async () => {
    const place = at();
    expect(await updateState(place, () => undefined, WHO)).toBeUndefined();
    expect(readState(place).version).toBe(0);
  });
});

describe('any order of commits, stale commits, roll-backs, damage and loss', () => {
  type Step = { readonly do: 'commit' | 'stale' | 'back' | 'damage' | 'lose'; readonly n: number };
  const step: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom<Step['do']>('commit', 'commit', 'commit', 'stale', 'back', 'damage', 'lose'), n: fc.nat(1000) });
  it('agrees with a list', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const place = at();
      const parameters = { n: { initial: 0, min: 0, max: 1000, unit: '' } };
      const p = { ...place, parameters };
      // number → value; undefined for a damaged one
      const model = new Map<number, number | undefined>();
      const newest = (): [number, number] => [...model.entries()].filter((entry): entry is [number, number] => entry[1] !== undefined).sort((a, b) => b[0] - a[0])[0] ?? [0, 0];
      const highest = (): number => Math.max(0, ...model.keys());
      for (const { do: what, n } of steps) {
        const [version] = newest();
        if (what === 'commit') {
          const number = highest() + 1;
          expect((await commitState(p, { from: version, values: { n }, ...WHO })).version).toBe(number);
          model.set(number, n);
        } else if (what === 'stale') {
          await expect(commitState(p, { from: version + 1 + (n % 3), values: { n }, ...WHO })).rejects.toMatchObject({ code: 'POET7060' });
        } else if (what === 'back') {
          const to = n % (highest() + 2);
          const value = to === 0 ? 0 : model.get(to);
          const number = highest() + 1;
          const done = rollBackState(p, { from: version, to, ...WHO });
          if (value === undefined) { await expect(done).rejects.toMatchObject({ code: 'POET7061' }); continue; }
          expect(await done).toMatchObject({ version: number, values: { n: value }, restored: to });
          model.set(number, value);
        } else {
          const number = (n % Math.max(1, highest())) + 1;
          if (!model.has(number)) continue;
          const file = join(findStateFolder(p), stateFile(number));
          if (what === 'damage') { writeFileSync(file, 'x'); model.set(number, undefined); } else { unlinkSync(file); model.delete(number); }
        }
        const [now, value] = newest();
        expect(readState(p)).toMatchObject({ version: now, values: { n: value } });
      }
      rmSync(place.root, { recursive: true, force: true });
    }), { numRuns: 60 });
  });
});

describe('poet state', () => {
  it('lists, tells the history of one, and rolls back', async () => {
    const root = app.newRoot();
    const project = makeCliProject({ 'package.json': '{"name":"@acme/app"}' });
    expect(project.poet('state', '--root', root)).toMatchObject({ code: 0, out: '', err: expect.stringContaining('No state in') });
    const place = at(root);
    for (const [from, threshold] of [0.6, 0.7].entries()) await commitState(place, { from, values: { threshold }, by: 'learner', reason: 'recall fell\u001b[31m' });
    await commitState(at(root, { functionName: 'src/b.ts#g' }), { from: 0, values: {}, ...WHO });
    const listed = project.poet('state', '--root', root);
    expect([listed.code, listed.out.split('\n').filter(Boolean).length]).toEqual([0, 3]);
    expect(listed.out).toMatch(/src\/a\.ts#f\s+v1\s+2\s+threshold=0\.7 windowMs=1000\s+learner/);
    const told = project.poet('state', 'f', '--root', root);
    expect(told.out).toMatch(/^2\s.*learner\s+recall fell/m);
    expect(told.out).not.toContain('\u001b');
    expect(project.poet('state', 'f', '--root', root, '--to', '1')).toMatchObject({ code: 2, err: expect.stringContaining('POET8140') });
    expect(project.poet('state', 'h', '--root', root)).toMatchObject({ code: 2, err: expect.stringContaining('POET8104') });
    expect(project.poet('state', 'f', '--root', root, '--to', '7', '--reason', 'x')).toMatchObject({ code: 1, err: expect.stringContaining('POET7061 src/a.ts#f: the state was not changed: version 7 cannot come back') });
    expect(project.poet('state', 'f', '--root', root, '--to', '1', '--reason', 'too many alarms')).toMatchObject({ code: 0, out: '3\n' });
    expect(readState(place)).toMatchObject({ version: 3, values: { threshold: 0.6 }, record: { restored: 1, reason: 'too many alarms' } });
    damage(place, 3, () => 'x');
    const json = project.json<{ states: { function_name: string; version: number }[]; problems: { code: string }[] }>('state', '--root', root);
    expect([json.states.map((state) => [state.function_name, state.version]), json.problems.map(({ code }) => code)]).toEqual([[['src/a.ts#f', 2], ['src/b.ts#g', 1]], ['POET8141']]);
    mkdirSync(join(root, 'state', 'empty'), { recursive: true });
    project.remove();
  });
});

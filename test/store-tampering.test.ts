/** The ways of shared/security/README.md to tamper with `.poet/` that the store itself can see. */
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { appendFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { contentHash } from '../transformer/5-store/content-hash.ts';
import { nodeFs } from '../transformer/5-store/store-fs.ts';
import { candidateOf, filesBelow, FOLDER, KEY_A, KEY_B, makeRoot, PASSED, planOf, problemOf, saved, storeAt, TARGET, whole } from './store-fixture.ts';
import { forgeMetadata } from './support/forge-metadata.ts';

interface Case {
  readonly name: string;
  readonly code: string;
  /** @param folder absolute path of the function's folder, which holds v1 (key A) */
  tamper(folder: string, root: string): void;
}

const edit = (path: string, change: (text: string) => string): void => writeFileSync(path, change(readFileSync(path, 'utf8')));
const editJson = (path: string, change: (value: Record<string, unknown>) => object): void =>
  edit(path, (text) => JSON.stringify(change(JSON.parse(text) as Record<string, unknown>)));
const replaceByLink = (path: string, to: string): void => { renameSync(path, to); symlinkSync(to, path); };

const CASES: readonly Case[] = [
  { name: '1: one byte of code', code: 'POET5009', tamper: (f) => edit(`${f}/v1/code.ts`, (t) => t.replace('// one', '// onE')) },
  { name: '1: one byte of contract', code: 'POET5009', tamper: (f) => edit(`${f}/v1/contract.ts`, (t) => t.replace('true', 'tru3')) },
  { name: '1: one byte of params', code: 'POET5009', tamper: (f) => appendFileSync(`${f}/v1/params.json`, ' ') },
  { name: '1: a lone carriage return', code: 'POET5009', tamper: (f) => edit(`${f}/v1/code.ts`, (t) => t.replace('// one', '// \rone')) },
  { name: '3: the entry of another function', code: 'POET5008', tamper: (f, root) => { saved(storeAt(root), 'x', KEY_A, 'src/a.ts#g'); rmSync(f, { recursive: true }); cpSync(join(root, '.poet/src/a.ts/g'), f, { recursive: true }); } },
  { name: '4: an older version under a newer name', code: 'POET5006', tamper: (f) => { cpSync(`${f}/v1`, `${f}/v2`, { recursive: true }); writeFileSync(`${f}/current`, 'v2'); } },
  { name: '6: current is a link', code: 'POET5001', tamper: (f, root) => replaceByLink(`${f}/current`, join(root, 'outside')) },
  { name: '6: current is a link to a version beside it', code: 'POET5001', tamper: (f) => { rmSync(`${f}/current`); symlinkSync('v1', `${f}/current`); } },
  { name: '7: current climbs', code: 'POET5003', tamper: (f) => writeFileSync(`${f}/current`, '../../x') },
  ...['', '\n', 'v0', 'v01', 'V1', 'v1\n\n', ' v1', 'v1/../v1', 'v1000000', 'v1\0', 'latest', '\uFEFFv1'].map((text) => (
    { name: `7: current is ${JSON.stringify(text)}`, code: 'POET5003', tamper: (f: string) => writeFileSync(`${f}/current`, text) })),
  { name: '7: current names nothing', code: 'POET5011', tamper: (f) => writeFileSync(`${f}/current`, 'v7\n') },
  { name: '8: .poet is a link', code: 'POET5001', tamper: (_, root) => replaceByLink(join(root, '.poet'), join(root, 'elsewhere')) },
  { name: '8: a module folder is a link', code: 'POET5001', tamper: (_, root) => replaceByLink(join(root, '.poet/src'), join(root, 'elsewhere')) },
  { name: '8: the function folder is a link', code: 'POET5001', tamper: (f, root) => replaceByLink(f, join(root, 'elsewhere')) },
  { name: '8: the version folder is a link', code: 'POET5001', tamper: (f, root) => replaceByLink(`${f}/v1`, join(root, 'elsewhere')) },
  { name: '8: the version folder is a link, and current is gone', code: 'POET5001', tamper: (f, root) => { rmSync(`${f}/current`); replaceByLink(`${f}/v1`, join(root, 'elsewhere')); } },
  ...['code.ts', 'contract.ts', 'params.json', 'metadata.json'].flatMap((file): Case[] => [
    { name: `8: ${file} is a link`, code: 'POET5001', tamper: (f, root) => replaceByLink(`${f}/v1/${file}`, join(root, 'outside')) },
    { name: `11: ${file} is empty`, code: file === 'code.ts' ? 'POET5013' : file === 'metadata.json' ? 'POET5005' : 'POET5009', tamper: (f) => writeFileSync(`${f}/v1/${file}`, '') },
    { name: `12: ${file} is missing`, code: 'POET5010', tamper: (f) => rmSync(`${f}/v1/${file}`) },
    { name: `14: ${file} is a pipe`, code: 'POET5001', tamper: (f) => { rmSync(`${f}/v1/${file}`); execFileSync('mkfifo', [`${f}/v1/${file}`]); } },
    { name: `14: ${file} is a folder`, code: 'POET5001', tamper: (f) => { rmSync(`${f}/v1/${file}`); mkdirSync(`${f}/v1/${file}`); } },
    { name: `14: ${file} is a link to a device`, code: 'POET5001', tamper: (f) => { rmSync(`${f}/v1/${file}`); symlinkSync('/dev/zero', `${f}/v1/${file}`); } },
    { name: `9: ${file} of 10 MB`, code: 'POET5002', tamper: (f) => truncateSync(`${f}/v1/${file}`, 10 * 1024 * 1024) },
    { name: `${file} is not UTF-8`, code: 'POET5012', tamper: (f) => writeFileSync(`${f}/v1/${file}`, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])) },
    { name: `21: conflict markers in ${file}`, code: 'POET5004', tamper: (f) => edit(`${f}/v1/${file}`, (t) => `<<<<<<< HEAD\n${t}=======\n${t}x>>>>>>> theirs\n>>>>>>> theirs\n`) },
  ]),
  { name: '11: code cut in half', code: 'POET5009', tamper: (f) => truncateSync(`${f}/v1/code.ts`, statSync(`${f}/v1/code.ts`).size - 3) },
  { name: '11: metadata cut in half', code: 'POET5005', tamper: (f) => truncateSync(`${f}/v1/metadata.json`, 60) },
  { name: '12: the version folder is empty', code: 'POET5010', tamper: (f) => { rmSync(`${f}/v1`, { recursive: true }); mkdirSync(`${f}/v1`); } },
  { name: '14: current is a pipe', code: 'POET5001', tamper: (f) => { rmSync(`${f}/current`); execFileSync('mkfifo', [`${f}/current`]); } },
  { name: '14: the version is a file', code: 'POET5001', tamper: (f) => { rmSync(`${f}/v1`, { recursive: true }); writeFileSync(`${f}/v1`, ''); } },
  { name: '21: conflict markers in current', code: 'POET5004', tamper: (f) => writeFileSync(`${f}/current`, '<<<<<<< HEAD\nv1\n=======\nv2\n>>>>>>> theirs\n') },
  { name: 'metadata of a newer schema', code: 'POET5007', tamper: (f) => editJson(`${f}/v1/metadata.json`, (m) => ({ ...m, schema: 2 })) },
  { name: 'metadata of an unknown schema', code: 'POET5006', tamper: (f) => editJson(`${f}/v1/metadata.json`, (m) => ({ ...m, schema: '1' })) },
  { name: 'metadata with __proto__', code: 'POET5006', tamper: (f) => edit(`${f}/v1/metadata.json`, (t) => t.replace('{', '{"__proto__":{"key":"x"},')) },
  { name: 'metadata with another key, which would be a miss', code: 'POET5006', tamper: (f) => editJson(`${f}/v1/metadata.json`, (m) => ({ ...m, key: KEY_B })) },
  { name: 'metadata nested deep', code: 'POET5006', tamper: (f) => edit(`${f}/v1/metadata.json`, (t) => t.replace('{', `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)},`)) },
  { name: 'metadata that is a list', code: 'POET5006', tamper: (f) => writeFileSync(`${f}/v1/metadata.json`, '[]') },
  ...['function_name', 'target', 'version', 'key', 'content_hash', 'source_hash', 'template', 'provider', 'verdict', 'reason', 'created_at'].flatMap((field): Case[] => [
    { name: `metadata without ${field}`, code: 'POET5006', tamper: (f) => editJson(`${f}/v1/metadata.json`, (m) => ({ ...m, [field]: undefined })) },
    { name: `metadata with ${field}: 7`, code: 'POET5006', tamper: (f) => editJson(`${f}/v1/metadata.json`, (m) => ({ ...m, [field]: 7 })) },
  ]),
];

describe('what was tampered with is refused', () => {
  it.each(CASES)('$name ($code)', ({ tamper, code }) => {
    const root = makeRoot();
    const version = saved(storeAt(root), 'one');
    expect(whole(storeAt(root).find(TARGET, KEY_A)).name).toBe(version.name);
    tamper(join(root, FOLDER), root);
    const problem = problemOf(storeAt(root).find(TARGET, KEY_A));
    expect(problem.code).toBe(code);
    expect(problem.level).toBe('fallback');
    expect(problem.file).toMatch(/\/\.poet/);
    expect(problem.text).toMatch(/^\.poet.*: expected .* found /s);
  });

  it('14: a socket in place of a file', async () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    rmSync(join(root, FOLDER, 'current'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, FOLDER, 'current'), resolve));
    try {
      expect(problemOf(storeAt(root).find(TARGET, KEY_A)).code).toBe('POET5001');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('params.json', () => {
  const withParameter = (text: string): string => `{"schema":1,"parameters":{"alpha":${text}}}`;
  const fine = '{"initial":0.5,"min":0,"max":1,"unit":"ratio"}';

  it('is accepted when it is right', () => {
    const store = storeAt(makeRoot());
    expect(whole(store.save(planOf(), candidateOf('one', withParameter(fine)), PASSED, '')).name).toBe('v1');
  });

  it.each([
    ['not JSON: NaN', withParameter(fine.replace('0.5', 'NaN')), 'POET5005'],
    ['infinite', withParameter(fine.replace('"max":1', '"max":1e999')), 'POET5006'],
    ['huge', withParameter(fine.replace('"max":1', '"max":1e308')), 'POET5006'],
    ['out of its bounds', withParameter(fine.replace('0.5', '1.5')), 'POET5006'],
    ['bounds turned round', withParameter('{"initial":0.5,"min":1,"max":0,"unit":"x"}'), 'POET5006'],
    ['a text for a number', withParameter(fine.replace('0.5', '"0.5"')), 'POET5006'],
    ['no unit', withParameter(fine.replace('"unit"', '"unite"')), 'POET5006'],
    ['__proto__ among the parameters', `{"schema":1,"parameters":{"__proto__":${fine}}}`, 'POET5006'],
    ['__proto__ in a parameter', withParameter(fine.replace('{', '{"__proto__":{"min":-1},')), 'POET5006'],
    ['constructor', `{"schema":1,"parameters":{"constructor":${fine}}}`, 'POET5006'],
    ['a strange name', `{"schema":1,"parameters":{"a b":${fine}}}`, 'POET5006'],
    ['of a newer schema', '{"schema":2,"parameters":{}}', 'POET5007'],
    ['nothing', '', 'POET5005'],
  ])('9: %s', (_, params, code) => {
    const root = makeRoot();
    const refused = storeAt(root).save(planOf(), candidateOf('one', params), PASSED, '');
    expect(problemOf(refused).code).toBe(code);
    // The same in a file whose hash was edited to fit.
    const store = storeAt(root);
    const version = saved(store, 'one');
    writeFileSync(`${version.folder}/params.json`, params);
    const hash = problemOf(store.find(TARGET, KEY_A));
    expect(hash.code).toBe('POET5009');
    const other = makeRoot();
    const whole2 = saved(storeAt(other), 'one', KEY_A);
    writeFileSync(`${whole2.folder}/params.json`, params);
    edit(`${whole2.folder}/metadata.json`, (text) => forgeMetadata(text, { content_hash: hashOf(other) }));
    expect(problemOf(storeAt(other).find(TARGET, KEY_A)).code).toBe(code);
  });
});

/** The hash that an attacker would write beside an edited file. */
function hashOf(root: string): string {
  const files = filesBelow(join(root, FOLDER, 'v1'));
  return contentHash({ code: files['code.ts']!.split('// ---- header ends ----\n')[1]!, contract: files['contract.ts']!, params: files['params.json']! });
}

describe('the store', () => {
  it('4: does not take an older source for today\'s', () => {
    const root = makeRoot();
    saved(storeAt(root), 'old', KEY_B);
    expect(storeAt(root).find(TARGET, KEY_A)).toBeUndefined();
  });

  it('never takes a damaged version for a miss', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one', KEY_A);
    saved(storeAt(root), 'two', KEY_B);
    writeFileSync(join(root, FOLDER, 'v1/metadata.json'), 'x');
    expect(problemOf(storeAt(root).find(TARGET, KEY_A)).code).toBe('POET5005');
    expect(whole(storeAt(root).find(TARGET, KEY_B)).name).toBe('v2');
  });

  it('22: returns the bytes that it hashed, and reads no file again', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    const code = join(root, FOLDER, 'v1/code.ts');
    // Exchanges the file as soon as it was read.
    const exchanging = { ...nodeFs, closeSync: (fd: number) => { nodeFs.closeSync(fd); writeFileSync(code, 'exchanged'); } } as typeof nodeFs;
    const found = storeAt(root, { fs: exchanging }).find(TARGET, KEY_A);
    expect(JSON.stringify(found)).not.toContain('exchanged"');
    expect(problemOf(storeAt(root).find(TARGET, KEY_A)).code).toBe('POET5013');
  });

  it('refuses a file that grows while it is read', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    let grown = false;
    const growing = {
      ...nodeFs,
      fstatSync: (fd: number) => {
        const stats = nodeFs.fstatSync(fd);
        if (!grown) appendFileSync(join(root, FOLDER, 'current'), '\n'.repeat(64));
        grown = true;
        return stats;
      },
    } as unknown as typeof nodeFs;
    expect(problemOf(storeAt(root, { fs: growing }).find(TARGET, KEY_A)).code).toBe('POET5002');
  });

  it.each(['.poet', '.poet/.tmp', '.poet/src', '.poet/src/drift.ts', FOLDER])('writes nothing through a link at %s', (path) => {
    const root = makeRoot();
    const outside = makeRoot();
    mkdirSync(join(root, path, '..'), { recursive: true });
    symlinkSync(outside, join(root, path));
    expect(problemOf(storeAt(root).save(planOf(), candidateOf('one'), PASSED, '')).code).toBe('POET5001');
    expect(filesBelow(outside)).toEqual({});
  });

  it('replaces links at current and stamp, and does not follow them', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    for (const name of ['current', 'stamp.d.ts']) replaceByLink(join(root, FOLDER, name), join(root, `outside-${name}`));
    const before = readFileSync(join(root, 'outside-current'), 'utf8');
    saved(storeAt(root), 'two', KEY_B);
    expect(readFileSync(join(root, 'outside-current'), 'utf8')).toBe(before);
    expect(whole(storeAt(root).find(TARGET, KEY_B)).name).toBe('v2');
  });

  it('survives whatever is done to any file: it answers the version, or a problem, and never throws', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    saved(storeAt(root), 'two', KEY_B);
    const files = Object.keys(filesBelow(join(root, FOLDER)));
    const pristine = makeRoot();
    cpSync(join(root, '.poet'), join(pristine, '.poet'), { recursive: true });
    const [genuineA, genuineB] = [KEY_A, KEY_B].map((key) => whole(storeAt(root).find(TARGET, key)).candidate);
    fc.assert(fc.property(fc.constantFrom(...files), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (file, at, flip, cut) => {
      const path = join(root, FOLDER, file);
      const original = readFileSync(join(pristine, FOLDER, file));
      const bytes = Buffer.from(original);
      const index = at % bytes.length;
      bytes[index] = bytes[index]! ^ flip;
      writeFileSync(path, cut ? bytes.subarray(0, index) : bytes);
      for (const [key, genuine] of [[KEY_A, genuineA], [KEY_B, genuineB]] as const) {
        const found = storeAt(root).find(TARGET, key);
        if (found !== undefined && 'problem' in found) expect(found.problem.level).toBe('fallback');
        else if (found !== undefined) expect({ ...found.candidate, provider: '' }).toEqual({ ...genuine, provider: '' });
      }
      writeFileSync(path, original);
    }), { numRuns: 300 });
  });
});

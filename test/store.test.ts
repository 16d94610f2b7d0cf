import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { contentHash } from '../transformer/5-store/content-hash.ts';
import { folderName, nameOfFolder, targetComponents, targetIdOf } from '../transformer/5-store/layout.ts';
import { nodeFs } from '../transformer/5-store/store-fs.ts';
import { candidateOf, filesBelow, FOLDER, HEADER, KEY_A, KEY_B, makeRoot, PASSED, planOf, problemOf, saved, storeAt, TARGET, whole } from './store-fixture.ts';

describe('a version that was saved', () => {
  it('lies where the design says, and nowhere else', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    expect(Object.keys(filesBelow(root))).toEqual([
      '.poet/.gitattributes',
      '.poet/.gitignore',
      `${FOLDER}/current`,
      `${FOLDER}/stamp.d.ts`,
      `${FOLDER}/v1/code.ts`,
      `${FOLDER}/v1/contract.ts`,
      `${FOLDER}/v1/metadata.json`,
      `${FOLDER}/v1/params.json`,
      '.poet/tsconfig.json',
    ]);
    expect(readFileSync(join(root, FOLDER, 'current'), 'utf8')).toBe('v1\n');
  });

  it('is found as it was saved, header apart', () => {
    const root = makeRoot();
    const made = saved(storeAt(root), 'one');
    const found = whole(storeAt(root).find(TARGET, KEY_A));
    expect(found).toEqual(made);
    expect(found.candidate).toEqual(candidateOf('one'));
    expect(found.header + found.candidate.code).toBe(readFileSync(join(root, FOLDER, 'v1/code.ts'), 'utf8'));
    expect(found.header.startsWith(HEADER)).toBe(true);
  });

  it('is not found under another key or by another function', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    expect(storeAt(root).find(TARGET, KEY_B)).toBeUndefined();
    expect(storeAt(root).find('src/drift.ts#other', KEY_A)).toBeUndefined();
    expect(storeAt(makeRoot()).find(TARGET, KEY_A)).toBeUndefined();
  });

  it('is not made twice', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    const before = filesBelow(root);
    expect(saved(storeAt(root, { now: () => 1e12 }), 'one').name).toBe('v1');
    expect(filesBelow(root)).toEqual(before);
  });

  it('does not depend on the clock but in created_at, and the hash over it', () => {
    const [early, late] = [makeRoot(), makeRoot()];
    saved(storeAt(early, { now: () => 0 }), 'one');
    saved(storeAt(late, { now: () => 86_400_000 }), 'one');
    const forgetTime = (files: Record<string, string>): string => JSON.stringify(files).replace(/\\"(?:created_at|metadata_hash)\\": \\"[^"]*\\"/g, '');
    expect(filesBelow(late)).not.toEqual(filesBelow(early));
    expect(forgetTime(filesBelow(late))).toBe(forgetTime(filesBelow(early)));
  });

  it('survives a checkout that turned the line ends', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    for (const [path, text] of Object.entries(filesBelow(root))) writeFileSync(join(root, path), text.replaceAll('\n', '\r\n'));
    expect(whole(storeAt(root).find(TARGET, KEY_A)).candidate).toEqual(candidateOf('one'));
    expect(storeAt(root).list()).toMatchObject([{ problems: [] }]);
  });

  it('changes the stamp with every version', () => {
    const root = makeRoot();
    const store = storeAt(root);
    const stamps = ['one', 'two', 'one'].map((code, i) => {
      saved(store, code, i === 2 ? KEY_B : KEY_A);
      return readFileSync(join(root, FOLDER, 'stamp.d.ts'), 'utf8');
    });
    expect(new Set(stamps).size).toBe(3);
    for (const stamp of stamps) expect(stamp).toMatch(/^\/\/ v\d [0-9a-f]{64}\nexport \{\};\n$/);
  });
});

describe('several versions', () => {
  it('count up, and name their parent', () => {
    const store = storeAt(makeRoot());
    saved(store, 'one');
    const second = saved(store, 'two', KEY_B);
    expect(second.name).toBe('v2');
    expect(second.metadata.parent).toBe('v1');
    expect(whole(store.find(TARGET, KEY_A)).name).toBe('v1');
    expect(whole(store.find(TARGET, KEY_B)).name).toBe('v2');
    expect(store.nextName(TARGET)).toBe('v3');
  });

  it('of one key: current decides', () => {
    const root = makeRoot();
    const store = storeAt(root);
    for (const code of ['one', 'two', 'three']) saved(store, code);
    writeFileSync(join(root, FOLDER, 'current'), 'v2\n');
    expect(whole(storeAt(root).find(TARGET, KEY_A)).name).toBe('v2');
  });

  it('of one key, current of another: the highest number decides, v10 above v9', () => {
    const root = makeRoot();
    const store = storeAt(root);
    saved(store, 'other', KEY_B);
    for (let i = 2; i <= 10; i++) saved(store, `number ${i}`);
    writeFileSync(join(root, FOLDER, 'current'), 'v1\n');
    expect(whole(storeAt(root).find(TARGET, KEY_A)).name).toBe('v10');
  });

  it('beyond ten: the oldest goes, the current one never', () => {
    const root = makeRoot();
    const store = storeAt(root);
    for (let i = 1; i <= 12; i++) saved(store, `number ${i}`);
    const names = (): string[] => Object.keys(filesBelow(join(root, FOLDER))).filter((path) => path.endsWith('code.ts')).map((path) => path.split('/')[0]!);
    expect(names()).toHaveLength(10);
    expect(names()).toEqual(expect.arrayContaining(['v3', 'v12']));
    writeFileSync(join(root, FOLDER, 'current'), 'v3\n');
    expect(store.collect({ keep: 2 })).toHaveLength(8);
    expect(names().sort()).toEqual(['v12', 'v3']);
  });

  it('what collect would do it can say first, and pinned versions stay', () => {
    const root = makeRoot();
    const store = storeAt(root);
    for (let i = 1; i <= 4; i++) saved(store, `number ${i}`);
    writeFileSync(join(root, FOLDER, 'pinned'), 'v1\n');
    const before = filesBelow(root);
    expect(store.collect({ keep: 2, dryRun: true })).toEqual([`${FOLDER}/v2`, `${FOLDER}/v3`]);
    expect(filesBelow(root)).toEqual(before);
    store.collect({ keep: 2 });
    expect(Object.keys(filesBelow(root)).filter((path) => path.endsWith('code.ts'))).toEqual([`${FOLDER}/v1/code.ts`, `${FOLDER}/v4/code.ts`]);
  });

  it('a damaged pin: what is saved is kept, and what ships stays', () => {
    const root = makeRoot();
    const store = storeAt(root);
    for (let i = 1; i <= 10; i++) saved(store, `number ${i}`);
    writeFileSync(join(root, FOLDER, 'current'), 'v2\n');
    const markers = '<<<<<<< ours\nv1\n=======\nv2\n>>>>>>> theirs\n';
    writeFileSync(join(root, FOLDER, 'pinned'), markers);
    expect(saved(store, 'number 11').name).toBe('v11');
    expect(whole(store.find(TARGET, KEY_A)).name).toBe('v2');
    expect(readFileSync(join(root, FOLDER, 'pinned'), 'utf8')).toBe(markers);
    // Whichever it named is still there.
    expect(whole(store.read(TARGET, 'v1')).name).toBe('v1');
    expect(store.collect({ keep: 1 })).toEqual([]);
  });

  it('use() points to the version that was found', () => {
    const root = makeRoot();
    const store = storeAt(root);
    saved(store, 'one');
    const stamp = readFileSync(join(root, FOLDER, 'stamp.d.ts'), 'utf8');
    saved(store, 'two', KEY_B);
    expect(store.use(whole(store.find(TARGET, KEY_A)))).toBe(true);
    expect(readFileSync(join(root, FOLDER, 'current'), 'utf8')).toBe('v1\n');
    expect(readFileSync(join(root, FOLDER, 'stamp.d.ts'), 'utf8')).toBe(stamp);
  });
});

describe('the folder', () => {
  it('of a function that is gone goes with its empty parents', () => {
    const root = makeRoot();
    const store = storeAt(root);
    saved(store, 'one');
    saved(store, 'one', KEY_A, 'src/deep/other.ts#f');
    expect(store.remove('src/deep/other.ts#f')).toBe(true);
    expect(existsSync(join(root, '.poet/src/deep'))).toBe(false);
    expect(store.remove('src/deep/other.ts#f')).toBe(false);
    expect(whole(store.find(TARGET, KEY_A)).name).toBe('v1');
    expect(saved(store, 'one', KEY_A, 'src/deep/other.ts#f').name).toBe('v1');
  });

  it('is the same on every file system: twins are refused', () => {
    const store = storeAt(makeRoot());
    saved(store, 'one', KEY_A, 'src/a.ts#caf\u00e9');
    expect(problemOf(store.save(planOf(KEY_A, 'src/a.ts#Caf\u00e9'), candidateOf('two'), PASSED, '')).code).toBe('POET5017');
    expect(problemOf(store.save(planOf(KEY_A, 'src/a.ts#cafe\u0301'), candidateOf('two'), PASSED, '')).code).toBe('POET5017');
    expect(store.find('src/a.ts#Caf\u00e9', KEY_A)).toBeUndefined();
  });

  it.each(['../x.ts#f', 'src/../../x.ts#f', '/etc/x.ts#f', 'C:/x.ts#f', '#f', 'a.ts#', 'a//b.ts#f', 'no-hash'])('cannot be outside: %s', (id) => {
    const store = storeAt(makeRoot());
    expect(problemOf(store.find(id, KEY_A)).code).toBe('POET5018');
    expect(problemOf(store.save(planOf(KEY_A, id), candidateOf('one'), PASSED, '')).code).toBe('POET5018');
  });

  it('keeps run-time files out of git, but not the versions of a source folder of that name', () => {
    const root = makeRoot();
    execFileSync('git', ['init', '-q'], { cwd: root });
    saved(storeAt(root), 'one', KEY_A, 'events/bus.ts#publish');
    const ignored = (path: string): boolean => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), '', { flag: 'a' });
      return execFileSync('git', ['status', '--porcelain', '-uall', '--ignored', '--', path], { cwd: root, encoding: 'utf8' }).startsWith('!!');
    };
    expect(['.poet/events/pending/1.jsonl', '.poet/feedback/x', '.poet/state/a/b', '.poet/.tmp/x', '.poet/x.lock'].filter((path) => !ignored(path))).toEqual([]);
    expect(['.poet/events/bus.ts/publish/v1/code.ts', '.poet/events/bus.ts/publish/current', '.poet/state/deep/a.tsx/f/v1/code.ts'].filter(ignored)).toEqual([]);
  });

  it('lists what is there, damage included', () => {
    const root = makeRoot();
    const store = storeAt(root);
    saved(store, 'one', KEY_A, 'src/three.js/a.ts#Klass.#secret');
    saved(store, 'one', KEY_A, 'src/b.ts#f');
    writeFileSync(join(root, '.poet/src/b.ts/f/v1/code.ts'), 'x');
    expect(store.list()).toMatchObject([
      { targetId: 'src/b.ts#f', current: 'v1', versions: [{ name: 'v1', metadata: undefined }], problems: [{ code: 'POET5013' }] },
      { targetId: 'src/three.js/a.ts#Klass.#secret', current: 'v1', problems: [] },
    ]);
  });
});

describe('names of folders', () => {
  const name = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }), fc.constantFrom('con', 'AUX', 'com1', 'nul.x', 'a.', 'a ', '%', '..', 'a/b', 'a%2Fb'));

  it('can be read back, and are legal everywhere', () => {
    fc.assert(fc.property(name, (text) => {
      const folder = folderName(text);
      expect(nameOfFolder(folder)).toBe(text);
      expect(folder).not.toMatch(/[<>:"/\\|?*\u0000-\u001f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
    }));
  });

  it('leave ordinary identifiers as they are', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z_$][\w$]{0,20}(\.#?[a-z]\w{0,5}x)?(~2)?$/), (text) => {
      fc.pre(!/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/.test(text));
      expect(folderName(text)).toBe(text);
    }));
  });

  it('give the target back', () => {
    expect(targetIdOf(targetComponents('src/a.ts#K.#m'))).toBe('src/a.ts#K.#m');
  });
});

describe('the content hash', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', 'é', ' ') });

  it('does not see line ends', () => {
    fc.assert(fc.property(text, text, text, (code, contract, params) => {
      const crlf = (value: string): string => value.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n');
      expect(contentHash({ code: crlf(code), contract: crlf(contract), params: crlf(params) })).toBe(contentHash({ code, contract, params }));
    }));
  });

  it('sees everything else, text that moved between files included', () => {
    fc.assert(fc.property(text, text, text, text, text, text, (a, b, c, d, e, f) => {
      const plain = (value: string): string => value.replaceAll('\r\n', '\n');
      const same = plain(a) === plain(d) && plain(b) === plain(e) && plain(c) === plain(f);
      expect(contentHash({ code: a, contract: b, params: c }) === contentHash({ code: d, contract: e, params: f })).toBe(same);
    }));
    expect(contentHash({ code: 'ab', contract: 'c', params: '' })).not.toBe(contentHash({ code: 'a', contract: 'bc', params: '' }));
  });
});

describe('bugs of ours', () => {
  it('stay loud', () => {
    const store = storeAt(makeRoot());
    expect(() => store.save(planOf(), candidateOf('one'), { ...PASSED, ok: false }, '')).toThrow(/must not be stored/);
    expect(() => store.save(planOf(), { ...candidateOf('one'), code: 'a\r\nb' }, PASSED, '')).toThrow(/line feeds/);
    expect(() => store.save(planOf(), candidateOf('one'), PASSED, '// ---- header ends ----\nx\n')).toThrow(/own end/);
    const broken = storeAt(makeRoot(), { fs: { ...nodeFs, lstatSync: () => { throw new TypeError('a bug'); } } as typeof nodeFs });
    expect(() => broken.find(TARGET, KEY_A)).toThrow(TypeError);
  });
});

describe('too much', () => {
  it.each([['code', 64], ['contract', 512], ['params', 128]] as const)('%s is refused before anything is written', (part, kilobytes) => {
    const root = makeRoot();
    const candidate = { ...candidateOf('one'), [part]: ' '.repeat(kilobytes * 1024 + 1) };
    expect(problemOf(storeAt(root).save(planOf(), candidate, PASSED, '')).code).toBe('POET5016');
    expect(existsSync(join(root, FOLDER))).toBe(false);
  });
});

describe('a build of 200 targets', () => {
  it('opens each file once, and nothing but what it needs', () => {
    const root = makeRoot();
    const store = storeAt(root);
    const ids = Array.from({ length: 20 }, (_, i) => `src/m${i % 4}.ts#f${i}`);
    store.transaction(() => { for (const id of ids) saved(store, 'one', KEY_A, id); });
    const opened: string[] = [];
    let calls = 0;
    const counting = new Proxy(nodeFs, {
      get(fs, name, receiver) {
        const value: unknown = Reflect.get(fs, name, receiver);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          calls++;
          if (name === 'openSync') opened.push(String(args[0]));
          return Reflect.apply(value, fs, args);
        };
      },
    });
    const reading = storeAt(root, { fs: counting });
    for (const id of ids) whole(reading.find(id, KEY_A));
    expect(opened).toHaveLength(ids.length * 5);
    expect(new Set(opened).size).toBe(opened.length);
    // current and four files: open, stat, read, close; two folders; the modules' folders once.
    expect(calls).toBeLessThanOrEqual(ids.length * (5 * 4 + 2) + 10);
  });
});

describe('a folder that was renamed by hand', () => {
  it('is not the other function', () => {
    const root = makeRoot();
    saved(storeAt(root), 'one');
    renameSync(join(root, FOLDER), join(root, '.poet/src/drift.ts/other'));
    expect(problemOf(storeAt(root).find('src/drift.ts#other', KEY_A)).code).toBe('POET5008');
    rmSync(join(root, '.poet/src/drift.ts/other'), { recursive: true });
    expect(storeAt(root).find('src/drift.ts#other', KEY_A)).toBeUndefined();
  });
});

import { contentHash } from '../transformer/5-store/content-hash.ts';
import { HEADER_END } from '../transformer/5-store/layout.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { makeTempProject, PLUGIN, type TempProject } from './support/temp-project.ts';

const CONFIG = JSON.stringify({
  compilerOptions: { strict: true, module: 'nodenext', target: 'ES2022', lib: ['ES2022', 'DOM'], rootDir: 'src', outDir: 'dist', skipLibCheck: true, types: [], plugins: [PLUGIN] },
  include: ['src', '.poet/**/stamp.d.ts'],
});

let project: TempProject;
afterEach(() => project.remove());

/** Compiles and runs one module; what it printed, a JSON value a line. */
function run(source: string): unknown[] {
  project = makeTempProject(undefined, { 'tsconfig.json': CONFIG, 'src/main.ts': `import { onEvent } from 'poetc/runtime';\nconst said: string[] = [];\nonEvent((event) => said.push(event.type));\n${source}` });
  expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
  const { code, out, err } = project.node(['dist/main.js'], { POET_EVENTS: 'all', POET_RUNTIME_DIR: `${project.root}/run` });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.trim().split('\n').map((line) => JSON.parse(line) as unknown);
}

describe('at run time', () => {
  it("runs the author's code when Perceive itself fails, and says so", () => {
    const [result, events] = run(`
/** @poet */
export function name(user: { name: string; nick: string }): string {
  return user.name;
}
const hostile = { name: 'Ada', get nick(): string { throw new Error('not yours'); } };
console.log(JSON.stringify(name(hostile)));
console.log(JSON.stringify(said));`);
    expect(result).toBe('Ada');
    expect(events).toContain('fallback.used');
  });

  it('sends a direct self-call straight to operatePrime', () => {
    const [result, executions] = run(`
/** @poet */
export function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
console.log(JSON.stringify(factorial(6)));
console.log(JSON.stringify(said.filter((type) => type === 'function.execution').length));`);
    expect([result, executions]).toEqual([720, 1]);
  });

  it("hands on the caller's own objects, and corrects in a copy", () => {
    const [same, before, total, events] = run(`
interface Line { price: number; tags: string[] }
let seen: unknown;
const look = (value: unknown): void => { seen = value; };
/** @poet */
export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.price, 0);
}
/** @poet */
export function keep(lines: readonly Line[]): number {
  look(lines);
  return lines.length;
}
const good: Line[] = [{ price: 1, tags: [] }];
keep(good);
console.log(JSON.stringify(seen === good));
const bad = [{ price: '2.5', tags: [] }];
const sum = total(bad as never);
console.log(JSON.stringify(bad));
console.log(JSON.stringify(sum));
console.log(JSON.stringify(said));`);
    expect([same, before, total]).toEqual([true, [{ price: '2.5', tags: [] }], 2.5]);
    expect(events).toContain('perceive.corrected');
  });
});

describe('what is stored', () => {
  const source = (space: string): string => `/** @poet */\nexport function half(value: number): number {\n${space}return value / 2;\n}\n`;
  const folder = '.poet/src/half.ts/half/v1';
  const start = (): void => {
    project = makeTempProject(undefined, { 'tsconfig.json': CONFIG, 'src/half.ts': source('  ') });
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
  };
  /** Edits code.ts or contract.ts and writes the hash that goes with the edit: a hash is not trust. */
  const forge = (file: 'code' | 'contract', from: string, to: string): void => {
    const path = `${folder}/${file}.ts`;
    expect(project.read(path)).toContain(from);
    project.write(path, project.read(path).replace(from, to));
    const code = project.read(`${folder}/code.ts`);
    const hash = contentHash({
      code: code.slice(code.indexOf(HEADER_END) + HEADER_END.length + 1), contract: project.read(`${folder}/contract.ts`), params: project.read(`${folder}/params.json`),
    });
    project.write(`${folder}/metadata.json`, forgeMetadata(project.read(`${folder}/metadata.json`), { content_hash: hash }));
  };

  it('keeps its version when the source is reformatted', () => {
    start();
    project.write('src/half.ts', source('        '));
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    expect(project.read('dist/half.js')).toContain('poetc:src/half.ts#half@v1:');
    expect(project.exists('.poet/src/half.ts/half/v2')).toBe(false);
  });

  it.each([
    ['the body', 'code', 'value / 2', 'value / 3', 'POET4013'],
    ['what Enforce returns', 'code', 'acceptsResult(result) ? result :', 'acceptsResult(result) ? result + 1 :', 'POET4013'],
    ['a check', 'contract', 'typeof value === "number"', 'true', 'POET4010'],
  ] as const)('is not emitted when %s was edited and the hash with it', (_what, file, from, to, reason) => {
    start();
    forge(file, from, to);
    const { code, err } = project.tspc('-p', '.');
    expect(code).toBe(0);
    expect(err).toMatch(new RegExp(`^src/half\\.ts\\(2,17\\): fallback ${reason}: [^\\n]*\\n$`));
    expect(project.read('dist/half.js')).not.toContain('poetc:');
    expect(project.read('dist/half.js')).toContain('value / 2');
  });
});

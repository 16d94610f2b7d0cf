import { contentHash } from '../transformer/5-store/content-hash.ts';
import { HEADER_END } from '../transformer/5-store/layout.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { makeTempProject, PAIRS, PLUGIN, type TempProject } from './support/temp-project.ts';

const CONFIG = JSON.stringify({
  compilerOptions: {
    strict: true, module: 'nodenext', target: 'ES2022', lib: ['ES2022', 'DOM'], rootDir: 'src', outDir: 'dist', skipLibCheck: true, sourceMap: true, types: [], plugins: [PLUGIN],
  },
  include: ['src', '.poet/**/stamp.d.ts'],
});

let project: TempProject;
afterEach(() => project.remove());

/** Replaces a text in the stored code.ts of `fn`, and forges hash and verdict. */
function edit(fn: string, from: string, to: string): void {
  const folder = `.poet/src/main.ts/${fn}/v1`;
  const [header, code] = project.read(`${folder}/code.ts`).split(`${HEADER_END}\n`) as [string, string];
  expect(code).toContain(from);
  const edited = code.replace(from, () => to);
  project.write(`${folder}/code.ts`, `${header}${HEADER_END}\n${edited}`);
  const hash = contentHash({ code: edited, contract: project.read(`${folder}/contract.ts`), params: project.read(`${folder}/params.json`) });
  project.write(`${folder}/metadata.json`, forgeMetadata(project.read(`${folder}/metadata.json`), { provider: 'hand', content_hash: hash }));
}

function open(source: string, pair = PAIRS[0]!): void {
  project = makeTempProject(pair, { 'tsconfig.json': CONFIG, 'src/main.ts': source });
  expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
}

function run(env: NodeJS.ProcessEnv = {}): string {
  expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
  const { code, out, err } = project.node(['--enable-source-maps', 'dist/main.js'], { POET_RUNTIME_DIR: `${project.root}/run`, ...env });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.trim();
}

describe.each(PAIRS)('a version whose operatePrime is another text ($name)', (pair) => {
  it('is emitted with helpers, constants, classes and types beside it, ready before the module runs', () => {
    open(`
console.log(JSON.stringify(total([1, 2, 3])));
/** @poet */
export function total(prices: number[], factor = 2): number {
  let sum = 0;
  for (const price of prices) sum += price;
  return sum * factor;
}
`, pair);
    edit('total', 'let sum = 0;\n  for (const price of prices) sum += price;\n  return sum * factor;', 'const adder: Adder = new Sum();\n  for (const price of prices) adder.add(price);\n  return scale(adder.value) * factor;');
    edit('total', '/**\n * Perceive', `interface Adder { value: number; add(n: number): void }
const ZERO = 0;
class Sum implements Adder {
  value = ZERO;
  add(n: number): void { this.value += n; }
}
function scale(n: number): number {
  return n + ZERO;
}
/**\n * Perceive`);
    expect(run()).toBe('12');
    expect(project.read('dist/main.js')).toContain('total$Sum');
    expect(run({ POET_DISABLE: '1' })).toBe('12');
  });

  it('keeps what each form of function can reach', () => {
    open(`
const VAT = 2;
export class Cart {
  #bonus = 1;
  constructor(private readonly prices: number[]) {}
  /** @poet */
  sum(extra = 1): number {
    return this.prices.reduce((a, b) => a + b, this.#bonus) + extra;
  }
  /** @poet */
  static async later(this: void, n: number): Promise<number> {
    return n * VAT;
  }
}
function outer(by: number): number {
  /** @poet */
  const times = (n: number): number => n * by;
  return times(21);
}
/** @poet */
export const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2));
/** @poet */
export function first<T>(items: readonly T[], otherwise: T): T {
  return items[0] ?? otherwise;
}
console.log(JSON.stringify([new Cart([4, 5]).sum(), await Cart.later(3), outer(2), fib(10), first([], 'none')]));
`, pair);
    edit('Cart.sum', 'return this.prices.reduce((a, b) => a + b, this.#bonus) + extra;', 'let sum = this.#bonus;\n  for (const price of this.prices) sum += price;\n  return sum + extra;');
    edit('Cart.later', 'return n * VAT;', 'const doubled = n * VAT;\n  return doubled;');
    edit('outer.times', 'return n * by;', 'return by * n;');
    edit('fib', 'return (n < 2 ? n : operatePrime(n - 1) + operatePrime(n - 2));', 'if (n < 2) return n;\n  return operatePrime(n - 1) + operatePrime(n - 2);');
    edit('first', 'return items[0] ?? otherwise;', 'for (const item of items) return item ?? otherwise;\n  return otherwise;');
    expect(JSON.parse(run())).toEqual([11, 6, 42, 55, 'none']);
    for (const name of ['Cart.sum', 'Cart.later', 'outer.times', 'fib', 'first']) expect(project.read('dist/main.js')).toContain(`poetc:src/main.ts#${name}@v1:`);
    expect(JSON.parse(run({ POET_DISABLE: '1' }))).toEqual([11, 6, 42, 55, 'none']);
  });

  it('points stack frames at its code.ts', () => {
    open(`
/** @poet */
export function half(n: number): number {
  if (n < 0) throw new RangeError('negative');
  return n / 2;
}
try { half(-1); } catch (error) { console.log((error as Error).stack); }
`, pair);
    edit('half', "if (n < 0) throw new RangeError('negative');", "const bad = n < 0;\n  if (bad) throw new RangeError('negative');");
    const code = project.read('.poet/src/main.ts/half/v1/code.ts').split('\n');
    const line = code.findIndex((text) => text.includes('new RangeError')) + 1;
    expect(run()).toContain(`.poet/src/main.ts/half/v1/code.ts:${line}:`);
  });
});

it('falls back, with the place in code.ts, when the text does not type-check', () => {
  open(`/** @poet */
export function half(n: number): number {
  return n / 2;
}
console.log(half(4));
`);
  edit('half', 'return n / 2;', "return `${n}`;");
  const { code, err } = project.tspc('-p', '.');
  expect(code).toBe(0);
  expect(err).toMatch(/^\.poet\/src\/main\.ts\/half\/v1\/code\.ts\(\d+,3\): fallback POET4011: src\/main\.ts#half: [^\n]*\n$/);
  expect(project.read('dist/main.js')).not.toContain('poetc:');
});

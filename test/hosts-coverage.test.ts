/** Coverage tools count what the author wrote, where it was written; generated code is in no report. */
import { join } from 'node:path';
import { makeHostProject, REPO, run, type HostProject } from './hosts-fixture.ts';

const SOURCE = `export interface Item { price: number; quantity: number }

/** @poet */
export function total(items: Item[]): number {
  let sum = 0;
  for (const item of items) {
    if (item.quantity > 100) {
      sum += item.price * 0.9 * item.quantity;
    } else {
      sum += item.price * item.quantity;
    }
  }
  return sum;
}

/** @poet */
export const never = (a: number): number => {
  return a + 1;
};

export class Till {
  #sum = 0;
  /** @poet */
  add(a: number): number {
    this.#sum += a;
    return this.#sum;
  }
}
`;

const TEST = "import { Till, total } from '../src/price';\ntest('total', () => { expect(total([{ price: 2, quantity: 3 }])).toBe(6); expect(new Till().add(2)).toBe(2); });\n";

/** What istanbul writes as JSON, as far as it is looked at. */
interface FileCoverage {
  readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number } }>>;
  readonly s: Readonly<Record<string, number>>;
  readonly fnMap: Readonly<Record<string, { readonly loc: { readonly start: { readonly line: number } } }>>;
  readonly f: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

const HOSTS: readonly (readonly [name: string, args: readonly string[], countsBranches: boolean])[] = [
  ['Jest, istanbul', ['jest/bin/jest.js', '--coverage', '--coverageDirectory=coverage', '--coverageReporters=json'], true],
  ['Vitest, istanbul', ['vitest/vitest.mjs', 'run', '--coverage.enabled', '--coverage.provider=istanbul', '--coverage.reporter=json'], true],
  ['Vitest, V8', ['vitest/vitest.mjs', 'run', '--coverage.enabled', '--coverage.provider=v8', '--coverage.reporter=json'], false],
  ['Vitest, V8 with its syntax tree', ['vitest/vitest.mjs', 'run', '--coverage.enabled', '--coverage.provider=v8', '--coverage.experimentalAstAwareRemapping', '--coverage.reporter=json'], true],
];

describe.each(HOSTS)('%s', (_name, [program = '', ...args], countsBranches) => {
  let project: HostProject;
  let files: Readonly<Record<string, FileCoverage>>;
  beforeAll(async () => {
    project = makeHostProject({
      'tsconfig.json': JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler', strict: true, types: [], skipLibCheck: true }, include: ['src'] }),
      'src/price.ts': SOURCE, 'test/price.test.ts': TEST,
      'jest.config.cjs': "module.exports = { transform: { '\\\\.ts$': 'poetc/jest' }, collectCoverageFrom: ['src/**'] };\n",
      'vitest.config.mjs': "import poet from 'poetc/vitest';\nexport default { plugins: [poet()], test: { globals: true, coverage: { include: ['src/**'] } } };\n",
    });
    const { status, output } = await run(project, [join(REPO, 'node_modules', program), ...args]);
    if (status !== 0) throw new Error(output);
    files = JSON.parse(project.read('coverage/coverage-final.json')) as typeof files;
  });
  afterAll(() => project?.remove());

  it('reports the author\'s file alone', () => {
    expect(Object.keys(files)).toEqual([project.path('src/price.ts')]);
    expect(project.exists('.poet/src/price.ts/total/current')).toBe(true);
  });

  it('finds the lines that no test reached', () => {
    const { statementMap, s } = Object.values(files)[0]!;
    const missed = Object.entries(statementMap).filter(([id]) => s[id] === 0).map(([, { start }]) => start.line);
    expect([...new Set(missed)].filter((line) => line !== 19)).toEqual([8, 18]); // V8 also counts the closing brace
  });

  if (countsBranches) it('counts the author\'s branches and functions', () => {
    const { b, f, fnMap } = Object.values(files)[0]!;
    expect(Object.values(b)).toEqual([expect.arrayContaining([0, 1])]);
    expect(Object.entries(fnMap).filter(([id]) => f[id] === 0).map(([, { loc }]) => loc.start.line)).toEqual([17]);
  });
});

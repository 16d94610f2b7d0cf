import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A project of many modules that import each other: the same text for the same numbers, every time. */
export interface GeneratedProject {
  readonly files: number;
  /** At most two a file; spread evenly. */
  readonly targets: number;
}

const FOLDERS = ['billing', 'catalog', 'orders', 'stock', 'shipping', 'users', 'reports', 'alerts', 'pricing', 'search'];

export function writeGeneratedProject(folder: string, { files, targets }: GeneratedProject): void {
  if (targets > 2 * files) throw new RangeError(`expected at most ${2 * files} targets, found ${targets}`);
  const marked = new Set(Array.from({ length: targets }, (_, i) => Math.floor((i * 2 * files) / targets)));
  for (let index = 0; index < files; index++) {
    const file = join(folder, modulePath(index));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, makeModule(index, marked.has(2 * index), marked.has(2 * index + 1)));
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name: 'generated', version: '1.0.0', private: true, type: 'module' }, null, 2)}\n`);
  writeFileSync(join(folder, '.gitignore'), 'node_modules\ndist\n');
  for (const [name, plugin] of [['poetc', 'poetc/transformer'], ['empty', 'empty-transformer']] as const) {
    writeFileSync(join(folder, `tsconfig.${name}.json`), `${JSON.stringify({
      compilerOptions: {
        target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: true, sourceMap: true, rootDir: 'src', outDir: 'dist', types: [],
        plugins: [{ transform: plugin, transformProgram: true }],
      },
      include: ['src'],
    }, null, 2)}\n`);
  }
}

export function modulePath(index: number): string {
  const folder = FOLDERS[index % FOLDERS.length]!;
  return `src/${folder}/part-${Math.floor(index / (5 * FOLDERS.length))}/module-${index}.ts`;
}

/** The first target of a generated project, and its function. */
export function findTarget(index: number): { file: string; fn: string } {
  return { file: modulePath(index), fn: `summarise${index}` };
}

/** True for modules without a target when `targets` are spread over `files`. */
export function isUnmarked(index: number, { files, targets }: GeneratedProject): boolean {
  return ![2 * index, 2 * index + 1].some((slot) => Array.from({ length: targets }, (_, i) => Math.floor((i * 2 * files) / targets)).includes(slot));
}

function importFrom(index: number, other: number): string {
  const from = modulePath(index).split('/').slice(0, -1);
  const to = modulePath(other).replace(/\.ts$/, '.js').split('/');
  let shared = 0;
  while (from[shared] === to[shared]) shared++;
  const up = from.slice(shared).map(() => '..');
  return [...(up.length === 0 ? ['.'] : up), ...to.slice(shared)].join('/');
}

/** Layers of a tenth each, as projects have them: a module imports from the layer below, so that no chain is longer than ten. */
const LAYER = 100;

function findImports(index: number): number[] {
  const below = Math.floor(index / LAYER) - 1;
  if (below < 0) return [];
  return [...new Set([index * 7, index * 13 + 3, index * 31 + 11].map((n) => below * LAYER + (n % LAYER)))].slice(0, 1 + (index % 3));
}

function makeModule(index: number, first: boolean, second: boolean): string {
  const others = findImports(index);
  const used = others[0];
  const imports = others.map((other) => `import { weigh${other}, type Record${other}${other === used ? `, type Status${other}` : ''} } from '${importFrom(index, other)}';`);
  const tag = (marked: boolean): string => (marked ? '\n * @poet' : '');
  return `${imports.join('\n')}${imports.length > 0 ? '\n\n' : ''}export type Status${index} = 'open' | 'paid' | 'late'${index % 3 === 0 ? " | 'void'" : ''};

export interface Line${index} {
  readonly sku: string;
  readonly quantity: number;
  readonly price: number;
  readonly note?: string;
}

/** What module ${index} keeps. */
export interface Record${index} {
  readonly id: string;
  readonly status: Status${index};
  readonly createdAt: ${index % 4 === 0 ? 'Date' : 'string'};
  readonly lines: readonly Line${index}[];
  readonly tags: Readonly<Record<string, string>>;${used === undefined ? '' : `\n  readonly parent?: Pick<Record${used}, 'id' | 'status'>;`}
}

export interface Summary${index} {
  readonly id: string;
  readonly total: number;
  readonly count: number;
  readonly status: Status${index};
}

export type Outcome${index} = { readonly kind: 'done'; readonly summary: Summary${index} } | { readonly kind: 'refused'; readonly reason: string };

/** Weight of one line, in whole units. */
export function weigh${index}(quantity: number, price: number): number {
  return Math.round(quantity * price * ${1 + (index % 9)}) / ${1 + (index % 5)};
}

const LIMIT_${index} = ${1_000 + 13 * index};

/**
 * Sums the lines of a record.
 *
 * @param record as it is stored
 * @param rate applied to every line${tag(first)}
 */
export function summarise${index}(record: Record${index}, rate = 1): Summary${index} {
  let total = 0;
  for (const line of record.lines) total += weigh${index}(line.quantity, line.price) * rate;
  return { id: record.id, total, count: record.lines.length, status: record.status };
}

/**
 * Decides what happens to a list of records.${tag(second)}
 */
export function decide${index}(records: readonly Record${index}[], wanted: Status${index}): Outcome${index}[] {
  return records.filter((record) => record.status === wanted).map((record) => {
    const summary = summarise${index}(record);
    return summary.total > LIMIT_${index} ? { kind: 'refused', reason: \`over \${LIMIT_${index}}\` } : { kind: 'done', summary };
  });
}

export class Store${index} {
  readonly #records = new Map<string, Record${index}>();

  add(record: Record${index}): this {
    this.#records.set(record.id, record);
    return this;
  }

  find(id: string): Record${index} | undefined {
    return this.#records.get(id);
  }

  *open(): IterableIterator<Record${index}> {
    for (const record of this.#records.values()) if (record.status === 'open') yield record;
  }
}
${used === undefined ? '' : `
export function carry${index}(from: Record${used}): Record${index} {
  const status: Status${used} = from.status;
  return {
    id: from.id, status: status === 'late' ? 'late' : 'open', createdAt: ${index % 4 === 0 ? "new Date(0)" : "''"}, tags: from.tags,
    lines: from.lines.map((line) => ({ ...line, price: weigh${used}(1, line.price) })), parent: { id: from.id, status: from.status },
  };
}
`}`;
}

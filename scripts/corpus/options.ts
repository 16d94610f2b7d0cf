import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export type Perceive = 'observe' | 'correct' | 'strict';
export type Runner = 'jest' | 'vitest' | 'node' | 'mocha';

export interface CorpusOptions {
  /** Absolute path of the project; it is read and never written. */
  readonly project: string;
  readonly name: string;
  readonly perceive: readonly Perceive[];
  /** Folders, files or tsconfig-style globs, relative to the project; empty: everything. */
  readonly src: readonly string[];
  readonly runner: Runner | undefined;
  /** `needed`: what the chosen files import; `all`: everything that package.json names; `none`: the project's own node_modules. */
  readonly install: 'needed' | 'all' | 'none';
  /** Absolute path of the working folder; kept and used again when given. */
  readonly work: string | undefined;
  /** Run the originals and the enhanced functions in the sandbox, too. */
  readonly behaviour: boolean;
  readonly json: boolean;
  readonly check: boolean;
}

export const USAGE = `npm run corpus -- <dir> [options]
  --perceive observe|correct|strict|all   default: observe
  --src <folder or glob>                  what is marked, built and tested; may be repeated; default: everything
  --runner jest|vitest|node|mocha         default: found out from package.json
  --install needed|all|none               default: needed (what the chosen files import, at the project's versions)
  --name <name>                           of bench/results/corpus-<name>.json; default: the folder's name
  --behaviour                             also poet verify: how many functions were run in the sandbox, and whether any differs
  --work <dir>                            work there and keep it (a second run installs nothing)
  --json                                  the whole report as JSON on stdout
  --check                                 exit 1 when a bar is missed`;

/** @throws Error with a sentence for the user */
export function readOptions(argv: readonly string[]): CorpusOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      perceive: { type: 'string', default: 'observe' }, src: { type: 'string', multiple: true, default: [] }, runner: { type: 'string' },
      install: { type: 'string', default: 'needed' }, name: { type: 'string' }, work: { type: 'string' },
      behaviour: { type: 'boolean', default: false }, json: { type: 'boolean', default: false }, check: { type: 'boolean', default: false },
    },
  });
  const [dir, ...more] = positionals;
  if (dir === undefined || more.length > 0) throw new Error(`expected one directory, found ${positionals.length}`);
  const project = resolve(dir);
  return {
    project, json: values.json, behaviour: values.behaviour, check: values.check,
    name: (values.name ?? basename(project)).replaceAll(/[^\w.-]+/g, '-'),
    perceive: values.perceive === 'all' ? ['observe', 'correct', 'strict'] : [oneOf('perceive', values.perceive, ['observe', 'correct', 'strict'] as const)],
    src: values.src.flatMap((entry) => entry.split(',')).filter((entry) => entry !== ''),
    runner: values.runner === undefined ? undefined : oneOf('runner', values.runner, ['jest', 'vitest', 'node', 'mocha'] as const),
    install: oneOf('install', values.install, ['needed', 'all', 'none'] as const),
    work: values.work === undefined ? undefined : resolve(values.work),
  };
}

function oneOf<const T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((entry) => entry === value);
  if (found === undefined) throw new Error(`--${option}: expected ${known.join(', ')}, found ${value}`);
  return found;
}

/** A store in a folder of its own, and plans and candidates to put into it. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { openStore, type Store, type StoreContext, type StoreProblem } from '../transformer/5-store/index.ts';
import type { Candidate, Plan, Target, Verdict, Version } from '../transformer/types.ts';

export const KEY_A = 'a'.repeat(64);
export const KEY_B = 'b'.repeat(64);
export const TARGET = 'src/drift.ts#detectDrift';
export const FOLDER = '.poet/src/drift.ts/detectDrift';
export const NO_PARAMS = '{\n  "schema": 1,\n  "parameters": {}\n}\n';
export const HEADER = 'import { acceptsArguments } from "./contract.ts";\n';

export const makeRoot = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'poetc-store-')));

export const storeAt = (root: string, context: Partial<StoreContext> = {}): Store => openStore(root, { now: () => 0, ...context });

export function planOf(key: string = KEY_A, id: string = TARGET): Plan {
  const name = id.slice(id.indexOf('#') + 1);
  return {
    // The store reads these two fields and nothing else of a target.
    target: { id, name } as Target,
    key,
    sourceHash: `source of ${key.slice(0, 4)}`,
    template: { domain: 'base', version: 'v1', hash: 'c'.repeat(64) },
  } as Plan;
}

export const candidateOf = (code: string, params: string = NO_PARAMS): Candidate => ({
  provider: 'builtin',
  code: `export function perceive() { return []; }\n// ${code}\n`,
  contract: 'export function acceptsArguments() { return true; }\n',
  params,
});

export const PASSED: Verdict = { ok: true, checks: { shape: { ok: true, detail: 'three exports' } }, diagnostics: [] };

/** Saves, and fails the test when the store refuses. */
export function saved(store: Store, code: string, key: string = KEY_A, id: string = TARGET): Version {
  return whole(store.save(planOf(key, id), candidateOf(code), PASSED, HEADER));
}

export function whole(found: Version | StoreProblem | undefined): Version {
  if (found === undefined) throw new Error('a version was expected, found none');
  if ('problem' in found) throw new Error(`a version was expected, found ${found.problem.code} ${found.problem.text}`);
  return found;
}

export function problemOf(found: unknown): PoetDiagnostic {
  if (typeof found !== 'object' || found === null || !('problem' in found)) throw new Error(`a problem was expected, found ${JSON.stringify(found)}`);
  return found.problem as PoetDiagnostic;
}

/** Every file below a folder with its text, posix paths relative to it. */
export function filesBelow(folder: string, base: string = folder): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) Object.assign(files, filesBelow(path, base));
    else files[relative(base, path).replaceAll('\\', '/')] = readFileSync(path, 'utf8');
  }
  return files;
}

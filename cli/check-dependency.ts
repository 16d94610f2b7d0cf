import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PoetDiagnostic } from '../transformer/diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../transformer/diagnostics/registry.ts';
import { isRecord, parseJsonc } from './setup/json-edit.ts';
import { installForProduction } from './toolchain.ts';

/** Emitted code imports poetc/runtime: a production install without devDependencies must have it. */
export function checkDependency(root: string): PoetDiagnostic[] {
  const file = join(root, 'package.json');
  if (!existsSync(file)) return [];
  const manifest = parseJsonc(readFileSync(file, 'utf8'), 'package.json');
  const has = (field: string): boolean => isRecord(manifest[field]) && manifest[field]['poetc'] !== undefined;
  if (manifest['name'] === 'poetc' || has('dependencies') || has('peerDependencies') || has('optionalDependencies')) return [];
  const found = has('devDependencies') ? 'among the devDependencies' : 'nowhere';
  return [makeDiagnostic('POET8115', { found, command: installForProduction(root, 'poetc') }, { file: file.replaceAll('\\', '/'), line: 1 })];
}

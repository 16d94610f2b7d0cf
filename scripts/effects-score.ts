/**
 * `npm run effects:score -- <folder>`: the effects analysis against functions of public projects that were labelled by reading them.
 * The folder holds checkouts as `<owner>+<name>` (or `<owner>/<name>`); those that are missing are left out.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { makeEffectsReader } from '../transformer/1-discover/effects.ts';
import type { Effects, TargetNode } from '../transformer/types.ts';

type Kind = 'pure' | 'read' | 'write' | 'open';
type Row = readonly [path: string, fn: string, kind: Kind, changes?: readonly string[]];
interface Labels { readonly projects: readonly { readonly project: string; readonly commit: string; readonly functions: readonly Row[] }[] }

/** What may be answered without promising too much. */
const SAFE: Readonly<Record<Kind, readonly Effects['kind'][]>> = {
  pure: ['pure', 'read', 'write', 'unknown'], read: ['read', 'write', 'unknown'], write: ['write', 'unknown'], open: ['write', 'unknown'],
};

export function main(argv: readonly string[], root: string): number {
  const [folder] = argv.filter((argument) => argument !== '--');
  if (folder === undefined) {
    console.error('expected a folder of checkouts, found none');
    return 2;
  }
  const { projects } = JSON.parse(readFileSync(join(root, 'fixtures/effects/labels.json'), 'utf8')) as Labels;
  let [found, exact] = [0, 0];
  const unsafe: string[] = [];
  const missing: string[] = [];
  for (const { project, commit, functions } of projects) {
    const checkout: string | undefined = [join(folder, project.replace('/', '+')), join(folder, project)].find(existsSync);
    if (checkout === undefined) { missing.push(`${project} (labels are of ${commit})`); continue; }
    const files: readonly string[] = [...new Set(functions.map(([path]) => join(checkout, path)))].filter((file) => existsSync(file));
    const program = ts.createProgram(files, {
      strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, experimentalDecorators: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')],
    });
    const reader = makeEffectsReader(ts, program.getTypeChecker(), program);
    for (const [path, fn, kind, changes = []] of functions) {
      const file = program.getSourceFile(join(checkout, path));
      const node = file && findFunction(file, fn);
      if (node === undefined) { missing.push(`${project} ${path}#${fn}`); continue; }
      const effects = reader.read(node);
      found++;
      if (effects.kind === (kind === 'open' ? 'unknown' : kind)) exact++;
      if (!SAFE[kind].includes(effects.kind)) unsafe.push(`${path}#${fn}: ${kind}, found ${effects.kind}: ${effects.reason}`);
      const names = node.parameters.filter((p) => p.name.getText() !== 'this').map((p) => p.name.getText());
      for (const changed of changes) {
        const index = /^\d+$/.test(changed) ? Number(changed) : names.indexOf(changed);
        if (changed !== 'this' && index >= 0 && effects.parameters[index]?.mutated !== true) unsafe.push(`${path}#${fn}: changes ${changed}, found unchanged`);
      }
    }
  }
  for (const line of unsafe) console.log(`UNSAFE ${line}`);
  for (const line of missing) console.log(`not found: ${line}`);
  console.log(`${found} functions: ${unsafe.length} wrong in the unsafe direction, ${exact} exact (${((100 * exact) / Math.max(1, found)).toFixed(1)} %), the rest more careful than it need be`);
  return unsafe.length > 0 || found < 150 ? 1 : 0;
}

/** `f`, `Class.method`, `object.method`. */
function findFunction(file: ts.SourceFile, name: string): TargetNode | undefined {
  let found: TargetNode | undefined;
  const visit = (node: ts.Node, owner: string): void => {
    let inner = owner;
    const own = (node as ts.NamedDeclaration).name?.getText(file);
    if (ts.isClassDeclaration(node) || (ts.isVariableDeclaration(node) && node.initializer && ts.isObjectLiteralExpression(node.initializer))) inner = own ?? owner;
    if ((own === name || `${owner}.${own ?? ''}` === name) && !ts.isParameter(node)) found ??= bodyOf(node);
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, '');
  return found;
}

function bodyOf(node: ts.Node): TargetNode | undefined {
  if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && node.body) return node;
  if (ts.isFunctionLike(node)) return undefined;
  return ts.forEachChild(node, (child) => (ts.isTypeNode(child) ? undefined : bodyOf(child)));
}

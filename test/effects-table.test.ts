import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { makeEffectsReader } from '../transformer/1-discover/effects.ts';
import type { Effects, TargetNode } from '../transformer/types.ts';

/**
 * Real functions of six projects, labelled by reading them (fixtures/effects):
 * `// effects: pure | read | write[: what it changes] | open`; `open` does what code that it is handed does, so that `unknown` is exact.
 */
interface Label {
  readonly kind: 'pure' | 'read' | 'write' | 'open';
  /** Names or positions of parameters; `this`. */
  readonly changes: readonly string[];
}

interface Case { readonly where: string; readonly label: Label; readonly node: TargetNode; readonly found: Effects }

/**
 * Today's share. What is missing is mostly input and output by packages and by Node's own modules, which comes out unknown. To know that
 * `readFile` only reads would make Enforce throw where it reports now, under the same key: that has to wait for the generator's next epoch.
 */
const EXACT = 0.69;

const FOLDER = join(__dirname, '../fixtures/effects');
const LABEL = /^\/\/ effects: (pure|read|write|open)(?:: ([\w, ]+))?$/;

const cases = readCases();
const unsafe = cases.flatMap((c) => findUnsafe(c));
const exact = cases.filter(isExact);

it('is a table of at least 150 functions of every kind', () => {
  expect(cases.length).toBeGreaterThanOrEqual(150);
  const count = (kind: Label['kind']): number => cases.filter((c) => c.label.kind === kind).length;
  expect([count('pure'), count('read'), count('write'), count('open')].every((n) => n >= 10)).toBe(true);
});

it('is wrong in the safe direction only', () => expect(unsafe).toEqual([]));

it('is exact for most of them', () => {
  const vague = cases.filter((c) => !isExact(c)).map((c) => `${c.where}: ${c.label.kind}, found ${c.found.kind}: ${c.found.reason} [${c.found.evidence.join(' → ')}]`);
  console.log(`exact: ${exact.length} of ${cases.length} (${((100 * exact.length) / cases.length).toFixed(1)} %)\n${vague.join('\n')}`);
  expect(exact.length / cases.length).toBeGreaterThanOrEqual(EXACT);
});

it('would notice a wrong answer', () => {
  const [first] = cases.filter((c) => c.label.kind === 'write' && c.found.parameters.some((p) => p.mutated));
  const blind = { ...first!, found: { ...first!.found, parameters: first!.found.parameters.map((p) => ({ ...p, mutated: false })) } };
  expect(findUnsafe(blind)).toHaveLength(1);
  expect(findUnsafe({ ...first!, found: { ...first!.found, kind: 'read' } })).toHaveLength(1);
  expect(findUnsafe({ ...first!, label: { kind: 'open', changes: [] }, found: { ...first!.found, kind: 'pure' } })).toHaveLength(1);
});

function findUnsafe({ where, label, node, found }: Case): string[] {
  const may: Record<Label['kind'], readonly Effects['kind'][]> = {
    pure: ['pure', 'read', 'write', 'unknown'], read: ['read', 'write', 'unknown'], write: ['write', 'unknown'], open: ['write', 'unknown'],
  };
  const wrong = may[label.kind].includes(found.kind) ? [] : [`${where}: ${label.kind}, found ${found.kind}: ${found.reason}`];
  const names = node.parameters.filter((p) => p.name.getText() !== 'this').map((p) => p.name.getText());
  for (const changed of label.changes) {
    if (changed === 'this') continue;
    const index = /^\d+$/.test(changed) ? Number(changed) : names.indexOf(changed);
    if (index < 0 || index >= names.length) throw new Error(`${where}: no parameter ${changed}`);
    if (found.parameters[index]?.mutated !== true) wrong.push(`${where}: changes ${changed}, found unchanged`);
  }
  return wrong;
}

function isExact({ label, found }: Case): boolean {
  return found.kind === (label.kind === 'open' ? 'unknown' : label.kind);
}

function readCases(): Case[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts')).map((name) => join(FOLDER, name));
  const program = ts.createProgram(files, {
    strict: true, strictPropertyInitialization: false, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler, lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: ['node'], typeRoots: [join(__dirname, '../node_modules/@types')],
  });
  // A type that does not resolve is `any`, and everything is unknown then.
  const errors = files.flatMap((file) => program.getSemanticDiagnostics(program.getSourceFile(file)));
  if (errors.length > 0) throw new Error(ts.formatDiagnostics(errors, { getCanonicalFileName: (f) => f, getCurrentDirectory: () => FOLDER, getNewLine: () => '\n' }));
  const reader = makeEffectsReader(ts, program.getTypeChecker(), program);
  return files.flatMap((file) => readLabels(program.getSourceFile(file)!)).map((entry) => ({ ...entry, found: reader.read(entry.node) }));
}

/** The label stands in the comment before the statement or member that holds the function. */
function readLabels(file: ts.SourceFile): Omit<Case, 'found'>[] {
  const found: Omit<Case, 'found'>[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStatement(node) || ts.isClassElement(node) || ts.isObjectLiteralElement(node)) {
      const last = ts.getLeadingCommentRanges(file.text, node.pos)?.at(-1);
      const match = last && LABEL.exec(file.text.slice(last.pos, last.end));
      if (match) {
        const fn = findFunction(node);
        if (!fn) throw new Error(`${file.fileName}: a label without a function at ${last.pos}`);
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
        found.push({
          where: `${file.fileName.slice(FOLDER.length + 1)}:${line + 1}`, node: fn,
          label: { kind: match[1] as Label['kind'], changes: match[2]?.split(', ') ?? [] },
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function findFunction(node: ts.Node): TargetNode | undefined {
  if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && node.body) return node;
  return ts.forEachChild(node, (child) => (ts.isTypeNode(child) ? undefined : findFunction(child)));
}

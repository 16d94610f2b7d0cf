/** From a target and its version to what the sandbox runs: two graphs of modules that differ in one function. */
import type ts from 'typescript';
import { ownLiterals, readExample, readLiterals } from './4-verify/behaviour/read-literals.ts';
import { readHabits } from './4-verify/behaviour/read-habits.ts';
import { makeHintReader } from './4-verify/behaviour/read-hints.ts';
import { makeModuleGraph } from './4-verify/behaviour/module-graph.ts';
import type { BehaviourSubject } from './4-verify/behaviour/subject.ts';
import { transpile } from './4-verify/behaviour/transpile.ts';
import type { ModuleGraph } from './4-verify/sandbox/protocol.ts';
import { makeRewrite, type Enhancement } from './6-emit/index.ts';
import type { Context } from './context.ts';
import { contractNames } from './contract/index.ts';
import { findImportForm } from './import-form.ts';
import type { Build } from './pipeline.ts';
import type { ProgramSource } from './shadow-program.ts';
import { makeLawTrial } from './law-trial.ts';
import type { Plan, Target, Ts } from './types.ts';

export type SubjectsOfBuild = Pick<Build, 'targets' | 'enhancements' | 'controls' | 'trials'>;

export type SubjectReading =
  | { readonly kind: 'subject'; readonly subject: BehaviourSubject }
  /** An implementation of a stub, which passed the laws of its domain in this build. */
  | { readonly kind: 'tried'; readonly detail: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * The original is the author's module with all markers gone; the enhanced side is the same module with this one target enhanced, so
 * that a difference is this version's.
 *
 * @param checker of a program over the author's files; not the one that writes declarations
 * @param transpiled what other subjects of the same program needed of other modules
 */
export function makeBehaviourSubject(source: ProgramSource, checker: ts.TypeChecker, ctx: Context, build: SubjectsOfBuild, plan: Plan, transpiled: Map<string, string> = new Map()): SubjectReading {
  const { ts, program } = source;
  const { target } = plan;
  const enhancement = build.enhancements.get(target);
  if (enhancement === undefined) throw new Error(`${target.id} is not enhanced`);
  const tried = build.trials.get(target);
  if (tried !== undefined) return { kind: 'tried', detail: tried };
  const entry = findEntry(ts, target);
  if (typeof entry === 'string') return { kind: 'unreachable', reason: entry };

  const file = target.sourceFile;
  const others = build.targets.filter((other) => other.sourceFile === file && other !== target);
  const options = { importForm: findImportForm(ts, program, file), packageName: ctx.packageName };
  const classes = contractNames(target.contract);
  const names = classes.filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && isDeclaredIn(ts, file, name));
  const self = entry.self === 'instance' && ts.isClassLike(target.node.parent) ? target.node.parent.name?.text : undefined;
  const more = [...new Set([...names, ...(self === undefined ? [] : [self])])].map((name) => `${name} as $class$${name}`);
  const exports = [...(entry.local === undefined || entry.isExported ? [] : [`${entry.local} as $subject`]), ...more];
  const entryOf = (enhanced: readonly Enhancement[]): { readonly text: string; readonly script: string } => {
    let script = '';
    // contract.ts is most of the text, and its types go without a compiler. Classes that it names are the compiler's business: an imported one is called differently in CommonJS.
    const apart = classes.length > 0 ? {} : { importForm: 'import-equals' as const, addScript: (text: string): void => { script += `\n${text}\n`; } };
    const { text } = makeRewrite(ts, file, enhanced, enhanced.length > 0 ? others : [...others, target], { ...options, ...apart });
    return { text: exports.length === 0 ? text : `${text}\nexport { ${exports.join(', ')} };\n`, script };
  };
  const graph = (own?: string): ModuleGraph => makeModuleGraph(ts, program, { fileName: file.fileName, ...(own !== undefined && { own }) }, ctx.root, (other) => withoutMarkers(source, ctx, build, other), transpiled);
  /** @returns CommonJS of the module, once for each list of enhancements */
  const compile = (variants: readonly (readonly Enhancement[])[]): readonly string[] => {
    const entries = variants.map(entryOf);
    return transpile(ts, program, entries.map(({ text }) => ({ fileName: file.fileName, text }))).map((own, i) => own + entries[i]!.script);
  };
  const code = enhancement.bodyUnchanged ? undefined : ts.createSourceFile('code.ts', enhancement.version.candidate.code, ts.ScriptTarget.Latest, true);
  const hints = makeHintReader(ts, checker, target.node, [...names, ...(self === undefined ? [] : [self])]);
  const control = build.controls.get(target);
  const access = [entry.local === undefined ? 'default' : entry.isExported ? entry.local : '$subject', ...entry.access];
  // Without more to export the original is a module like the others: targets of one file share it.
  const isShared = exports.length === 0;
  const isKnown = isShared && transpiled.has(file.fileName);
  const made = compile([[withoutPolicy(enhancement)], ...(control === undefined ? [] : [[control]]), ...(isKnown ? [] : [[]])]);
  if (isShared && !isKnown) transpiled.set(file.fileName, made.at(-1)!);
  const emitted = graph(made[0]!);
  const controlled = control && graph(made[1]!);
  // Where the deterministic provider leaves the constant of a stub alone, it is compared with itself; from anybody else an implementation is wanted.
  const laws = target.stub && (enhancement.foreign || !enhancement.bodyUnchanged) ? makeLawTrial(ts, ctx, plan, { module: target.modulePath, access, ...(entry.self !== undefined && { self: entry.self }) }, emitted, controlled) : undefined;
  if (typeof laws === 'string') return { kind: 'unreachable', reason: laws };
  return {
    kind: 'subject',
    subject: {
      id: target.id, name: target.name, seed: plan.key, contract: target.contract,
      original: graph(isShared ? undefined : made.at(-1)!), enhanced: laws?.graph ?? emitted, ...(controlled !== undefined && { control: controlled }), ...(laws !== undefined && { laws: laws.trial }),
      entry: { module: target.modulePath, access, ...(entry.self !== undefined && { self: entry.self }) },
      ...(self !== undefined && { self: { name: self } }),
      callbacks: hints.callbacks, classes: hints.classes,
      examples: target.examples.flatMap((text) => { const args = readExample(ts, text, target.name); return args === undefined ? [] : [args]; }),
      literals: readLiterals(ts, [target.node, ...(code === undefined ? [] : [code])]),
      ...(code !== undefined && { own: ownLiterals(ts, target.node, code) }),
      ...(code !== undefined && { habits: readHabits(ts, code, target.node) }),
    },
  };
}

/** Time limits, retries and breakers are what the author asked for; what is compared is the function. */
function withoutPolicy({ policy: _, ...enhancement }: Enhancement): Enhancement {
  return enhancement;
}

/** As a value: of an interface there is nothing to export. */
function isDeclaredIn(ts: Ts, file: ts.SourceFile, name: string): boolean {
  return file.statements.some((statement) => {
    if (ts.isClassDeclaration(statement)) return statement.name?.text === name;
    if (!ts.isImportDeclaration(statement) || statement.importClause === undefined || statement.importClause.isTypeOnly) return false;
    const { name: whole, namedBindings } = statement.importClause;
    return whole?.text === name || (namedBindings !== undefined && ts.isNamedImports(namedBindings) && namedBindings.elements.some((element) => !element.isTypeOnly && element.name.text === name));
  });
}

/** Other files' targets run as their authors wrote them, on both sides. */
function withoutMarkers({ ts, program }: ProgramSource, ctx: Context, build: Pick<Build, 'targets'>, fileName: string): string | undefined {
  const targets = build.targets.filter(({ sourceFile }) => sourceFile.fileName === fileName);
  const [first] = targets;
  if (first === undefined) return undefined;
  return makeRewrite(ts, first.sourceFile, [], targets, { importForm: findImportForm(ts, program, first.sourceFile), packageName: ctx.packageName }).text;
}

interface Entry {
  /** Name in the module; undefined for a default export without one. */
  readonly local: string | undefined;
  /** The module exports it under this very name. */
  readonly isExported: boolean;
  readonly access: readonly string[];
  readonly self?: 'instance' | 'static';
}

/** @returns in words why nothing outside can call the function */
function findEntry(ts: Ts, { node }: Target): Entry | string {
  if (node.getSourceFile().statements.some((statement) => ts.isExportAssignment(statement) && statement.isExportEquals === true)) return 'its module uses `export =`';
  const access: string[] = [];
  let self: Entry['self'];
  let at: ts.Node = node;
  if (ts.isMethodDeclaration(node)) {
    const name = propertyName(ts, node.name);
    if (name === undefined) return ts.isPrivateIdentifier(node.name) ? 'it is a #private method' : 'its name is computed';
    const isStatic = ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true;
    if (ts.isClassLike(node.parent)) {
      self = isStatic ? 'static' : 'instance';
      access.push(...(isStatic ? [name] : ['prototype', name]));
    } else {
      self = 'static';
      access.push(name);
    }
    at = node.parent;
  }
  for (; ; at = at.parent) {
    const { parent } = at;
    if (ts.isParenthesizedExpression(parent) || ts.isSatisfiesExpression(parent) || ts.isAsExpression(parent)) continue;
    // The wrapper, poet(options, f): the function stands in its place.
    if (ts.isCallExpression(parent) && parent.arguments[1] === at) continue;
    if (ts.isPropertyAssignment(parent)) {
      const name = propertyName(ts, parent.name);
      if (name === undefined) return 'its name is computed';
      self ??= 'static';
      access.unshift(name);
      at = parent;
      continue;
    }
    break;
  }
  const { parent } = at;
  if (ts.isVariableDeclaration(parent)) {
    const statement = parent.parent.parent;
    if (!ts.isIdentifier(parent.name)) return 'it is taken apart where it is declared';
    return ts.isVariableStatement(statement) && ts.isSourceFile(statement.parent) ? { local: parent.name.text, isExported: isNamedExport(ts, statement), access, ...(self !== undefined && { self }) } : INSIDE;
  }
  if (ts.isExportAssignment(parent)) return { local: undefined, isExported: false, access, ...(self !== undefined && { self }) };
  if (ts.isFunctionDeclaration(at) || ts.isClassDeclaration(at)) {
    if (!ts.isSourceFile(parent)) return INSIDE;
    return { local: at.name?.text, isExported: isNamedExport(ts, at), access, ...(self !== undefined && { self }) };
  }
  return INSIDE;
}

function isNamedExport(ts: Ts, statement: ts.VariableStatement | ts.FunctionDeclaration | ts.ClassDeclaration): boolean {
  const kinds = ts.getModifiers(statement)?.map(({ kind }) => kind) ?? [];
  return kinds.includes(ts.SyntaxKind.ExportKeyword) && !kinds.includes(ts.SyntaxKind.DefaultKeyword);
}

const INSIDE = 'it is declared inside another function or expression';

function propertyName(ts: Ts, name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name) ? name.text : undefined;
}

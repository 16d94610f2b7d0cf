import type ts from 'typescript';
import type { Target, TargetNode, Ts, Version } from '../types.ts';
import { makeDispatch, type RuntimeAlias } from './dispatch.ts';
import type { Edit, Fragment } from './fragment.ts';
import { makeIdentifierPart, type NamePool } from './names.ts';
import { copyStored, declaredNames, findPhaseShape, parseStored, type StoredModule } from './phases.ts';
import type { EmittedPolicy } from './index.ts';
import { findPlacement, usesThis } from './placement.ts';

/** Runtime names that stored files may use; anything else that they mention must come from the author's module. */
export const RUNTIME_HELPERS: ReadonlySet<string> = new Set([
  'violation', 'correction', 'refuseArguments', 'observeArguments', 'corrected', 'refuseResult', 'reportResult', 'Violation', 'Correction',
]);

export interface TargetEditInput {
  readonly version: Version;
  readonly bodyUnchanged: boolean;
  readonly foreign: boolean;
  readonly selfCalls: readonly number[];
  readonly policy: EmittedPolicy | undefined;
  readonly names: NamePool;
  readonly runtime: RuntimeAlias;
  readonly packageName: string | undefined;
  /** Source indices of the stored files. */
  readonly code: number;
  readonly contract: number;
  readonly headerLength: number;
  /** Offset in the author's file below its directives and above everything that runs. */
  readonly top: number;
}

/** The edits that put one version in place of its target. */
export function makeTargetEdits(ts: Ts, sourceFile: ts.SourceFile, target: Target, input: TargetEditInput): Edit[] {
  const { version, names, runtime } = input;
  const node = target.node;
  const body = node.body!;
  const at = (node.name ?? node).getStart(sourceFile);
  const written = (text: string): Fragment => ({ kind: 'written', text, at });
  const author = (start: number, end: number): Fragment => ({ kind: 'author', start, end, live: false });

  const stem = makeIdentifierPart(target.name);
  const own = {
    handle: names.take(`${stem}$target`), open: names.take(`${stem}$open`), operate: names.take(`${stem}$operatePrime`),
    perceive: names.take(`${stem}$perceive`), enforce: names.take(`${stem}$enforce`),
  };
  const original = input.bodyUnchanged ? own.operate : names.take(`${stem}$original`);

  const code = parseStored(ts, 'code.ts', version.candidate.code, input.code, input.headerLength);
  const contract = parseStored(ts, 'contract.ts', version.candidate.contract, input.contract, 0);
  const renames = makeRenames(ts, stem, code, contract, own, input);

  const placement = findPlacement(ts, node);
  const passThis = placement.kind === 'beside' && usesThis(ts, node);
  const parameters = target.contract.parameters;
  const rest = parameters.at(-1)?.rest === true;
  const same = parameters.map((p) => (p.rest ? `...${p.name}` : p.name)).join(',');
  const perceiveNode = code.functions.get('perceive')!;
  const enforceNode = code.functions.get('enforce')!;
  const resultName = enforceNode.parameters[0]?.name.getText(code.sourceFile) ?? 'result';
  const perceiveShape = findPhaseShape(ts, perceiveNode, `[${same}]`);
  const enforceShape = findPhaseShape(ts, enforceNode, resultName);

  const locals = {
    handle: names.share('$t'), execution: names.share('$x'), ok: names.share('$ok'), perceived: names.share('$p'), result: names.share('$r'), error: names.share('$e'), signal: names.share('$s'),
  };
  const indent = `${lineIndent(sourceFile.text, node.getStart(sourceFile))}  `;
  const outer = parameterNames(target);
  const renameParameter = new Map(parameters.map((p, i) => [p.name, outer[i]!]));
  const renameSignal = (signal: EmittedPolicy['signal']): EmittedPolicy['signal'] => signal && { ...signal, parameter: renameParameter.get(signal.parameter) ?? signal.parameter };
  const outerArguments = (shape: ReturnType<typeof findPhaseShape>): ReturnType<typeof findPhaseShape> =>
    (shape.kind === 'guarded' ? { ...shape, arguments: shape.arguments.map((a) => renameParameter.get(a) ?? a) } : shape);
  const key = findKey(target);
  const dispatch = makeDispatch({
    resultKind: target.resultKind, parameters: outer, rest, passThis, operate: own.operate, original, open: own.open, handle: own.handle,
    perceive: {
      shape: outerArguments(perceiveShape), phase: own.perceive,
      check: perceiveShape.kind === 'guarded' ? renames.get(perceiveShape.check) ?? perceiveShape.check : '',
      usesThis: perceiveNode.parameters[0]?.name.getText(code.sourceFile) === 'this',
    },
    enforce: {
      shape: outerArguments(enforceShape), phase: own.enforce,
      check: enforceShape.kind === 'guarded' ? renames.get(enforceShape.check) ?? enforceShape.check : '',
    },
    locals, runtime, policy: input.policy === undefined ? undefined : { signal: renameSignal(input.policy.signal) }, key: key && { parameter: key.parameter === undefined ? undefined : outer[key.parameter] },
  }, indent);

  const edits: Edit[] = simplifyParameters(ts, sourceFile, node, outer);
  for (const start of input.bodyUnchanged && !passThis && placement.kind === 'beside' ? input.selfCalls : []) {
    edits.push({ start, end: identifierEnd(sourceFile.text, start), with: [written(own.operate)] });
  }

  const bodyStart = body.getStart(sourceFile);
  const liveBody: Fragment = { kind: 'author', start: bodyStart, end: body.end, live: true };
  const authorBody: Fragment[] = ts.isBlock(body) ? [liveBody] : [written('{ return ('), liveBody, written('); }')];
  const signature = signatureFragments(ts, sourceFile, node, author, written);
  const authorFunction = (name: string, keyword: boolean): Fragment[] => {
    const async = target.resultKind === 'async' ? 'async ' : '';
    return keyword
      ? [written(`${async}function ${name}`), ...signature.typeParameters, ...signature.parameters(true), ...signature.returns, written(' '), ...authorBody]
      : [written(`const ${name} = ${async}`), ...signature.arrowTypeParameters, ...signature.parameters(false), ...signature.returns, written(' => '),
        ...(ts.isBlock(body) ? [liveBody] : [written('('), liveBody, written(')')]), written(';')];
  };

  const open = written(
    `var ${own.handle}: ReturnType<typeof ${runtime('openTarget')}> | undefined;\n${placement.indent}function ${own.open}() { return (${own.handle} = ${runtime('openTarget')}(${describeTarget(target, version, input.packageName, input.policy?.spec)})); }`,
  );
  const stored = storedFragments(ts, code, contract, renames, {
    perceive: perceiveShape.kind !== 'identity', enforce: enforceShape.kind !== 'identity',
    operate: !input.bodyUnchanged && placement.kind === 'beside', train: input.foreign,
  }).flatMap((piece) => [written(`\n${placement.indent}`), ...piece]);

  // Classes and constants are not hoisted: they come before everything that could call the function while the module loads.
  const before = code.others.flatMap((statement) => [...copyStored(ts, code, statement, renames), written(' ')]);
  if (before.length > 0) {
    const offset = placement.atTop ? input.top : placement.statementStart;
    edits.push({ start: offset, end: offset, with: before });
  }

  if (placement.kind === 'beside') {
    const functions: Fragment[] = authorFunction(original, true);
    const after: Fragment[] = [written(`\n${placement.indent}`), open, ...stored];
    if (ts.isFunctionDeclaration(node)) {
      // The author's body stays where it was: only the head of a new function comes to stand before it.
      edits.push({ start: bodyStart, end: body.end, with: [written(`{\n${dispatch}${indent.slice(2)}}\n${placement.indent}`), ...functions, ...after] });
    } else {
      edits.push({ start: bodyStart, end: body.end, with: [written(`{\n${dispatch}${indent.slice(2)}}`)] });
      edits.push({ start: placement.statementEnd, end: placement.statementEnd, with: [written(`\n${placement.indent}`), ...functions, ...after] });
    }
    return edits;
  }

  const operatePrime = input.bodyUnchanged ? [] : nestedOperate(ts, code, own.operate, renames);
  edits.push({
    start: bodyStart, end: body.end,
    with: [
      written('{\n' + indent), ...authorFunction(original, false), ...(operatePrime.length > 0 ? [written(`\n${indent}`), ...operatePrime] : []),
      written(`\n${dispatch}${indent.slice(2)}}`),
    ],
  });
  edits.push({ start: placement.statementEnd, end: placement.statementEnd, with: [written(`\n${placement.indent}`), open, ...stored] });
  return edits;
}

/** O′ of a method: an arrow, so that `this`, `super` and `#private` names keep their meaning. */
function nestedOperate(ts: Ts, code: StoredModule, name: string, renames: ReadonlyMap<string, string>): Fragment[] {
  const node = code.functions.get('operatePrime')!;
  const copy = copyStored(ts, code, node.body!, renames);
  const text = (n: ts.Node): string => n.getText(code.sourceFile);
  const parameters = node.parameters.filter((p) => p.name.getText(code.sourceFile) !== 'this').map(text).join(', ');
  const async = node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) === true ? 'async ' : '';
  const generics = node.typeParameters ? `<${node.typeParameters.map(text).join(', ')},>` : '';
  const returns = node.type ? `: ${text(node.type)}` : '';
  return [
    { kind: 'stored', source: code.source, text: `const ${name} = ${async}${generics}(${parameters})${returns} => `, origin: node.getStart(code.sourceFile) + code.headerLength },
    ...copy, { kind: 'written', text: ';' },
  ];
}

function makeRenames(
  ts: Ts, stem: string, code: StoredModule, contract: StoredModule, own: { operate: string; perceive: string; enforce: string }, input: TargetEditInput,
): ReadonlyMap<string, string> {
  const renames = new Map<string, string>([['perceive', own.perceive], ['operatePrime', own.operate], ['enforce', own.enforce]]);
  const take = (name: string): void => { if (!renames.has(name)) renames.set(name, input.names.take(`${stem}$${name}`)); };
  for (const name of contract.functions.keys()) take(name);
  for (const statement of contract.others) declaredNames(ts, statement).forEach(take);
  for (const name of code.functions.keys()) take(name);
  for (const statement of code.others) declaredNames(ts, statement).forEach(take);
  const text = version(code) + version(contract);
  for (const helper of RUNTIME_HELPERS) if (!renames.has(helper) && new RegExp(`\\b${helper}\\b`).test(text)) renames.set(helper, input.runtime(helper));
  // Names that contract.ts imports are the runtime's, whatever they are called.
  for (const statement of contract.sourceFile.statements) {
    if (!ts.isImportDeclaration(statement) || !statement.importClause?.namedBindings || !ts.isNamedImports(statement.importClause.namedBindings)) continue;
    for (const element of statement.importClause.namedBindings.elements) renames.set(element.name.text, input.runtime((element.propertyName ?? element.name).text));
  }
  return renames;
}

const version = (module: StoredModule): string => module.sourceFile.text;

function storedFragments(
  ts: Ts, code: StoredModule, contract: StoredModule, renames: ReadonlyMap<string, string>, wanted: { perceive: boolean; enforce: boolean; operate: boolean; train: boolean },
): Fragment[][] {
  const out: Fragment[][] = [];
  for (const [name, node] of code.functions) {
    if (name === 'perceive' && !wanted.perceive) continue;
    if (name === 'enforce' && !wanted.enforce) continue;
    if (name === 'operatePrime' && !wanted.operate) continue;
    // Nothing calls it at run time yet; of a version that is not ours it goes along, so that it is audited and type-checked.
    if (name === 'train' && !wanted.train) continue;
    for (const overload of code.overloads.get(name) ?? []) out.push(copyStored(ts, code, overload, renames));
    out.push(copyStored(ts, code, node, renames));
  }
  for (const statement of contract.others) out.push(copyStored(ts, contract, statement, renames));
  for (const node of contract.functions.values()) out.push(copyStored(ts, contract, node, renames));
  return out;
}

/** The literal that `poet check --dist` looks for rides along as `tag`. */
function describeTarget(target: Target, version: Version, packageName: string | undefined, policy: object | undefined): string {
  const hash = version.metadata.content_hash.slice(0, 8);
  return JSON.stringify({
    id: target.id, name: target.name, version: version.name, hash, tag: `poetc:${target.id}@${version.name}:${hash}`, package: packageName,
    correlateBy: findKey(target)?.path, policy,
  });
}

/** Where `correlateBy` points: its first name is a parameter's, or else a property of the result. */
function findKey(target: Target): { readonly parameter: number | undefined; readonly path: readonly string[] } | undefined {
  const path = target.options.correlateBy?.split(/[.[\]]+/).filter((name) => name !== '');
  if (path === undefined) return undefined;
  const index = target.contract.parameters.findIndex((parameter) => parameter.name === path[0]);
  if (index >= 0) return { parameter: index, path: path.slice(1) };
  return { parameter: undefined, path: path[0] === 'result' ? path.slice(1) : path };
}

function parameterNames(target: Target): string[] {
  return target.contract.parameters.map((p) => p.name);
}

/** The outer function sees arguments before defaults: defaults become `undefined` (which keeps `length`), patterns become names. */
function simplifyParameters(ts: Ts, sourceFile: ts.SourceFile, node: TargetNode, names: readonly string[]): Edit[] {
  const edits: Edit[] = [];
  const real = node.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'));
  real.forEach((parameter, i) => {
    const at = parameter.name.getStart(sourceFile);
    const name = names[i]!;
    if (!ts.isIdentifier(parameter.name) || parameter.name.text !== name) edits.push({ start: at, end: parameter.name.end, with: [{ kind: 'written', text: name, at }] });
    if (parameter.initializer) edits.push({ start: parameter.initializer.getStart(sourceFile), end: parameter.initializer.end, with: [{ kind: 'written', text: 'undefined', at }] });
  });
  return edits;
}

function signatureFragments(
  ts: Ts, sourceFile: ts.SourceFile, node: TargetNode, author: (start: number, end: number) => Fragment, written: (text: string) => Fragment,
): { typeParameters: Fragment[]; arrowTypeParameters: Fragment[]; parameters(withThis: boolean): Fragment[]; returns: Fragment[] } {
  const list = (nodes: readonly ts.Node[]): Fragment[] => nodes.flatMap((n, i) => [...(i > 0 ? [written(', ')] : []), author(n.getStart(sourceFile), n.end)]);
  const generics = node.typeParameters ?? [];
  return {
    typeParameters: generics.length > 0 ? [written('<'), ...list(generics), written('>')] : [],
    // The trailing comma tells a generic arrow from JSX in .tsx files.
    arrowTypeParameters: generics.length > 0 ? [written('<'), ...list(generics), written(',>')] : [],
    parameters(withThis) {
      const kept = node.parameters.filter((p) => withThis || !(ts.isIdentifier(p.name) && p.name.text === 'this'));
      // Decorators of parameters belong to the method itself and must not run twice.
      const bare = kept.flatMap((p, i): Fragment[] => {
        const first = p.dotDotDotToken ?? p.name;
        return [...(i > 0 ? [written(', ')] : []), author(first.getStart(sourceFile), p.end)];
      });
      return [written('('), ...bare, written(')')];
    },
    returns: node.type ? [written(': '), author(node.type.getStart(sourceFile), node.type.end)] : [],
  };
}

function lineIndent(text: string, offset: number): string {
  let start = offset;
  while (start > 0 && !/[\n\r\u2028\u2029]/.test(text[start - 1]!)) start--;
  return /^[ \t]*/.exec(text.slice(start, offset))![0];
}

function identifierEnd(text: string, start: number): number {
  const match = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u.exec(text.slice(start));
  return start + (match?.[0].length ?? 0);
}

import type ts from 'typescript';
import { readContractNames, readContractScript } from '../contract/index.ts';
import type { Target, TargetNode, Ts } from '../types.ts';
import type { Edit, Fragment } from './fragment.ts';
import { copyStored, parseStored, type StoredModule } from './phases.ts';
import { makeTargetParts, type TargetInput, type TargetParts } from './target-parts.ts';

export interface TargetEditInput extends Omit<TargetInput, 'contractNames'> {
  /** Index of contract.ts among the sources. */
  readonly contract: number;
  /** Offset in the author's file below its directives and above everything that runs. */
  readonly top: number;
  /** Takes contract.ts as JavaScript, where its reader knows all of it; absent where it is wanted in the text. */
  readonly addScript: ((text: string) => void) | undefined;
}

/** The edits that put one version in place of its target. */
export function makeTargetEdits(ts: Ts, sourceFile: ts.SourceFile, target: Target, input: TargetEditInput): Edit[] {
  const { runtime } = input;
  const node = target.node;
  const body = node.body!;
  const at = (node.name ?? node).getStart(sourceFile);
  const written = (text: string): Fragment => ({ kind: 'written', text, at });
  const author = (start: number, end: number): Fragment => ({ kind: 'author', start, end, live: false });
  const { own, original, code, renames, placement, outer, dispatch, indent, openCall, selfCalls, wanted } =
    makeTargetParts(ts, sourceFile, target, { ...input, contractNames: readContractNames(input.version.candidate.contract) });

  const script = input.addScript && readContractScript(input.version.candidate.contract, renames);
  if (script !== undefined) input.addScript?.(script.map((statement) => statement.map(({ text }) => text).join('')).join('\n'));
  const contract = script === undefined ? parseStored(ts, 'contract.ts', input.version.candidate.contract, input.contract, 0) : undefined;

  const edits: Edit[] = simplifyParameters(ts, sourceFile, node, outer);
  for (const start of selfCalls) {
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

  const open = written(`var ${own.handle}: ReturnType<typeof ${runtime('openTarget')}> | undefined;\n${placement.indent}function ${own.open}() { return (${own.handle} = ${openCall}); }`);
  const stored = storedFragments(ts, code, contract, renames, wanted).flatMap((piece) => [written(`\n${placement.indent}`), ...piece]);

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

function storedFragments(
  ts: Ts, code: StoredModule, contract: StoredModule | undefined, renames: ReadonlyMap<string, string>, wanted: TargetParts['wanted'],
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
  if (contract === undefined) return out;
  for (const statement of contract.others) out.push(copyStored(ts, contract, statement, renames));
  for (const node of contract.functions.values()) out.push(copyStored(ts, contract, node, renames));
  return out;
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

function identifierEnd(text: string, start: number): number {
  const match = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/u.exec(text.slice(start));
  return start + (match?.[0].length ?? 0);
}

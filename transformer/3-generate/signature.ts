/** The signatures of the phases: the author's annotations where they are written, printed types elsewhere. */
import type ts from 'typescript';
import type { Target, TargetNode, Ts } from '../types.ts';
import { findFrozenRanges, indent, readLines, type Edit } from './author-text.ts';
import type { TypePrinter } from './print-type.ts';

export interface PhaseParameter {
  readonly name: string;
  /** As the caller sees it: `number | undefined` for `k = 1`. */
  readonly type: string;
  readonly rest: boolean;
}

export interface PhaseSignature {
  readonly parameters: readonly PhaseParameter[];
  /** Type parameters of the class (methods) and of the function, `name` and whole text. */
  readonly typeParameters: readonly TypeParameter[];
  /** Type of `this` where the body or the signature needs one. */
  readonly thisType: string | undefined;
  /** The author's parameter list, at no indentation; what has to be annotated is. */
  readonly authorParameters: readonly string[];
  /** The author's return type as O' can carry it, undefined when it is inferred. */
  readonly authorResult: string | undefined;
  /** Awaited; undefined when the type has no text: the phase is then generic in it. */
  readonly result: string | undefined;
}

export interface TypeParameter { readonly name: string; readonly text: string }

export interface SignatureEnv {
  readonly ts: Ts;
  readonly checker: ts.TypeChecker;
  readonly printType: TypePrinter;
}

/** @param selfCalls edits that also concern the parameter list (default values that recurse) */
export function readSignature(target: Target, env: SignatureEnv, selfCalls: readonly Edit[]): PhaseSignature {
  const { ts } = env;
  const { node, sourceFile } = target;
  const thisType = findThisType(target, env);
  const edits = [...selfCalls, ...annotate(target, env), ...replaceThisTypes(ts, node, thisType ?? 'unknown')];
  const frozen = findFrozenRanges(ts, node, sourceFile);
  const readText = (part: ts.Node): string => {
    const start = part.getStart(sourceFile);
    const inside = edits.filter((edit) => edit.start >= start && edit.end <= part.end);
    return indent(readLines(sourceFile, start, part.end, frozen, inside), '').join('\n');
  };
  const list = findParameterList(ts, node, sourceFile);
  const needsThis = usesThis(ts, node) && !node.parameters.some((parameter) => isThis(ts, parameter)) && thisType !== undefined;
  return {
    parameters: readParameters(target, env, readText),
    typeParameters: [...readClassTypeParameters(target, env, readText, needsThis), ...(node.typeParameters ?? []).map((p) => readTypeParameter(ts, p, readText, true))],
    thisType: declaredThis(ts, node, readText) ?? (needsThis ? thisType : undefined),
    authorParameters: readParameterLines(sourceFile, list, frozen, edits.filter((edit) => edit.start >= list.pos && edit.end <= list.end)),
    authorResult: node.type && (isThisGuard(ts, node.type) ? 'boolean' : readText(node.type)),
    result: readResult(target, env, readText),
  };
}

function readParameters(target: Target, env: SignatureEnv, readText: (part: ts.Node) => string): PhaseParameter[] {
  const { ts } = env;
  const parameters = target.node.parameters.filter((parameter) => !isThis(ts, parameter));
  return target.contract.parameters.map((contract, i) => {
    const parameter = parameters[i];
    if (!parameter) throw new Error(`${target.id}: the contract has more parameters than the function`);
    const text = parameter.type ? readText(parameter.type) : printParameterType(target, env, parameter, i);
    return { name: contract.name, type: contract.optional && !contract.rest ? addUndefined(ts, text, parameter.type) : text, rest: contract.rest };
  });
}

/** A parameter without annotation gets one where an inferred type would be lost outside of its place. */
function annotate(target: Target, env: SignatureEnv): Edit[] {
  const { ts } = env;
  const contextual = isContextual(ts, target.node);
  return target.node.parameters.flatMap((parameter, i): Edit[] => {
    if (parameter.type || (parameter.initializer && !contextual)) return [];
    const at = (parameter.questionToken ?? parameter.name).end;
    return [{ start: at, end: at, text: `: ${printParameterType(target, env, parameter, i)}` }];
  });
}

function printParameterType(target: Target, env: SignatureEnv, parameter: ts.ParameterDeclaration, index: number): string {
  const type = env.checker.getTypeAtLocation(parameter);
  const printed = env.printType(type, target.node);
  if (printed !== undefined) return printed;
  const { parent } = target.node;
  const owner = env.ts.isVariableDeclaration(parent) && env.ts.isIdentifier(parent.name) && parent.type ? parent.name.text : undefined;
  return owner === undefined ? 'any' : `Parameters<typeof ${owner}>[${index}]`;
}

/** Whether the types of parameters may come from outside: an annotated variable, an argument, a property. */
function isContextual(ts: Ts, node: TargetNode): boolean {
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return false;
  return !(ts.isVariableDeclaration(node.parent) && !node.parent.type);
}

function addUndefined(ts: Ts, text: string, node: ts.TypeNode | undefined): string {
  if (/^(any|unknown|undefined)$/.test(text) || /(^|\| )undefined$/.test(text)) return text;
  const isSimple = node
    ? !ts.isFunctionTypeNode(node) && !ts.isConstructorTypeNode(node) && !ts.isConditionalTypeNode(node) && !ts.isInferTypeNode(node)
    : !/=>| extends /.test(text);
  return isSimple ? `${text} | undefined` : `(${text}) | undefined`;
}

function readResult(target: Target, env: SignatureEnv, readText: (part: ts.Node) => string): string | undefined {
  const { ts, checker } = env;
  const { node, resultKind } = target;
  if (node.type && ts.isTypePredicateNode(node.type)) return node.type.assertsModifier ? 'void' : 'boolean';
  if (node.type) {
    if (resultKind === 'sync') return readText(node.type);
    const [argument] = ts.isTypeReferenceNode(node.type) && node.type.typeName.getText() === 'Promise' ? node.type.typeArguments ?? [] : [];
    return argument ? readText(argument) : `Awaited<${readText(node.type)}>`;
  }
  const signature = checker.getSignatureFromDeclaration(node);
  if (!signature) return undefined;
  if (checker.getTypePredicateOfSignature(signature)) return 'boolean';
  const type = checker.getReturnTypeOfSignature(signature);
  return env.printType(resultKind === 'sync' ? type : checker.getAwaitedType(type) ?? type, node);
}

function readTypeParameter(ts: Ts, node: ts.TypeParameterDeclaration, readText: (part: ts.Node) => string, keepConst: boolean): TypeParameter {
  const isConst = keepConst && node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ConstKeyword);
  const name = node.name.text;
  return {
    name,
    text: `${isConst ? 'const ' : ''}${name}${node.constraint ? ` extends ${readText(node.constraint)}` : ''}${node.default ? ` = ${readText(node.default)}` : ''}`,
  };
}

function readClassTypeParameters(target: Target, env: SignatureEnv, readText: (part: ts.Node) => string, needsThis: boolean): TypeParameter[] {
  const { ts } = env;
  const owner = findClass(ts, target.node);
  if (!owner?.typeParameters || isStatic(ts, target.node)) return [];
  const names = new Set(owner.typeParameters.map((parameter) => parameter.name.text));
  const mentions = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && names.has(node.text)) || ts.forEachChild(node, mentions) === true;
  return needsThis || mentions(target.node) ? owner.typeParameters.map((p) => readTypeParameter(ts, p, readText, false)) : [];
}

/** The class (with its type parameters), `typeof` it for static methods, or `typeof` the constant that holds the object. */
function findThisType(target: Target, { ts }: SignatureEnv): string | undefined {
  const { node } = target;
  const owner = findClass(ts, node);
  if (owner) {
    const name = owner.name?.text ?? (ts.isVariableDeclaration(owner.parent) && ts.isIdentifier(owner.parent.name) ? owner.parent.name.text : undefined);
    if (name === undefined) return undefined;
    if (isStatic(ts, node)) return `typeof ${name}`;
    if (!owner.name) return `InstanceType<typeof ${name}>`;
    return owner.typeParameters ? `${name}<${owner.typeParameters.map((p) => p.name.text).join(', ')}>` : name;
  }
  if (!ts.isMethodDeclaration(node) && !ts.isPropertyAssignment(node.parent)) return undefined;
  let object: ts.Node = ts.isMethodDeclaration(node) ? node.parent : node.parent.parent;
  if (!ts.isObjectLiteralExpression(object)) return undefined;
  while (ts.isParenthesizedExpression(object.parent) || ts.isAsExpression(object.parent) || ts.isSatisfiesExpression(object.parent)) object = object.parent;
  return ts.isVariableDeclaration(object.parent) && ts.isIdentifier(object.parent.name) ? `typeof ${object.parent.name.text}` : undefined;
}

function findClass(ts: Ts, node: TargetNode): ts.ClassLikeDeclaration | undefined {
  if (ts.isClassLike(node.parent)) return node.parent;
  return ts.isPropertyDeclaration(node.parent) && ts.isClassLike(node.parent.parent) ? node.parent.parent : undefined;
}

function isStatic(ts: Ts, node: TargetNode): boolean {
  const member = ts.isPropertyDeclaration(node.parent) ? node.parent : node;
  return (ts.canHaveModifiers(member) && ts.getModifiers(member)?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword)) === true;
}

/** `this` of the target itself: arrow functions look through, other functions and classes have their own. */
export function usesThis(ts: Ts, target: TargetNode): boolean {
  if (ts.isArrowFunction(target) && !ts.isPropertyDeclaration(target.parent)) return false;
  const visit = (node: ts.Node): boolean => {
    if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword) return true;
    if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isClassLike(node)) return false;
    if (ts.isMethodDeclaration(node) || ts.isAccessor(node)) return ts.isComputedPropertyName(node.name) && visit(node.name);
    return ts.forEachChild(node, visit) === true;
  };
  return [...target.parameters, target.body].some((part) => part !== undefined && visit(part));
}

function isThis(ts: Ts, parameter: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(parameter.name) && parameter.name.text === 'this';
}

function declaredThis(ts: Ts, node: TargetNode, readText: (part: ts.Node) => string): string | undefined {
  const parameter = node.parameters.find((p) => isThis(ts, p));
  return parameter?.type && readText(parameter.type);
}

function isThisGuard(ts: Ts, type: ts.TypeNode): boolean {
  return ts.isTypePredicateNode(type) && ts.isThisTypeNode(type.parameterName);
}

/** The polymorphic `this` type exists in classes only. */
function replaceThisTypes(ts: Ts, node: TargetNode, thisType: string): Edit[] {
  const edits: Edit[] = [];
  const visit = (part: ts.Node): void => {
    if (ts.isThisTypeNode(part)) edits.push({ start: part.getStart(), end: part.end, text: thisType });
    if (part !== node.body) ts.forEachChild(part, visit);
  };
  ts.forEachChild(node, visit);
  return edits;
}

/** What stands between the parentheses, comments included. */
function findParameterList(ts: Ts, node: TargetNode, sourceFile: ts.SourceFile): ts.TextRange {
  const { text } = sourceFile;
  const { pos } = node.parameters;
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, text);
  scanner.resetTokenState(node.parameters.end);
  const kind = scanner.scan();
  const end = kind === ts.SyntaxKind.CloseParenToken ? scanner.getTokenStart() : node.parameters.end;
  return { pos, end };
}

function readParameterLines(sourceFile: ts.SourceFile, list: ts.TextRange, frozen: readonly ts.TextRange[], edits: readonly Edit[]): string[] {
  const lines = readLines(sourceFile, list.pos, list.end, frozen, edits);
  return lines.filter((line, i) => line !== '' || (i !== 0 && i !== lines.length - 1));
}

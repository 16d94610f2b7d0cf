/** Function declarations → contracts. */
import type ts from 'typescript';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import type { TargetNode, Ts } from '../types.ts';
import { makeCanonical } from './canonical.ts';
import { applyTags, findNearest, isConstraint, type TaggedPlace } from './constraints.ts';
import { readFunctionTags, readTags, type FunctionTags } from './constraint-tags.ts';
import type { FunctionContract, ParameterContract, SignatureContract, TypeIr } from './ir.ts';
import { ANY } from './make-type.ts';
import { readModuleValues, type ModuleValues } from './module-values.ts';
import { readPrimitives, report, type PrimitiveType, type Reading } from './reading.ts';
import { readType, withoutUndefined } from './read-type.ts';

/** What reading needs of the program whose checker is used. */
export interface ContractEnv {
  readonly program: Pick<ts.Program, 'getCompilerOptions' | 'isSourceFileDefaultLibrary' | 'isSourceFileFromExternalLibrary'>;
}

export interface ContractReading {
  readonly contract: FunctionContract;
  /** Warnings about constraints without effect, and infos about parts that are not checked. */
  readonly diagnostics: readonly PoetDiagnostic[];
}

/**
 * Reads the contracts of functions of one program; what belongs to a file is read once.
 *
 * @returns a function of the declaration with the body (for overloads the implementation, whose overloads are found from it)
 */
export function makeContractReader(ts: Ts, checker: ts.TypeChecker, env: ContractEnv): (node: TargetNode) => ContractReading {
  const options = env.program.getCompilerOptions();
  const strictNulls = options.strictNullChecks ?? options.strict ?? isStrictByDefault(ts);
  const files = new Map<ts.SourceFile, ModuleValues>();
  let primitives: readonly PrimitiveType[] | undefined;
  return (node) => {
    const file = node.getSourceFile();
    const values = files.get(file) ?? readModuleValues(ts, checker, file);
    files.set(file, values);
    const reading: Reading = {
      ts, checker, strictNulls, values, node,
      isLibrary: (source) => env.program.isSourceFileDefaultLibrary(source),
      isForeign: (source) => env.program.isSourceFileFromExternalLibrary(source) || /\/node_modules\//.test(source.fileName),
      primitives: () => (primitives ??= readPrimitives(checker)),
      where: nameOf(ts, node),
      generic: isGeneric(ts, node),
      drafts: new Map(), known: new Map(), queue: [], open: new Map(), diagnostics: new Map(), propertyCount: 0,
    };
    return readFunction(reading, node);
  };
}

export function makeFunctionContract(ts: Ts, checker: ts.TypeChecker, node: TargetNode, env: ContractEnv): ContractReading {
  return makeContractReader(ts, checker, env)(node);
}

/** TypeScript 6 made `strict` the default. */
function isStrictByDefault(ts: Ts): boolean {
  return Number(ts.versionMajorMinor.split('.')[0]) >= 6;
}

function readFunction(reading: Reading, node: TargetNode): ContractReading {
  const { checker } = reading;
  const tags = readFunctionTags(reading.ts, node);
  checkTags(reading, node, tags);
  const main = readSignature(reading, node, checker.getSignatureFromDeclaration(node)!, tags);
  const overloads = findOverloads(reading, node).map((declaration) =>
    readSignature(reading, declaration, checker.getSignatureFromDeclaration(declaration)!, readFunctionTags(reading.ts, declaration)));
  const self = readSelf(reading, node);
  for (let next = reading.queue.shift(); next !== undefined; next = reading.queue.shift()) next();
  const canonical = makeCanonical({ self, main, overloads }, reading.drafts);
  const isChecked = (type: TypeIr): boolean => type.kind !== 'any';
  const all = canonical.overloads.length > 0 ? canonical.overloads : [canonical.main];
  const contract: FunctionContract = {
    ...(isChecked(canonical.self) ? { self: canonical.self } : {}),
    ...canonical.main,
    overloads: canonical.overloads,
    checksArguments: isChecked(canonical.self) || all.every((signature) => signature.parameters.some((parameter) => isChecked(parameter.type))),
    checksResult: all.some((signature) => isChecked(signature.result) && signature.result.kind !== 'never'),
    definitions: canonical.definitions,
    shadowedGlobals: [...reading.values.shadowedGlobals].sort(),
  };
  return { contract, diagnostics: [...reading.diagnostics.values()] };
}

function readSelf(reading: Reading, node: TargetNode): TypeIr {
  const declared = node.parameters.find(isThis);
  return declared?.type === undefined ? ANY : readType(reading, reading.checker.getTypeAtLocation(declared), { path: 'this', role: 'argument' });
}

function isThis(parameter: ts.ParameterDeclaration): boolean {
  return (parameter.name as ts.Identifier).text === 'this';
}

function readSignature(reading: Reading, node: ts.SignatureDeclaration, signature: ts.Signature, tags: FunctionTags): SignatureContract {
  const declared = node.parameters.filter((parameter) => !isThis(parameter));
  const names = parameterNames(reading.ts, declared);
  const parameters = declared.map((parameter, i) => readParameter(reading, parameter, names[i]!, signature, tags));
  return { parameters, result: readResult(reading, signature, tags) };
}

function parameterNames(ts: Ts, declared: readonly ts.ParameterDeclaration[]): readonly string[] {
  const taken = new Set(declared.map((parameter) => (ts.isIdentifier(parameter.name) ? parameter.name.text : '')));
  return declared.map((parameter, i) => {
    if (ts.isIdentifier(parameter.name)) return parameter.name.text;
    let name = `arg${i}`;
    while (taken.has(name)) name += '_';
    return name;
  });
}

function readParameter(reading: Reading, node: ts.ParameterDeclaration, name: string, signature: ts.Signature, tags: FunctionTags): ParameterContract {
  const { checker } = reading;
  const symbol = signature.parameters.find((parameter) => parameter.valueDeclaration === node);
  const type = symbol === undefined ? checker.getTypeAtLocation(node) : checker.getTypeOfSymbol(symbol);
  const optional = node.questionToken !== undefined || node.initializer !== undefined;
  const read = readType(reading, type, { path: name, role: 'argument' });
  const own = [...readTags(reading.ts, node), ...tags.parameters.filter(({ parameter }) => parameter === name).map(({ tag }) => tag)];
  const tagged = own.length === 0 ? read : applyTags(read, own, taggedPlace(reading, name));
  return { name, type: optional && reading.strictNulls ? withoutUndefined(tagged) : tagged, optional, rest: node.dotDotDotToken !== undefined };
}

function readResult(reading: Reading, signature: ts.Signature, tags: FunctionTags): TypeIr {
  const { ts, checker } = reading;
  const predicate = checker.getTypePredicateOfSignature(signature);
  if (predicate !== undefined) {
    const isAssertion = predicate.kind === ts.TypePredicateKind.AssertsIdentifier || predicate.kind === ts.TypePredicateKind.AssertsThis;
    return isAssertion ? ANY : { kind: 'boolean' };
  }
  const type = checker.getReturnTypeOfSignature(signature);
  const result = readType(reading, checker.getAwaitedType(type) ?? type, { path: 'result', role: 'result' });
  return tags.result.length === 0 ? result : applyTags(result, tags.result, taggedPlace(reading, 'result'));
}

function taggedPlace(reading: Reading, part: string): TaggedPlace {
  return {
    where: `${reading.where}: ${part}`,
    locate: (start, length) => ({ file: reading.node.getSourceFile().fileName, start, length }),
    report: (diagnostic) => report(reading, diagnostic),
  };
}

/** Constraints that stand where nothing reads them. */
function checkTags(reading: Reading, node: TargetNode, tags: FunctionTags): void {
  const declared = node.parameters.filter((parameter) => !isThis(parameter));
  const names = parameterNames(reading.ts, declared);
  const place = taggedPlace(reading, '');
  for (const { parameter, tag } of tags.parameters) {
    const name = isConstraint(tag.name) ? tag.name : findNearest(tag.name);
    if (name === undefined || names.includes(parameter)) continue;
    report(reading, makeDiagnostic('POET2004', { where: reading.where, tag: tag.name, found: parameter, parameters: names.join(', ') }, place.locate(tag.start, tag.name.length + 1)));
  }
  for (const tag of tags.own) {
    if (isConstraint(tag.name)) report(reading, makeDiagnostic('POET2005', { where: reading.where, tag: tag.name }, place.locate(tag.start, tag.name.length + 1)));
  }
}

/** The signatures that callers see, where there are several declarations. */
function findOverloads(reading: Reading, node: TargetNode): readonly ts.SignatureDeclaration[] {
  const { ts, checker } = reading;
  if (!(ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node))) return [];
  const symbol = (node as { symbol?: ts.Symbol }).symbol ?? (node.name === undefined ? undefined : checker.getSymbolAtLocation(node.name));
  const isOverload = (declaration: ts.Declaration): declaration is ts.FunctionDeclaration | ts.MethodDeclaration =>
    declaration.kind === node.kind && (declaration as ts.FunctionDeclaration).body === undefined && declaration.parent === node.parent;
  return (symbol?.declarations ?? []).filter(isOverload);
}

/** Whether a type parameter is in scope. */
function isGeneric(ts: Ts, node: ts.Node): boolean {
  for (let outer: ts.Node | undefined = node; outer !== undefined; outer = outer.parent) {
    if ((outer as ts.FunctionDeclaration).typeParameters !== undefined || ts.isClassLike(outer)) return true;
  }
  return false;
}

function nameOf(ts: Ts, node: TargetNode): string {
  const named = node.name ?? (node.parent as Partial<ts.VariableDeclaration> | undefined)?.name;
  const own = named === undefined ? 'function' : named.getText();
  return ts.isMethodDeclaration(node) && ts.isClassLike(node.parent) && node.parent.name !== undefined ? `${node.parent.name.text}.${own}` : own;
}

/** What the contract does not say, because no check needs it: what callbacks return, and what constructors take. */
import type ts from 'typescript';
import type { PropertyIr, TypeIr } from '../../contract/ir.ts';
import type { TargetNode, Ts } from '../../types.ts';
import type { CallbackHint } from './subject.ts';

export interface Hints { readonly callbacks: Readonly<Record<string, CallbackHint>>; readonly classes: Readonly<Record<string, readonly TypeIr[]>> }

const MAX_DEPTH = 4;
const ANY: TypeIr = { kind: 'any' };

export function makeHintReader(ts: Ts, checker: ts.TypeChecker, node: TargetNode, classNames: readonly string[]): Hints {
  // Names of the author's: `toString` is one like any other.
  const callbacks = Object.create(null) as Record<string, CallbackHint>;
  const classes = Object.create(null) as Record<string, readonly TypeIr[]>;
  const seen = new Set<ts.Type>();

  const collect = (type: ts.Type, path: string, depth: number, isMethod = false): void => {
    const plain = checker.getNonNullableType(type);
    if (depth > MAX_DEPTH || Object.keys(callbacks).length > 100) return;
    if (plain.isUnion()) { plain.types.forEach((member) => collect(member, path, depth + 1)); return; }
    const [signature] = plain.getCallSignatures();
    if (signature !== undefined) {
      const returns = signature.getReturnType();
      const awaited = checker.getAwaitedType(returns) ?? returns;
      callbacks[path] ??= { returns: readSimple(awaited, 0), async: awaited !== returns, ...(isMethod && !isForNobody(signature) && { method: true }) };
      return;
    }
    if ((plain.flags & ts.TypeFlags.Object) === 0 || seen.has(plain)) return;
    seen.add(plain);
    if (checker.isArrayType(plain)) { collect(checker.getTypeArguments(plain as ts.TypeReference)[0] ?? plain, `${path}[]`, depth + 1); return; }
    // What comes out of an iterable, no check of the contract looks at.
    if (isLibrary(plain) && /^(?:Async)?(?:Iterable|Iterator|IterableIterator|IteratorObject|Generator)$/.test(plain.symbol?.name ?? '')) {
      const [item] = checker.getTypeArguments(plain as ts.TypeReference);
      if (item !== undefined) callbacks[`${path}*`] ??= { returns: readSimple(item, 0), async: false };
    }
    if (isLibrary(plain)) return;
    for (const property of checker.getPropertiesOfType(plain).slice(0, 60)) collect(checker.getTypeOfSymbolAtLocation(property, node), `${path}.${property.name}`, depth + 1, (property.flags & ts.SymbolFlags.Method) !== 0);
  };

  /** `this: void`: whoever declares that wants it called without its object. */
  const isForNobody = (signature: ts.Signature): boolean => {
    const self = signature.getDeclaration()?.parameters.find(({ name }) => ts.isIdentifier(name) && name.text === 'this')?.type;
    return self?.kind === ts.SyntaxKind.VoidKeyword;
  };

  /** A type as a contract, as far as a result of a callback needs it. */
  const readSimple = (type: ts.Type, depth: number): TypeIr => {
    const F = ts.TypeFlags;
    if (depth > MAX_DEPTH) return ANY;
    if (type.flags & F.Undefined || type.flags & F.Void) return { kind: 'undefined' };
    if (type.flags & F.Null) return { kind: 'null' };
    if (type.flags & F.BooleanLiteral) return { kind: 'boolean' };
    if (type.flags & F.Boolean) return { kind: 'boolean' };
    if (type.isStringLiteral()) return { kind: 'literal', type: 'string', value: type.value };
    if (type.isNumberLiteral()) return { kind: 'literal', type: 'number', value: type.value };
    if (type.flags & F.StringLike) return { kind: 'string' };
    if (type.flags & F.NumberLike) return { kind: 'number' };
    if (type.flags & F.BigIntLike) return { kind: 'bigint' };
    if (type.isUnion()) return { kind: 'union', members: type.types.slice(0, 8).map((member) => readSimple(member, depth + 1)) };
    if (type.getCallSignatures().length > 0) return { kind: 'function' };
    if (checker.isTupleType(type)) return { kind: 'tuple', elements: checker.getTypeArguments(type as ts.TypeReference).map((element) => ({ mode: 'required', type: readSimple(element, depth + 1), exact: false })) };
    if (checker.isArrayType(type)) return { kind: 'array', element: readSimple(checker.getTypeArguments(type as ts.TypeReference)[0] ?? type, depth + 1) };
    if (type.symbol?.name === 'Date' && isLibrary(type)) return { kind: 'builtin', name: 'Date' };
    if (isLibrary(type) && (type.symbol?.name === 'Map' || type.symbol?.name === 'Set')) {
      const [key, value] = checker.getTypeArguments(type as ts.TypeReference);
      return type.symbol.name === 'Map' ? { kind: 'map', key: key ? readSimple(key, depth + 1) : ANY, value: value ? readSimple(value, depth + 1) : ANY } : { kind: 'set', element: key ? readSimple(key, depth + 1) : ANY };
    }
    if ((type.flags & F.Object) === 0 || isLibrary(type)) return ANY;
    const properties = checker.getPropertiesOfType(type).slice(0, 30).map((property): PropertyIr => ({
      name: property.name, symbol: false, type: readSimple(checker.getTypeOfSymbolAtLocation(property, node), depth + 1), optional: (property.flags & ts.SymbolFlags.Optional) !== 0, exact: false, readonly: false,
    }));
    const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
    return { kind: 'shape', properties, indexes: index === undefined ? [] : [{ key: 'string', type: readSimple(index.type, depth + 1) }], callable: false, primitives: [] };
  };

  const isLibrary = (type: ts.Type): boolean => type.symbol?.declarations?.every((d) => /\/lib\.[\w.]+\.d\.ts$/.test(d.getSourceFile().fileName)) === true;

  const parameters = node.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'));
  parameters.forEach((parameter, i) => collect(checker.getTypeAtLocation(parameter), ts.isIdentifier(parameter.name) ? parameter.name.text : `arg${i}`, 0));
  for (const name of classNames) {
    const symbol = checker.resolveName(name, node, ts.SymbolFlags.Value, false);
    const type = symbol && checker.getTypeOfSymbolAtLocation(symbol, node);
    const [signature] = type?.getConstructSignatures() ?? [];
    if (signature === undefined) continue;
    classes[name] = signature.parameters.map((parameter) => {
      const declared = checker.getTypeOfSymbolAtLocation(parameter, node);
      collect(declared, `new ${name}(${signature.parameters.indexOf(parameter)})`, 1);
      return readSimple(declared, 0);
    });
  }
  return { callbacks, classes };
}

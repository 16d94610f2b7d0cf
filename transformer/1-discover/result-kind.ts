import type ts from 'typescript';
import type { ResultKind, TargetNode, Ts } from '../types.ts';
import { findOverloads } from './subject.ts';

export interface ResultReading {
  readonly kind: ResultKind;
  /** A result that is more than a Promise, spelled as TypeScript does. */
  readonly richThenable?: string;
}

type Part = 'plain' | 'promise' | 'rich';

/**
 * How the result is handed over, from the type that callers see (that of the overloads, if there are any).
 *
 * `any`, `unknown` and bare type parameters count as plain: what is in them is handed on untouched, be it a promise.
 */
export function readResultKind(ts: Ts, program: ts.Program, checker: ts.TypeChecker, node: TargetNode): ResultReading {
  if (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Async) return { kind: 'async' };
  const visible = findOverloads(ts, node);
  const types = (visible.length > 0 ? visible : [node]).flatMap((declaration) => {
    const signature = checker.getSignatureFromDeclaration(declaration);
    const type = signature && checker.getReturnTypeOfSignature(signature);
    return type === undefined ? [] : type.isUnion() ? type.types : [type];
  });
  const parts = types.map((type) => classify(ts, program, checker, type, node));
  const rich = parts.indexOf('rich');
  const kind = !parts.includes('promise') ? 'sync' : parts.every((part) => part === 'promise') ? 'promise' : 'maybe-promise';
  return rich < 0 ? { kind } : { kind, richThenable: checker.typeToString(types[rich]!) };
}

function classify(ts: Ts, program: ts.Program, checker: ts.TypeChecker, type: ts.Type, at: ts.Node): Part {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never)) return 'plain';
  // `T extends Promise<X>` is a promise, `T` alone is not known.
  const apparent = checker.getApparentType(type);
  const then = apparent.getProperty('then');
  if (then === undefined || checker.getTypeOfSymbolAtLocation(then, at).getCallSignatures().length === 0) return 'plain';
  if (isNativePromise(program, apparent)) return type.flags & ts.TypeFlags.TypeParameter ? 'rich' : 'promise';
  const native = findPromiseMembers(ts, program, checker, at);
  // An interface that renames Promise and adds nothing is one.
  return apparent.getProperties().every((p) => native.has(p.name)) ? 'promise' : 'rich';
}

function isNativePromise(program: ts.Program, type: ts.Type): boolean {
  const name = type.symbol?.name;
  return (name === 'Promise' || name === 'PromiseLike') && (type.symbol.declarations ?? []).some((d) => program.isSourceFileDefaultLibrary(d.getSourceFile()));
}

function findPromiseMembers(ts: Ts, program: ts.Program, checker: ts.TypeChecker, at: ts.Node): ReadonlySet<string> {
  const symbol = checker.getSymbolsInScope(at, ts.SymbolFlags.Interface).find((s) => s.name === 'Promise' && (s.declarations ?? []).some((d) => program.isSourceFileDefaultLibrary(d.getSourceFile())));
  return new Set(symbol === undefined ? ['then'] : checker.getDeclaredTypeOfSymbol(symbol).getProperties().map((p) => p.name));
}

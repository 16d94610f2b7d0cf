/** The state of reading one function's types: definitions found, definitions still to be read, diagnostics. */
import type ts from 'typescript';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import type { Ts } from '../types.ts';
import type { TypeIr } from './ir.ts';
import type { ModuleValues } from './module-values.ts';

/** More than this, and the rest of the types is left unchecked with a diagnostic. */
export const MAX_DEFINITIONS = 60;
export const MAX_PROPERTIES = 600;

/** Where a type was met: `order.items[]`, and whether as argument or result. */
export interface Place {
  readonly path: string;
  readonly role: 'argument' | 'result';
}

/** A primitive type with the names of its members. */
export interface PrimitiveType {
  readonly name: 'string' | 'number' | 'boolean' | 'bigint' | 'symbol';
  readonly type: ts.Type;
  readonly members: ReadonlySet<ts.__String>;
}

export function readPrimitives(checker: ts.TypeChecker): readonly PrimitiveType[] {
  const types = {
    string: checker.getStringType(), number: checker.getNumberType(), boolean: checker.getBooleanType(), bigint: checker.getBigIntType(), symbol: checker.getESSymbolType(),
  };
  return Object.entries(types).map(([name, type]) => ({
    name: name as PrimitiveType['name'], type, members: new Set(checker.getPropertiesOfType(checker.getApparentType(type)).map((member) => member.escapedName)),
  }));
}

export interface Draft {
  /** Not unique yet; canonical.ts makes the final name. */
  readonly baseName: string;
  type: TypeIr | undefined;
}

export interface Reading {
  readonly ts: Ts;
  readonly checker: ts.TypeChecker;
  readonly strictNulls: boolean;
  readonly isLibrary: (file: ts.SourceFile) => boolean;
  readonly isForeign: (file: ts.SourceFile) => boolean;
  readonly values: ModuleValues;
  readonly primitives: () => readonly PrimitiveType[];
  /** Where types are resolved, and the function's name in messages. */
  readonly node: ts.Node;
  readonly where: string;
  /** Definitions by temporary name. */
  readonly drafts: Map<string, Draft>;
  /** Temporary name by type and role. */
  readonly known: Map<string, string>;
  readonly queue: (() => void)[];
  /** Anonymous types that are being read, with the temporary name that a mention of themselves gave them. */
  readonly open: Map<string, { promoted: string | undefined }>;
  propertyCount: number;
  /** In a generic context one type can mean two things: its constraint in arguments, nothing in results. */
  readonly generic: boolean;
  readonly diagnostics: Map<string, PoetDiagnostic>;
}

export function report(reading: Reading, diagnostic: PoetDiagnostic): void {
  const { start, text } = diagnostic;
  reading.diagnostics.set(`${start} ${text}`, diagnostic);
}

/** Position of the function's name, else of its first token. */
export function positionOf(reading: Pick<Reading, 'node'>): Pick<PoetDiagnostic, 'file' | 'start' | 'length'> {
  const { node } = reading;
  const name = (node as ts.FunctionDeclaration).name ?? node;
  const start = name.getStart();
  return { file: node.getSourceFile().fileName, start, length: name === node ? 1 : name.end - start };
}

/** Says that a part is not checked, and gives the type that checks nothing. */
export function unchecked(reading: Reading, place: Place, why: string): TypeIr {
  report(reading, makeDiagnostic('POET2011', { where: reading.where, part: place.path, why }, positionOf(reading)));
  return { kind: 'any' };
}

export function typeKey(reading: Reading, type: ts.Type, place: Place): string {
  const { id } = type as ts.Type & { readonly id: number };
  return reading.generic ? `${id} ${place.role}` : String(id);
}

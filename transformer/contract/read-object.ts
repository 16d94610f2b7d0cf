/** Object types → IR: what the standard library knows, classes, functions, and everything that is described by its members. */
import type ts from 'typescript';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { applyTags } from './constraints.ts';
import { readTags } from './constraint-tags.ts';
import type { IndexIr, PropertyIr, ShapeIr, TypeIr } from './ir.ts';
import { ANY } from './make-type.ts';
import { isExact, nameDraft, readType, withoutUndefined } from './read-type.ts';
import { MAX_DEFINITIONS, MAX_PROPERTIES, positionOf, report, typeKey, unchecked, type Place, type Reading } from './reading.ts';
import { escapePattern, findStringPattern } from './template-pattern.ts';
import { BUILTINS, FUNCTIONS, MAPS, PROTOCOLS, PROTOCOL_MEMBERS, SETS, STRUCTURAL, THENABLES, WELL_KNOWN_SYMBOLS } from './well-known.ts';

const MAX_MEMBERS_OF_GLOBAL = 40;

export function readObject(reading: Reading, type: ts.ObjectType, place: Place): TypeIr {
  const { ts, checker } = reading;
  const { symbol } = type;
  const global = symbol !== undefined && isGlobalSymbol(reading, symbol) ? readGlobal(reading, type, symbol.name, place) : undefined;
  if (global !== undefined) return global;
  const isCallable = checker.getSignaturesOfType(type, ts.SignatureKind.Call).length + checker.getSignaturesOfType(type, ts.SignatureKind.Construct).length > 0;
  if (isCallable && checker.getPropertiesOfType(type).every((property) => property.name === 'prototype')) return { kind: 'function' };
  if (isGenericMapped(reading, type, place)) return place.role === 'result' ? ANY : unchecked(reading, place, 'its properties depend on a type parameter');
  if (symbol !== undefined && symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface) && type.aliasSymbol === undefined) {
    return readNamed(reading, type, nameOfType(reading, type, symbol), place);
  }
  const alias = type.aliasSymbol;
  if (alias !== undefined && !isFromLibrary(reading, alias)) return readNamed(reading, type, nameOfType(reading, type, alias), place);
  return readShape(reading, type, place, { brands: false });
}

/** Puts the definition of a named type into the queue, and refers to it. */
function readNamed(reading: Reading, type: ts.ObjectType, baseName: string, place: Place): TypeIr {
  const key = typeKey(reading, type, place);
  if (checkerSaysEmpty(reading, type)) return { kind: 'present' };
  if (reading.drafts.size >= MAX_DEFINITIONS || reading.propertyCount >= MAX_PROPERTIES) {
    report(reading, makeDiagnostic('POET2012', { where: reading.where, part: `${place.path} and more` }, positionOf(reading)));
    return { kind: 'object' };
  }
  const name = nameDraft(reading, key, baseName);
  reading.queue.push(() => {
    reading.drafts.get(name)!.type = isClassInstance(reading, type) ? readClass(reading, type, place) : readShape(reading, type, place, { brands: false });
  });
  return { kind: 'ref', name };
}

function checkerSaysEmpty(reading: Reading, type: ts.ObjectType): boolean {
  const { checker, ts } = reading;
  return checker.getPropertiesOfType(type).length === 0 && checker.getIndexInfosOfType(type).length === 0
    && checker.getSignaturesOfType(type, ts.SignatureKind.Call).length + checker.getSignaturesOfType(type, ts.SignatureKind.Construct).length === 0;
}

function isClassInstance(reading: Reading, type: ts.ObjectType): boolean {
  return type.aliasSymbol === undefined && Boolean(type.symbol.flags & reading.ts.SymbolFlags.Class);
}

/** The declared name, with the names of its type arguments: `Box<Order>` is BoxOrder. */
function nameOfType(reading: Reading, type: ts.ObjectType, symbol: ts.Symbol): string {
  const own = symbol.name === 'default' || !/^[A-Za-z_$][\w$]*$/.test(symbol.name) ? 'Type' : symbol.name;
  const all = type.aliasSymbol === symbol
    ? (type.aliasTypeArguments ?? [])
    : (type as ts.TypeReference).target !== undefined ? reading.checker.getTypeArguments(type as ts.TypeReference) : [];
  const names = all
    .filter((argument) => !(argument as { isThisType?: boolean }).isThisType)
    .map((argument) => argument.aliasSymbol?.name ?? argument.symbol?.name ?? (argument as { intrinsicName?: string }).intrinsicName ?? '')
    .filter((name) => /^[A-Za-z]\w*$/.test(name));
  const text = own + names.slice(0, 3).map((name) => name[0]!.toUpperCase() + name.slice(1)).join('');
  return text[0]!.toUpperCase() + text.slice(1);
}

function isFromLibrary(reading: Reading, symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((declaration) => reading.isLibrary(declaration.getSourceFile()));
}

function isGlobalSymbol(reading: Reading, symbol: ts.Symbol): boolean {
  const { SymbolFlags } = reading.ts;
  if (!(symbol.flags & (SymbolFlags.Interface | SymbolFlags.Class))) return false;
  const isOutside = (symbol.declarations ?? []).some((d) => reading.isLibrary(d.getSourceFile()) || reading.isForeign(d.getSourceFile()));
  return isOutside && reading.checker.resolveName(symbol.name, undefined, SymbolFlags.Type, false) === symbol;
}

/** Types that are recognised by name; undefined: read the members. */
function readGlobal(reading: Reading, type: ts.ObjectType, name: string, place: Place): TypeIr | undefined {
  const builtin = BUILTINS.get(name);
  if (builtin !== undefined) return { kind: 'builtin', name: builtin };
  if (THENABLES.has(name)) return { kind: 'thenable' };
  if (FUNCTIONS.has(name)) return { kind: 'function' };
  if (name === 'Object') return { kind: 'present' };
  const argument = (i: number, suffix: string): TypeIr => {
    const found = reading.checker.getTypeArguments(type as ts.TypeReference)[i];
    return found === undefined ? ANY : readType(reading, found, { ...place, path: place.path + suffix });
  };
  if (MAPS.has(name)) return { kind: 'map', key: argument(0, '.keys()'), value: argument(1, '.values()') };
  if (SETS.has(name)) return { kind: 'set', element: argument(0, '.values()') };
  if (PROTOCOLS.has(name)) return readShape(reading, type, place, { brands: false, only: PROTOCOL_MEMBERS });
  if (STRUCTURAL.has(name)) return undefined;
  return readGlobalInstance(reading, type, name);
}

/** `AbortSignal`, `Buffer`, `HTMLElement`: an instance, or something with the same members; their types are not looked into. */
function readGlobalInstance(reading: Reading, type: ts.ObjectType, name: string): TypeIr | undefined {
  const { ts, checker } = reading;
  const { symbol } = type;
  const hasConstructor = symbol.flags & ts.SymbolFlags.Class
    || (symbol.flags & ts.SymbolFlags.Variable && checker.getPropertyOfType(checker.getTypeOfSymbol(symbol), 'prototype') !== undefined);
  if (!hasConstructor || reading.values.findClassName(symbol)?.name !== name) return undefined;
  const members = checker.getPropertiesOfType(type).filter((property) => !(property.flags & ts.SymbolFlags.Optional) && !property.name.startsWith('__'));
  if (members.length === 0 || members.length > MAX_MEMBERS_OF_GLOBAL) return { kind: 'instance', name, global: true };
  const properties = members.map((property): PropertyIr => ({
    name: property.name, symbol: false, optional: false, exact: false, readonly: false,
    type: property.flags & ts.SymbolFlags.Method ? { kind: 'function' } : ANY,
  }));
  const shape: ShapeIr = { kind: 'shape', properties: properties.sort(byName), indexes: [], callable: false, primitives: [] };
  return { kind: 'instance', name, global: true, shape };
}

/**
 * An instance. A class without private members is structural for TypeScript, so that an object of the same shape is let in, too.
 * Fields of instances are not looked into: their constructor made them.
 */
function readClass(reading: Reading, type: ts.ObjectType, place: Place): TypeIr {
  const { checker } = reading;
  const found = reading.values.findClassName(type.symbol);
  const isNominal = checker.getPropertiesOfType(type).some((property) => isHidden(reading, property));
  if (found !== undefined && isNominal) return { kind: 'instance', ...found };
  if (found === undefined) {
    report(reading, makeDiagnostic('POET2010', { where: reading.where, part: place.path, type: type.symbol.name === 'default' ? 'class' : type.symbol.name }, positionOf(reading)));
  }
  const shape = readShape(reading, type, place, { brands: false });
  if (found === undefined) return shape;
  return shape.kind === 'present' ? shape : { kind: 'instance', ...found, shape };
}

function isHidden(reading: Reading, property: ts.Symbol): boolean {
  const { ModifierFlags } = reading.ts;
  return property.escapedName.toString().startsWith('__#')
    || (property.declarations ?? []).some((declaration) => reading.ts.getCombinedModifierFlags(declaration) & (ModifierFlags.Private | ModifierFlags.Protected));
}

/** A mapped type whose keys are not known: over a type parameter that is no `keyof`, and every one in a result. */
function isGenericMapped(reading: Reading, type: ts.ObjectType, place: Place): boolean {
  const { ObjectFlags, TypeFlags } = reading.ts;
  if (!(type.objectFlags & ObjectFlags.Mapped)) return false;
  reading.checker.getPropertiesOfType(type); // resolves the constraint
  const { constraintType, nameType } = type as { constraintType?: ts.Type; nameType?: ts.Type };
  if (constraintType === undefined || !(constraintType.flags & TypeFlags.Instantiable)) return false;
  return place.role === 'result' || nameType !== undefined || !(constraintType.flags & TypeFlags.Index);
}

interface ShapeOptions {
  /** Drop properties that are brands. */
  readonly brands: boolean;
  /** Names to keep, of symbols as `Symbol.iterator`. */
  readonly only?: ReadonlySet<string>;
}

export function readShape(reading: Reading, type: ts.Type, place: Place, options: ShapeOptions): TypeIr {
  const { ts, checker } = reading;
  const symbols = checker.getPropertiesOfType(type);
  const callable = checker.getSignaturesOfType(type, ts.SignatureKind.Call).length + checker.getSignaturesOfType(type, ts.SignatureKind.Construct).length > 0;
  const infos = checker.getIndexInfosOfType(type);
  if (symbols.length + infos.length === 0) return callable ? { kind: 'function' } : { kind: 'present' };
  if (reading.propertyCount + symbols.length > MAX_PROPERTIES) {
    report(reading, makeDiagnostic('POET2012', { where: reading.where, part: `${place.path} and more` }, positionOf(reading)));
    return { kind: 'object' };
  }
  const properties: { readonly property: PropertyIr; readonly symbol: ts.Symbol }[] = [];
  for (const symbol of symbols) {
    if (isHidden(reading, symbol) || (symbol.name === 'prototype' && callable)) continue;
    if (options.brands && isBrandName(symbol.name)) continue;
    const property = readProperty(reading, symbol, place, options.only);
    if (property !== undefined) properties.push({ property, symbol });
  }
  reading.propertyCount += properties.length;
  if (properties.length + infos.length === 0) return callable ? { kind: 'function' } : { kind: 'present' };
  return {
    kind: 'shape',
    properties: inOrder(properties),
    indexes: infos.map((info) => readIndex(reading, info, place)).sort((a, b) => (keyText(a) < keyText(b) ? -1 : 1)),
    callable,
    primitives: findPrimitives(reading, type, symbols),
  };
}

function readProperty(reading: Reading, symbol: ts.Symbol, place: Place, only: ReadonlySet<string> | undefined): PropertyIr | undefined {
  const { ts, checker } = reading;
  const key = readKey(reading, symbol);
  if (key === 'brand') return undefined;
  if (key === undefined) {
    unchecked(reading, { ...place, path: `${place.path}[${checker.symbolToString(symbol).replace(/^\[|\]$/g, '')}]` }, 'its key is a symbol that the check cannot name');
    return undefined;
  }
  if (only !== undefined && !only.has(key.name)) return undefined;
  const optional = Boolean(symbol.flags & ts.SymbolFlags.Optional);
  const at = { ...place, path: /^[A-Za-z_$][\w$]*$/.test(key.name) ? `${place.path}.${key.name}` : `${place.path}[${JSON.stringify(key.name)}]` };
  const { declarations = [] } = symbol;
  const common = { ...key, optional, readonly: isReadonly(reading, symbol) };
  if (symbol.flags & ts.SymbolFlags.Method && !optional) return { ...common, exact: false, type: reading.strictNulls ? { kind: 'function' } : readType(reading, checker.getTypeOfSymbol(symbol), at) };
  const type = checker.getTypeOfSymbol(symbol);
  const ir = readType(reading, type, at);
  const tagged = declarations.length === 1 ? readTagged(reading, declarations[0]!, ir, at) : ir;
  return { ...common, exact: optional && isExact(reading, type), type: optional ? withoutUndefined(tagged) : tagged };
}

function readTagged(reading: Reading, declaration: ts.Declaration, ir: TypeIr, at: Place): TypeIr {
  const file = declaration.getSourceFile();
  if (reading.isLibrary(file) || reading.isForeign(file)) return ir;
  const tags = readTags(reading.ts, declaration);
  if (tags.length === 0) return ir;
  return applyTags(ir, tags, {
    where: `${reading.where}: ${at.path}`,
    locate: (start, length) => ({ file: file.fileName, start, length }),
    report: (diagnostic) => report(reading, diagnostic),
  });
}

function readKey(reading: Reading, symbol: ts.Symbol): { name: string; symbol: boolean } | 'brand' | undefined {
  const { ts } = reading;
  const escaped = symbol.escapedName.toString();
  if (!escaped.startsWith('__@')) return { name: symbol.name, symbol: false };
  const name = /^__@(\w+)@/.exec(escaped)?.[1];
  const declaration = symbol.declarations?.[0] as ts.PropertySignature | undefined;
  const expression = declaration?.name !== undefined && ts.isComputedPropertyName(declaration.name) ? declaration.name.expression : undefined;
  const isStandard = expression === undefined || (ts.isPropertyAccessExpression(expression) && expression.expression.getText() === 'Symbol');
  if (name !== undefined && isStandard && WELL_KNOWN_SYMBOLS.has(name)) return { name: `Symbol.${name}`, symbol: true };
  const key = expression === undefined ? undefined : reading.checker.getSymbolAtLocation(expression)?.valueDeclaration;
  const isAmbient = key !== undefined && Boolean(ts.getCombinedModifierFlags(key as ts.Declaration) & ts.ModifierFlags.Ambient);
  return isAmbient ? 'brand' : undefined;
}

function isReadonly(reading: Reading, symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((declaration) => reading.ts.getCombinedModifierFlags(declaration) & reading.ts.ModifierFlags.Readonly);
}

/** In the order of the source where all declarations stand in one file; that of the checker can depend on what it saw first. */
function inOrder(properties: readonly { readonly property: PropertyIr; readonly symbol: ts.Symbol }[]): readonly PropertyIr[] {
  const places = properties.map(({ property, symbol }) => ({ property, declaration: symbol.declarations?.[0] }));
  const files = new Set(places.map(({ declaration }) => declaration?.getSourceFile()));
  const starts = new Set(places.map(({ declaration }) => declaration?.pos));
  const isOnePlace = files.size === 1 && !files.has(undefined) && starts.size === places.length;
  const sorted = isOnePlace ? places.sort((a, b) => a.declaration!.pos - b.declaration!.pos) : places.sort((a, b) => byName(a.property, b.property));
  return sorted.map(({ property }) => property);
}

function byName(a: PropertyIr, b: PropertyIr): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function readIndex(reading: Reading, info: ts.IndexInfo, place: Place): IndexIr {
  const { TypeFlags } = reading.ts;
  const type = readType(reading, info.type, { ...place, path: `${place.path}[key]` });
  const { flags } = info.keyType;
  if (flags & TypeFlags.String) return { key: 'string', type };
  if (flags & TypeFlags.Number) return { key: 'number', type };
  if (flags & TypeFlags.ESSymbol) return { key: 'symbol', type };
  const pattern = findStringPattern(reading.ts, reading.checker, info.keyType);
  return { key: pattern ?? { pattern: `^${escapePattern('')}(?!)`, text: reading.checker.typeToString(info.keyType) }, type };
}

function keyText(index: IndexIr): string {
  return typeof index.key === 'string' ? ` ${index.key}` : index.key.pattern;
}

/** Primitive values that have all the members: asked of the checker only when the names leave it open. */
function findPrimitives(reading: Reading, type: ts.Type, symbols: readonly ts.Symbol[]): ShapeIr['primitives'] {
  const { ts, checker } = reading;
  const required = symbols.filter((symbol) => !(symbol.flags & ts.SymbolFlags.Optional));
  return reading.primitives().filter((primitive) => {
    const has = (symbol: ts.Symbol): boolean => primitive.members.has(symbol.escapedName);
    const isOpen = required.length > 0 ? required.every(has) : symbols.length === 0 || symbols.some(has);
    return isOpen && checker.isTypeAssignableTo(primitive.type, type);
  }).map(({ name }) => name);
}

/** An object whose only purpose is to make another type distinct. */
export function isBrand(reading: Reading, type: ts.Type): boolean {
  if (!(type.flags & reading.ts.TypeFlags.Object)) return false;
  const properties = reading.checker.getPropertiesOfType(type);
  return properties.length > 0 && properties.every((property) => isBrandName(property.name) || readKey(reading, property) === 'brand');
}

function isBrandName(name: string): boolean {
  return /^(?:[_$].*(?:brand|opaque|nominal|flavou?r)|__(?:type|tag|kind)__?|__tag)/i.test(name) && !name.startsWith('__@');
}

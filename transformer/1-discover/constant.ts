import type ts from 'typescript';
import type { Ts } from '../types.ts';
import { innerExpression } from './inner-expression.ts';
import type { OptionEntry, OptionFault, OptionReading } from './option-entry.ts';

/** A constant, or nothing where the expression is none. */
type Constant = { readonly value: unknown } | undefined;

const MAX_DEPTH = 20;

/**
 * The options that an expression gives: an object literal, a const that holds one, spreads of those.
 * Every fault is at the expression in the marker's own file that leads to it.
 */
export function readOptionExpression(ts: Ts, checker: ts.TypeChecker, expression: ts.Expression): OptionReading {
  const entries: OptionEntry[] = [];
  const faults: OptionFault[] = [];
  const rangeOf = (node: ts.Node): { start: number; end: number } => ({ start: node.getStart(), end: node.end });
  const fault = (node: ts.Node): void => void faults.push({ code: 'POET1003', found: shorten(node.getText()), at: rangeOf(node) });
  const read = (e: ts.Expression): Constant => evaluate(ts, checker, e, 0);

  const addAll = (from: ts.Expression): void => {
    const constant = read(from);
    if (constant === undefined || typeof constant.value !== 'object' || constant.value === null || Array.isArray(constant.value)) return fault(from);
    // A spread may be overridden, by a later property or another spread: an override is no repetition.
    for (const [name, value] of Object.entries(constant.value)) replace(entries, { name, value, nameAt: rangeOf(from), valueAt: rangeOf(from) });
  };

  const literal = innerExpression(ts, expression);
  if (!ts.isObjectLiteralExpression(literal)) {
    addAll(expression);
    return { entries, faults };
  }
  const spread = new Set<string>();
  for (const property of literal.properties) {
    if (ts.isSpreadAssignment(property)) {
      addAll(property.expression);
      for (const { name } of entries) spread.add(name);
      continue;
    }
    const name = ts.isPropertyAssignment(property) || ts.isShorthandPropertyAssignment(property) ? readName(ts, property.name, read) : undefined;
    if (name === undefined) { fault(property.name ?? property); continue; }
    const value = ts.isShorthandPropertyAssignment(property) ? readShorthand(ts, checker, property) : ts.isPropertyAssignment(property) ? read(property.initializer) : undefined;
    const at = ts.isPropertyAssignment(property) ? property.initializer : property;
    if (value === undefined) { fault(at); continue; }
    const entry = { name, value: value.value, nameAt: rangeOf(property.name), valueAt: rangeOf(at) };
    if (spread.delete(name)) replace(entries, entry);
    else entries.push(entry);
  }
  return { entries, faults };
}

function replace(entries: OptionEntry[], entry: OptionEntry): void {
  const at = entries.findIndex((e) => e.name === entry.name);
  if (at < 0) entries.push(entry);
  else entries[at] = entry;
}

function readShorthand(ts: Ts, checker: ts.TypeChecker, property: ts.ShorthandPropertyAssignment): Constant {
  const symbol = checker.getShorthandAssignmentValueSymbol(property);
  return symbol && evaluateSymbol(ts, checker, symbol, 0);
}

function readName(ts: Ts, name: ts.PropertyName, read: (e: ts.Expression) => Constant): string | undefined {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) return name.text;
  const computed = ts.isComputedPropertyName(name) ? read(name.expression)?.value : undefined;
  return typeof computed === 'string' ? computed : undefined;
}

/**
 * Literals, negative numbers, template literals without holes, enum members, const variables with such an initialiser,
 * and properties of object literals; objects behind a name must be `as const` or frozen, others could have been changed.
 */
function evaluate(ts: Ts, checker: ts.TypeChecker, expression: ts.Expression, depth: number): Constant {
  if (depth > MAX_DEPTH) return undefined;
  const e = innerExpression(ts, expression);
  if (ts.isStringLiteralLike(e)) return { value: e.text };
  if (ts.isNumericLiteral(e)) return { value: Number(e.text) };
  if (e.kind === ts.SyntaxKind.TrueKeyword || e.kind === ts.SyntaxKind.FalseKeyword) return { value: e.kind === ts.SyntaxKind.TrueKeyword };
  if (e.kind === ts.SyntaxKind.NullKeyword) return { value: null };
  if (ts.isPrefixUnaryExpression(e)) return evaluateSign(ts, checker, e, depth);
  if (ts.isObjectLiteralExpression(e)) return evaluateObject(ts, checker, e, depth);
  if (ts.isIdentifier(e)) {
    const symbol = checker.getSymbolAtLocation(e);
    return e.text === 'undefined' && (symbol?.declarations ?? []).length === 0 ? { value: undefined } : symbol && evaluateSymbol(ts, checker, symbol, depth + 1);
  }
  if (ts.isPropertyAccessExpression(e) || ts.isElementAccessExpression(e)) return evaluateAccess(ts, checker, e, depth);
  return undefined;
}

function evaluateSign(ts: Ts, checker: ts.TypeChecker, e: ts.PrefixUnaryExpression, depth: number): Constant {
  const sign = e.operator === ts.SyntaxKind.MinusToken ? -1 : e.operator === ts.SyntaxKind.PlusToken ? 1 : undefined;
  const operand = sign && evaluate(ts, checker, e.operand, depth + 1)?.value;
  return sign !== undefined && typeof operand === 'number' ? { value: sign * operand } : undefined;
}

function evaluateObject(ts: Ts, checker: ts.TypeChecker, literal: ts.ObjectLiteralExpression, depth: number): Constant {
  const value: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const property of literal.properties) {
    if (ts.isSpreadAssignment(property)) {
      const inner = evaluate(ts, checker, property.expression, depth + 1)?.value;
      if (typeof inner !== 'object' || inner === null) return undefined;
      Object.assign(value, inner);
    } else if (ts.isPropertyAssignment(property) || ts.isShorthandPropertyAssignment(property)) {
      const name = readName(ts, property.name, (e) => evaluate(ts, checker, e, depth + 1));
      const found = ts.isPropertyAssignment(property) ? evaluate(ts, checker, property.initializer, depth + 1) : readShorthand(ts, checker, property);
      if (name === undefined || found === undefined) return undefined;
      value[name] = found.value;
    } else return undefined;
  }
  return { value };
}

function evaluateSymbol(ts: Ts, checker: ts.TypeChecker, symbol: ts.Symbol, depth: number): Constant {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.valueDeclaration;
  if (declaration === undefined) return undefined;
  if (ts.isEnumMember(declaration)) {
    const value = checker.getConstantValue(declaration);
    return value === undefined ? undefined : { value };
  }
  if (!ts.isVariableDeclaration(declaration) || !(ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const)) return undefined;
  if (declaration.initializer === undefined) return readLiteralType(ts, checker, target);
  const frozen = findFrozen(ts, checker, declaration.initializer);
  if (frozen !== undefined) return evaluate(ts, checker, frozen, depth + 1);
  const found = evaluate(ts, checker, declaration.initializer, depth + 1);
  const isNewObject = ts.isObjectLiteralExpression(innerExpression(ts, declaration.initializer));
  return isNewObject ? undefined : found;
}

/** The object inside `{…} as const` and `Object.freeze({…})`. */
function findFrozen(ts: Ts, checker: ts.TypeChecker, expression: ts.Expression): ts.Expression | undefined {
  let e = expression;
  for (;;) {
    if ((ts.isAsExpression(e) || ts.isTypeAssertionExpression(e)) && ts.isConstTypeReference(e.type)) return e.expression;
    if (ts.isAsExpression(e) || ts.isSatisfiesExpression(e) || ts.isParenthesizedExpression(e) || ts.isTypeAssertionExpression(e)) e = e.expression;
    else break;
  }
  if (!ts.isCallExpression(e) || e.arguments.length !== 1 || !ts.isPropertyAccessExpression(e.expression)) return undefined;
  const { expression: owner, name } = e.expression;
  const isGlobal = ts.isIdentifier(owner) && owner.text === 'Object' && (checker.getSymbolAtLocation(owner)?.declarations ?? []).every((d) => d.getSourceFile().isDeclarationFile);
  return isGlobal && name.text === 'freeze' ? e.arguments[0] : undefined;
}

/** `declare const retries: 3`, as declaration files have it. */
function readLiteralType(ts: Ts, checker: ts.TypeChecker, symbol: ts.Symbol): Constant {
  const type = checker.getTypeOfSymbol(symbol);
  if (type.isStringLiteral() || type.isNumberLiteral()) return { value: type.value };
  return type.flags & ts.TypeFlags.BooleanLiteral ? { value: checker.typeToString(type) === 'true' } : undefined;
}

function evaluateAccess(ts: Ts, checker: ts.TypeChecker, e: ts.PropertyAccessExpression | ts.ElementAccessExpression, depth: number): Constant {
  const member = readEnumMember(ts, checker, e);
  if (member !== undefined) return { value: member };
  const symbol = ts.isPropertyAccessExpression(e) ? checker.getSymbolAtLocation(e.name) : undefined;
  // `settings.retries` where settings is a module.
  if (symbol !== undefined && symbol.flags & (ts.SymbolFlags.Variable | ts.SymbolFlags.Alias | ts.SymbolFlags.EnumMember)) return evaluateSymbol(ts, checker, symbol, depth + 1);
  const owner = evaluate(ts, checker, e.expression, depth + 1)?.value;
  const key = ts.isPropertyAccessExpression(e) ? e.name.text : evaluate(ts, checker, e.argumentExpression, depth + 1)?.value;
  if (typeof owner !== 'object' || owner === null || (typeof key !== 'string' && typeof key !== 'number')) return undefined;
  return Object.hasOwn(owner, key) ? { value: (owner as Record<string, unknown>)[key] } : undefined;
}

/** The value of `Enum.Member`; undefined for computed members. */
export function readEnumMember(ts: Ts, checker: ts.TypeChecker, access: ts.Expression): string | number | undefined {
  const type = checker.getTypeAtLocation(access);
  return type.flags & ts.TypeFlags.EnumLiteral && (type.isStringLiteral() || type.isNumberLiteral()) ? type.value : undefined;
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}

/** What a candidate keeps between calls: constants, tables, and caches with a bound. */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';
import { makeLoadReader } from './module-load.ts';

export interface StateFinding { readonly key: string; readonly node: ts.Node; readonly reason: string; readonly hint: string }

const GROWS = new Set(['push', 'unshift', 'splice', 'set', 'add', 'append', 'concat']);
/** Of names of names that are followed. */
const MAX_NAMES = 10;
/** Classes whose `from` makes a list. */
const TABLES = /^(?:Array|(?:Big)?(?:Ui|I)nt\d+(?:Clamped)?Array|Float\d+Array)$/;
const TYPED = /^(?:Big)?(?:Ui|I)nt\d+(?:Clamped)?Array$|^Float\d+Array$/;
/** Methods that make one constant of another. */
const DERIVES = new Set(['map', 'flatMap', 'filter', 'split', 'join', 'concat', 'slice', 'entries', 'keys', 'values', 'toLowerCase', 'toUpperCase', 'padStart', 'padEnd', 'toString']);
/** Those of them that hand out an iterator, which remembers how far it was read. */
const ITERATORS = new Set(['entries', 'keys', 'values']);
const SHRINKS = new Set(['delete', 'clear', 'shift', 'pop', 'splice']);

/** @param roots the candidate's statements; only constants among them are looked at */
export function findModuleState(ts: Ts, checker: ts.TypeChecker, roots: readonly ts.Node[]): readonly StateFinding[] {
  const out: StateFinding[] = [];
  const kept = new Map<ts.Symbol, ts.Node>();
  const say = (key: string, node: ts.Node, reason: string, hint: string): void => { out.push({ key, node, reason, hint }); };
  const isTop = (node: ts.Node): boolean => roots.includes(node);

  const classesInState = new Set<ts.Symbol>();
  const isQuietAtLoad = makeLoadReader(ts, checker, roots);
  for (const root of roots) {
    if (!ts.isVariableStatement(root)) continue;
    if ((root.declarationList.flags & ts.NodeFlags.Const) === 0) { say('state let', root, 'a variable of the module keeps state between calls', 'make it a const'); continue; }
    for (const declaration of root.declarationList.declarations) {
      if (declaration.initializer === undefined || !isInert(declaration.initializer) || !isQuietAtLoad(declaration)) say('state initialiser', declaration, 'an initialiser runs code when the module loads', 'use literals, new Map(), new Set(), or a function');
      for (const name of namesIn(declaration.name)) {
        const symbol = checker.getSymbolAtLocation(name);
        if (symbol !== undefined) kept.set(symbol, declaration);
      }
    }
  }

  function namesIn(name: ts.BindingName): readonly ts.Identifier[] {
    return ts.isIdentifier(name) ? [name] : name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []));
  }

  function isInert(node: ts.Expression): boolean {
    if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isNonNullExpression(node)) return isInert(node.expression);
    if (ts.isLiteralExpression(node)) {
      if (ts.isRegularExpressionLiteral(node) && /[gy][a-z]*$/.test(node.text.slice(node.text.lastIndexOf('/') + 1))) {
        sayPattern(node);
      }
      return true;
    }
    if ([ts.SyntaxKind.TrueKeyword, ts.SyntaxKind.FalseKeyword, ts.SyntaxKind.NullKeyword].includes(node.kind)) return true;
    if (ts.isFunctionExpression(node) || ts.isArrowFunction(node)) return true;
    if (ts.isTemplateExpression(node)) return node.templateSpans.every((span) => isInert(span.expression));
    if (ts.isArrayLiteralExpression(node)) return node.elements.every((element) => isInert(ts.isSpreadElement(element) ? element.expression : element));
    if (ts.isObjectLiteralExpression(node)) {
      return node.properties.every((property) => (ts.isPropertyAssignment(property) ? isInert(property.initializer) && (!ts.isComputedPropertyName(property.name) || isInert(property.name.expression))
        : ts.isSpreadAssignment(property) ? isInert(property.expression) : ts.isShorthandPropertyAssignment(property) || ts.isMethodDeclaration(property)));
    }
    if (ts.isPrefixUnaryExpression(node)) return isInert(node.operand);
    if (ts.isBinaryExpression(node)) return isInert(node.left) && isInert(node.right);
    if (ts.isConditionalExpression(node)) return isInert(node.condition) && isInert(node.whenTrue) && isInert(node.whenFalse);
    if (ts.isIdentifier(node)) return true;
    if (ts.isPropertyAccessExpression(node)) return isInert(node.expression);
    if (ts.isNewExpression(node)) {
      const callee = node.expression;
      const symbol = checker.getSymbolAtLocation(callee);
      const own = symbol?.declarations?.find((d): d is ts.ClassDeclaration => ts.isClassDeclaration(d) && isTop(d));
      if (own !== undefined && symbol !== undefined) classesInState.add(symbol);
      const known = own !== undefined || (ts.isIdentifier(callee) && /^(?:Map|Set|WeakMap|WeakSet|Array|Error|(?:Big)?(?:Ui|I)nt\d+(?:Clamped)?Array|Float\d+Array|TextEncoder|TextDecoder|URL|RegExp)$/.test(callee.text))
        || (ts.isPropertyAccessExpression(callee) && ts.isIdentifier(callee.expression) && callee.expression.text === 'Intl');
      const flags = node.arguments?.[1];
      if (ts.isIdentifier(callee) && callee.text === 'RegExp' && flags !== undefined && !(ts.isStringLiteralLike(flags) && !/[gy]/.test(flags.text))) sayPattern(node);
      return known && (node.arguments ?? []).every(isInert);
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      // Tables that are computed once: `Array.from({ length: 256 }, (_, i) => …)`, `NAMES.map((name) => …)`.
      const { expression: owner, name } = node.expression;
      const isTable = ts.isIdentifier(owner) && name.text === 'from' ? TABLES.test(owner.text) : DERIVES.has(name.text) && isLibrarys(owner, name.text) && (ts.isIdentifier(owner) ? isKept(owner) : isInert(owner));
      const isIterator = ITERATORS.has(name.text) && !(ts.isIdentifier(owner) && owner.text === 'Object');
      if (isTable && isIterator && !isReadAtOnce(node)) say('state iterator', node, 'an iterator keeps its place between calls', 'spread it into a list');
      if (isTable && node.arguments.every(isInert)) return true;
    }
    // Object.freeze([…]) and tables made of a literal.
    return ts.isCallExpression(node) && /^(?:Object\.(?:freeze|fromEntries|entries|keys|values|create|seal)|Symbol|BigInt|Math\.\w+|Number|String)$/.test(node.expression.getText()) && node.arguments.every(isInert);
  }

  function isKept(node: ts.Identifier): boolean {
    const symbol = checker.getSymbolAtLocation(node);
    return symbol !== undefined && kept.has(symbol);
  }
  function sayPattern(node: ts.Node): void {
    say('state pattern', node, 'a regular expression with the flag g or y keeps its place between calls', 'write it where it is used');
  }
  /** A method of that name may be anybody's: a list's and a text's are the library's. */
  function isLibrarys(owner: ts.Expression, name: string): boolean {
    const type = checker.getTypeAtLocation(owner);
    const isPlain = (part: ts.Type): boolean => (part.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) !== 0 || checker.isArrayType(part) || checker.isTupleType(part)
      || (isOfLibrary(part.symbol) && (TYPED.test(part.symbol.name) || (ITERATORS.has(name) && /^(?:Readonly)?(?:Map|Set)$/.test(part.symbol.name))));
    return (type.isUnion() ? type.types : [type]).every(isPlain);
  }
  function isOfLibrary(symbol: ts.Symbol | undefined): boolean {
    return symbol?.declarations?.every((d) => d.getSourceFile().isDeclarationFile && /(?:^|\/)lib\.[\w.]+\.d\.ts$/.test(d.getSourceFile().fileName)) === true;
  }
  /** Whether nothing is left of an iterator once the expression around it is made. */
  function isReadAtOnce(node: ts.Expression): boolean {
    const { parent } = node;
    if (ts.isSpreadElement(parent)) return true;
    if (ts.isCallExpression(parent)) return parent.arguments[0] === node && /^(?:Object\.fromEntries|\w+\.from)$/.test(parent.expression.getText());
    return ts.isNewExpression(parent) && parent.arguments?.[0] === node && /^(?:Map|Set)$/.test(parent.expression.getText());
  }

  // Fields of an object that lives in the module live there, too.
  for (const symbol of classesInState) {
    for (const declaration of symbol.declarations ?? []) {
      if (!ts.isClassDeclaration(declaration)) continue;
      for (const member of declaration.members) {
        const field = ts.isPropertyDeclaration(member) ? checker.getSymbolAtLocation(member.name) : undefined;
        if (field !== undefined) kept.set(field, member);
      }
    }
  }
  if (kept.size === 0) return out;

  const grows = new Map<ts.Symbol, ts.Node>();
  const shrinks = new Set<ts.Symbol>();
  const measured = new Set<ts.Symbol>();
  const heldBy = (node: ts.Expression, hops = 0): ts.Symbol | undefined => {
    let at = node;
    while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at) || ts.isAsExpression(at)) at = at.expression;
    const symbol = ts.isIdentifier(at) ? checker.getSymbolAtLocation(at) : ts.isPropertyAccessExpression(at) ? checker.getSymbolAtLocation(at.name) : undefined;
    if (symbol !== undefined && kept.has(symbol)) return symbol;
    // A second name for it: `const kept = KEPT`.
    const declaration = symbol?.valueDeclaration;
    if (declaration !== undefined && hops < MAX_NAMES && ts.isIdentifier(at) && ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined && !ts.isCallExpression(declaration.initializer)) return heldBy(declaration.initializer, hops + 1);
    return ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) ? heldBy(at.expression, hops) : undefined;
  };
  const memberName = (node: ts.PropertyAccessExpression | ts.ElementAccessExpression): string | undefined => (ts.isPropertyAccessExpression(node) ? node.name.text : ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : undefined);
  /** `x.set(…)`, `x['set'](…)`, `x.set.call(…)`, `list.forEach(x.add, x)`. */
  const isCalled = (node: ts.PropertyAccessExpression | ts.ElementAccessExpression): boolean => {
    let at: ts.Node = node;
    while (ts.isParenthesizedExpression(at.parent) || ts.isNonNullExpression(at.parent) || ts.isAsExpression(at.parent)) at = at.parent;
    const { parent } = at;
    if (ts.isCallExpression(parent)) return parent.expression === at || (memberName(node) !== undefined && parent.arguments.length > 1);
    return (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) && parent.expression === at && /^(?:call|apply|bind)$/.test(memberName(parent) ?? '');
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      const symbol = heldBy(node.expression);
      const name = symbol && memberName(node);
      if (symbol !== undefined) {
        const isCall = isCalled(node);
        const isWeak = /^Weak(?:Map|Set)$/.test(checker.getTypeAtLocation(node.expression).symbol?.name ?? '');
        // A method that is called by a name which nobody sees may be any.
        if (isCall && (name === undefined || GROWS.has(name)) && !isWeak && !isOwnMethod(node)) grows.set(symbol, node);
        if (isCall && name !== undefined && SHRINKS.has(name)) shrinks.add(symbol);
        if (name === 'size' || name === 'length') measured.add(symbol);
      }
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) {
      visitTarget(node.left, node.right, node);
    }
    if (ts.isForOfStatement(node) && !ts.isVariableDeclarationList(node.initializer)) visitTarget(node.initializer, undefined, node);
    if (ts.isCallExpression(node) && node.expression.getText() === 'Object.assign' && node.arguments[0] !== undefined && heldBy(node.arguments[0]) !== undefined) {
      for (const source of node.arguments.slice(1)) {
        if (!checker.getPropertiesOfType(checker.getTypeAtLocation(source)).every((property) => isSmall(checker.getTypeOfSymbolAtLocation(property, source)))) say('state retained', node, 'values of a call are kept in the module', 'keep only numbers and booleans there');
      }
    }
    ts.forEachChild(node, visit);
  };
  const isSmall = (type: ts.Type): boolean => (type.isUnion() ? type.types : [type]).every((part) => (part.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.BigIntLike)) !== 0);
  /** @param value absent where a pattern takes it from somewhere: the type of the place says what it may be */
  function visitTarget(target: ts.Expression, value: ts.Expression | undefined, node: ts.Node): void {
    if (ts.isParenthesizedExpression(target) || ts.isNonNullExpression(target) || ts.isAsExpression(target)) return visitTarget(target.expression, value, node);
    if (ts.isArrayLiteralExpression(target)) return target.elements.forEach((element) => visitTarget(ts.isSpreadElement(element) ? element.expression : element, undefined, node));
    if (ts.isObjectLiteralExpression(target)) {
      for (const property of target.properties) if (ts.isPropertyAssignment(property)) visitTarget(property.initializer, undefined, node);
      return;
    }
    if (ts.isBinaryExpression(target)) return visitTarget(target.left, undefined, node);
    if (ts.isElementAccessExpression(target)) {
      const symbol = heldBy(target.expression);
      if (symbol !== undefined && !ts.isStringLiteralLike(target.argumentExpression) && !isFixed(target)) grows.set(symbol, node);
    } else if (ts.isPropertyAccessExpression(target)) {
      const symbol = heldBy(target.expression);
      if (symbol !== undefined && kept.get(symbol)?.kind === ts.SyntaxKind.VariableDeclaration && !isSmall(checker.getTypeAtLocation(value ?? target))) say('state retained', node, 'a value of a call is kept in the module', 'keep only numbers and booleans there');
    }
  }
  /** A typed array does not grow. */
  const isFixed = (target: ts.ElementAccessExpression): boolean => TYPED.test(checker.getTypeAtLocation(target.expression).symbol?.name ?? '');
  const isOwnMethod = (node: ts.PropertyAccessExpression | ts.ElementAccessExpression): boolean => {
    const declaration = checker.getSymbolAtLocation(ts.isPropertyAccessExpression(node) ? node.name : node.argumentExpression)?.valueDeclaration;
    return declaration !== undefined && declaration.getSourceFile() === roots[0]!.getSourceFile() && ts.isMethodDeclaration(declaration);
  };
  roots.forEach(visit);
  for (const [symbol, node] of grows) {
    if (shrinks.has(symbol) && measured.has(symbol)) continue;
    say('state unbounded', node, `${symbol.name} grows with every call and has no bound`, 'compare its size with a limit and delete the oldest entry, or use a WeakMap');
  }
  return out;
}

/** Walks the code of one function: statements, and expressions with the origins of their values. */
import type ts from 'typescript';
import { evaluateCall, evaluateNew, invokeAccessor } from './effects-call.ts';
import { findLibraryUse, isLibrary, isPlainIterable, STEADY_GLOBALS } from './effects-library.ts';
import { isPrimitive } from './effects-outside.ts';
import {
  change, contentOf, flow, functionValue, makeObject, note, NOTHING, quote, resultOf, store, surrender, union, variable,
  type FunctionNode, type Origins, type Walk,
} from './effects-state.ts';

/** Walks a function's parameters and body; `bindings` are the origins of its arguments. */
export function walkFunction(walk: Walk, node: FunctionNode): void {
  const { ts } = walk;
  for (const parameter of node.parameters) if (parameter.initializer) bind(walk, parameter.name, evaluate(walk, parameter.initializer));
  if (!node.body) return;
  if (ts.isBlock(node.body)) walkStatement(walk, node.body);
  else flow(walk, resultOf(walk, node), evaluate(walk, node.body));
}

export function bind(walk: Walk, name: ts.BindingName, value: Origins): void {
  const { ts, checker } = walk;
  if (ts.isIdentifier(name)) {
    const symbol = checker.getSymbolAtLocation(name);
    if (symbol && value.size > 0 && !isPrimitive(ts, checker.getTypeOfSymbol(symbol))) flow(walk, variable(walk, symbol), value);
    return;
  }
  const inner = ts.isArrayBindingPattern(name) ? iterate(walk, value, name) : contentOf(value);
  for (const element of name.elements) {
    if (ts.isOmittedExpression(element)) continue;
    if (element.propertyName && ts.isComputedPropertyName(element.propertyName)) evaluate(walk, element.propertyName.expression);
    const whole = element.initializer ? union(inner, evaluate(walk, element.initializer)) : inner;
    bind(walk, element.name, element.dotDotDotToken ? hold(walk, element, whole) : whole);
  }
}

/** A new object that holds a value. */
export function hold(walk: Walk, node: ts.Node, content: Origins): Origins {
  const object = makeObject(walk, node);
  if (content.size > 0 && !(walk.ts.isExpression(node) && holdsPrimitives(walk, node))) flow(walk, object.content, content);
  return new Set([object]);
}

/** An array of numbers shares nothing with the array that they came from. */
function holdsPrimitives({ ts, checker }: Walk, node: ts.Expression): boolean {
  const type = checker.getTypeAtLocation(node);
  return (checker.isArrayType(type) || checker.isTupleType(type)) && checker.getTypeArguments(type as ts.TypeReference).every((element) => isPrimitive(ts, element));
}

export function walkStatement(walk: Walk, node: ts.Node): void {
  const { ts } = walk;
  if (ts.isExpression(node)) { evaluate(walk, node); return; }
  if (ts.isVariableDeclaration(node)) { if (node.initializer) bind(walk, node.name, evaluate(walk, node.initializer)); return; }
  if (ts.isReturnStatement(node)) { if (node.expression) flow(walk, resultOf(walk, current(walk)), evaluate(walk, node.expression)); return; }
  if (ts.isThrowStatement(node)) { store(walk, evaluate(walk, node.expression)); return; }
  if (ts.isForOfStatement(node)) {
    const elements = iterate(walk, evaluate(walk, node.expression), node.expression);
    if (ts.isVariableDeclarationList(node.initializer)) for (const declaration of node.initializer.declarations) bind(walk, declaration.name, elements);
    else assign(walk, node.initializer, elements);
    return walkStatement(walk, node.statement);
  }
  if (ts.isForInStatement(node)) {
    evaluate(walk, node.expression);
    if (!ts.isVariableDeclarationList(node.initializer)) assign(walk, node.initializer, NOTHING);
    return walkStatement(walk, node.statement);
  }
  if (ts.isCatchClause(node)) {
    if (node.variableDeclaration) bind(walk, node.variableDeclaration.name, new Set([walk.outside]));
    return walkStatement(walk, node.block);
  }
  if (ts.isFunctionDeclaration(node)) { closure(walk, node); return; }
  if (ts.isClassLike(node)) { note(walk, 'unknown', 'declares a class', [`class ${node.name?.text ?? ''}`]); captureAll(walk, node); return; }
  if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using) note(walk, 'unknown', 'disposes of a resource', [quote(node)]);
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
  ts.forEachChild(node, (child) => walkStatement(walk, child));
}

function current(walk: Walk): FunctionNode {
  return walk.closures[walk.closures.length - 1] ?? walk.root;
}

/** @returns origins of the value; none for a primitive, which has no identity */
export function evaluate(walk: Walk, node: ts.Expression): Origins {
  const set = evaluateKind(walk, node);
  return set.size > 0 && isPrimitive(walk.ts, walk.checker.getTypeAtLocation(node)) ? NOTHING : set;
}

function evaluateKind(walk: Walk, node: ts.Expression): Origins {
  const { ts } = walk;
  if (ts.isIdentifier(node)) return evaluateName(walk, node);
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isTypeAssertionExpression(node)) return evaluate(walk, node.expression);
  if (ts.isCallExpression(node)) return evaluateCall(walk, node);
  if (ts.isTaggedTemplateExpression(node)) return evaluateCall(walk, node);
  if (ts.isNewExpression(node)) return evaluateNew(walk, node);
  if (ts.isPropertyAccessExpression(node)) return evaluateProperty(walk, node);
  if (ts.isElementAccessExpression(node)) {
    evaluate(walk, node.argumentExpression);
    return contentOf(evaluate(walk, node.expression));
  }
  if (ts.isBinaryExpression(node)) return evaluateBinary(walk, node);
  if (ts.isConditionalExpression(node)) { evaluate(walk, node.condition); return union(evaluate(walk, node.whenTrue), evaluate(walk, node.whenFalse)); }
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return closure(walk, node);
  if (ts.isObjectLiteralExpression(node)) return evaluateObject(walk, node);
  if (ts.isArrayLiteralExpression(node)) {
    const elements = node.elements.map((e) => (ts.isSpreadElement(e) ? iterate(walk, evaluate(walk, e.expression), e.expression) : evaluate(walk, e)));
    return hold(walk, node, union(...elements));
  }
  if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword) return evaluateThis(walk);
  if (ts.isAwaitExpression(node)) { const value = evaluate(walk, node.expression); return union(value, contentOf(value)); }
  if (ts.isYieldExpression(node)) { if (node.asteriskToken) note(walk, 'unknown', 'iterates over something that may run code of its own', [quote(node)]); if (node.expression) store(walk, evaluate(walk, node.expression)); return new Set([walk.outside]); }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    evaluate(walk, node.operand);
    if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) assign(walk, node.operand, NOTHING);
    return NOTHING;
  }
  if (ts.isDeleteExpression(node)) {
    const target = node.expression;
    if (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) change(walk, evaluate(walk, target.expression), NOTHING, node);
    return NOTHING;
  }
  if (ts.isRegularExpressionLiteral(node)) return new Set([makeObject(walk, node)]);
  if (ts.isClassExpression(node)) { walkStatement(walk, node); return new Set([walk.outside]); }
  if (ts.isMetaProperty(node)) { note(walk, 'read', `reads \`${quote(node)}\``, [quote(node)]); return new Set([walk.outside]); }
  if (ts.isJsxElement(node) || ts.isJsxSelfClosingElement(node) || ts.isJsxFragment(node)) {
    note(walk, 'unknown', 'makes JSX elements', [quote(node)]);
    captureAll(walk, node);
    return new Set([walk.outside]);
  }
  // Literals, templates, typeof, void: nothing but the values of their parts.
  ts.forEachChild(node, (child) => { if (ts.isExpression(child)) evaluate(walk, child); else if (ts.isTemplateSpan(child)) evaluate(walk, child.expression); });
  return NOTHING;
}

function evaluateThis(walk: Walk): Origins {
  const ownsThis = walk.closures.some((f) => !walk.ts.isArrowFunction(f));
  if (ownsThis) return new Set([walk.outside]);
  for (const f of walk.closures) flow(walk, functionValue(walk, f).content, new Set([walk.self]));
  return new Set([walk.self]);
}

function evaluateName(walk: Walk, node: ts.Identifier): Origins {
  const { ts, checker } = walk;
  if (node.text === 'undefined') return NOTHING;
  if (node.text === 'arguments') {
    note(walk, 'unknown', 'uses `arguments`', ['arguments']);
    surrender(walk, new Set(walk.parameters));
    return new Set([walk.outside, ...walk.parameters]);
  }
  const symbol = ts.isShorthandPropertyAssignment(node.parent) ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node);
  if (!symbol) { note(walk, 'unknown', `uses \`${node.text}\`, which is not known`, [node.text]); return new Set([walk.outside]); }
  return readSymbol(walk, symbol, node);
}

function readSymbol(walk: Walk, symbol: ts.Symbol, node: ts.Identifier): Origins {
  const { ts, checker } = walk;
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.valueDeclaration ?? target.declarations?.[0];
  if (declaration && isWithin(declaration, walk.root)) {
    const isFunction = ts.isFunctionDeclaration(declaration) || ts.isFunctionExpression(declaration);
    const value = isFunction ? new Set([functionValue(walk, declaration)]) : variable(walk, target);
    for (const f of walk.closures) if (!isWithin(declaration, f)) flow(walk, functionValue(walk, f).content, value);
    return value;
  }
  const known = declaration && findFunction(walk, declaration);
  if (known) return new Set([functionValue(walk, known)]);
  if (declaration && isLibrary(ts, declaration)) {
    if (findLibraryUse(ts, declaration, target.name)) return new Set([{ kind: 'library', node: declaration, name: target.name }]);
    if (!STEADY_GLOBALS.has(target.name)) note(walk, 'read', `reads the global \`${target.name}\``, [quote(node)]);
  } else if (!(target.flags & (ts.SymbolFlags.Module | ts.SymbolFlags.Enum | ts.SymbolFlags.Class | ts.SymbolFlags.Function)) && !walk.isSteady(target)) {
    note(walk, 'read', `reads \`${target.name}\`, which can change between calls`, [quote(node)]);
  }
  return new Set([walk.outside]);
}

/** The function that a declaration surely stands for. */
export function findFunction(walk: Walk, declaration: ts.Node): FunctionNode | undefined {
  const { ts, checker } = walk;
  if (ts.isFunctionDeclaration(declaration)) {
    if (declaration.body) return declaration;
    const symbol = declaration.name && checker.getSymbolAtLocation(declaration.name);
    return symbol?.declarations?.find((d): d is ts.FunctionDeclaration => ts.isFunctionDeclaration(d) && d.body !== undefined);
  }
  if (ts.isVariableDeclaration(declaration) && declaration.initializer && ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) return unwrapFunction(walk, declaration.initializer);
  return undefined;
}

function unwrapFunction({ ts }: Walk, expression: ts.Expression): FunctionNode | undefined {
  let node = expression;
  while (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) node = node.expression;
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node) ? node : undefined;
}

export function isWithin(node: ts.Node, root: ts.Node): boolean {
  return node.getSourceFile() === root.getSourceFile() && root.pos <= node.pos && node.end <= root.end;
}

function evaluateProperty(walk: Walk, node: ts.PropertyAccessExpression): Origins {
  const { ts, checker } = walk;
  const symbol = checker.getSymbolAtLocation(node.name);
  const found = evaluateBase(walk, node.expression);
  if (found === undefined) return symbol && ts.isIdentifier(node.name) ? readSymbol(walk, symbol, node.name) : new Set([walk.outside]);
  const base = [...found].some((origin) => origin.kind === 'library') ? union(found, new Set([walk.outside])) : found;
  if (!symbol) return contentOf(base);
  const declaration = symbol.valueDeclaration;
  if (symbol.flags & ts.SymbolFlags.Accessor && declaration && !isLibrary(ts, declaration)) return invokeAccessor(walk, symbol, 'get', base, NOTHING, node);
  if (declaration && isLibrary(ts, declaration) && findLibraryUse(ts, declaration, symbol.name)) return new Set([{ kind: 'library', node: declaration, name: symbol.name }]);
  if (declaration && ts.isMethodDeclaration(declaration) && declaration.body && !walk.isOverridden(declaration)) {
    return union(contentOf(base), new Set([functionValue(walk, declaration)]));
  }
  if (declaration && ts.isPropertyDeclaration(declaration) && isStatic(walk, declaration) && !isReadonlyPrimitive(walk, symbol, declaration)) {
    note(walk, 'read', `reads \`${quote(node)}\`, which can change between calls`, [quote(node)]);
  }
  return contentOf(base);
}

/** @returns undefined for a namespace or module: its members are names of their own */
function evaluateBase(walk: Walk, node: ts.Expression): Origins | undefined {
  const { ts, checker } = walk;
  if (!ts.isIdentifier(node)) return evaluate(walk, node);
  const symbol = checker.getSymbolAtLocation(node);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const isNamespace = target !== undefined && (target.flags & ts.SymbolFlags.Module) !== 0 && (target.flags & ts.SymbolFlags.Variable) === 0
    && !target.declarations?.some((d) => isLibrary(ts, d));
  return isNamespace ? undefined : evaluate(walk, node);
}

function isStatic({ ts }: Walk, node: ts.PropertyDeclaration): boolean {
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Static) !== 0;
}

function isReadonlyPrimitive({ ts, checker }: Walk, symbol: ts.Symbol, node: ts.PropertyDeclaration): boolean {
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Readonly) !== 0 && isPrimitive(ts, checker.getTypeOfSymbol(symbol));
}

function evaluateBinary(walk: Walk, node: ts.BinaryExpression): Origins {
  const { ts } = walk;
  const { kind } = node.operatorToken;
  if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) {
    const right = evaluate(walk, node.right);
    if (kind !== ts.SyntaxKind.EqualsToken) evaluate(walk, node.left);
    assign(walk, node.left, right);
    return kind === ts.SyntaxKind.EqualsToken ? right : union(right, evaluate(walk, node.left));
  }
  const left = evaluate(walk, node.left);
  const right = evaluate(walk, node.right);
  switch (kind) {
    case ts.SyntaxKind.CommaToken: return right;
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.QuestionQuestionToken: return union(left, right);
    default: return NOTHING;
  }
}

export function assign(walk: Walk, target: ts.Expression, value: Origins): void {
  const { ts, checker } = walk;
  if (ts.isParenthesizedExpression(target) || ts.isNonNullExpression(target) || ts.isAsExpression(target) || ts.isSatisfiesExpression(target) || ts.isTypeAssertionExpression(target)) return assign(walk, target.expression, value);
  if (ts.isIdentifier(target)) {
    const symbol = checker.getSymbolAtLocation(target);
    const declaration = symbol?.valueDeclaration;
    if (symbol && declaration && isWithin(declaration, walk.root)) { flow(walk, variable(walk, symbol), value); return; }
    note(walk, 'write', `assigns \`${target.text}\`, which lives outside of it`, [quote(target.parent)]);
    store(walk, value);
    return;
  }
  if (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) {
    const base = evaluate(walk, target.expression);
    if (ts.isElementAccessExpression(target)) evaluate(walk, target.argumentExpression);
    const symbol = ts.isPropertyAccessExpression(target) ? checker.getSymbolAtLocation(target.name) : undefined;
    if (symbol && symbol.flags & ts.SymbolFlags.Accessor && symbol.valueDeclaration && !isLibrary(ts, symbol.valueDeclaration)) invokeAccessor(walk, symbol, 'set', base, value, target);
    change(walk, base, value, target.parent);
    return;
  }
  if (ts.isArrayLiteralExpression(target)) {
    const from = ts.isBinaryExpression(target.parent) && target.parent.left === target ? target.parent.right : target;
    const inner = iterate(walk, value, from);
    for (const element of target.elements) if (!ts.isOmittedExpression(element)) assignElement(walk, element, inner);
    return;
  }
  if (ts.isObjectLiteralExpression(target)) {
    const inner = contentOf(value);
    for (const property of target.properties) {
      if (ts.isShorthandPropertyAssignment(property)) {
        if (property.objectAssignmentInitializer) evaluate(walk, property.objectAssignmentInitializer);
        assignShorthand(walk, property, inner);
      } else if (ts.isPropertyAssignment(property)) assignElement(walk, property.initializer, inner);
      else if (ts.isSpreadAssignment(property)) assign(walk, property.expression, hold(walk, property, inner));
    }
    return;
  }
  note(walk, 'unknown', 'assigns in a way that is not known', [quote(target)]);
}

function assignElement(walk: Walk, element: ts.Expression, value: Origins): void {
  const { ts } = walk;
  if (ts.isSpreadElement(element)) return assign(walk, element.expression, hold(walk, element, value));
  if (ts.isBinaryExpression(element) && element.operatorToken.kind === ts.SyntaxKind.EqualsToken) return assign(walk, element.left, union(value, evaluate(walk, element.right)));
  assign(walk, element, value);
}

function assignShorthand(walk: Walk, property: ts.ShorthandPropertyAssignment, value: Origins): void {
  const symbol = walk.checker.getShorthandAssignmentValueSymbol(property);
  if (symbol?.valueDeclaration && isWithin(symbol.valueDeclaration, walk.root)) flow(walk, variable(walk, symbol), value);
  else note(walk, 'write', `assigns \`${property.name.text}\`, which lives outside of it`, [quote(property.parent)]);
}

function evaluateObject(walk: Walk, node: ts.ObjectLiteralExpression): Origins {
  const { ts } = walk;
  const content = node.properties.map((property): Origins => {
    if (property.name && ts.isComputedPropertyName(property.name)) evaluate(walk, property.name.expression);
    if (ts.isPropertyAssignment(property)) return evaluate(walk, property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) return evaluateName(walk, property.name);
    if (ts.isSpreadAssignment(property)) return contentOf(evaluate(walk, property.expression));
    return closure(walk, property);
  });
  return hold(walk, node, union(...content));
}

/** A function inside the function: its body is walked in place, as if it were called. */
function closure(walk: Walk, node: FunctionNode): Origins {
  walk.closures.push(node);
  walkFunction(walk, node);
  walk.closures.pop();
  return new Set([functionValue(walk, node)]);
}

/** Everything that a piece of code names is given away. */
function captureAll(walk: Walk, node: ts.Node): void {
  const { ts } = walk;
  const visit = (child: ts.Node): void => {
    if (ts.isIdentifier(child) && ts.isExpression(child)) {
      const symbol = walk.checker.getSymbolAtLocation(child);
      const origins = symbol && walk.variables.get(symbol);
      if (origins) surrender(walk, origins);
    }
    if (child.kind === ts.SyntaxKind.ThisKeyword) surrender(walk, new Set([walk.self]));
    ts.forEachChild(child, visit);
  };
  visit(node);
}

/** What iteration yields. Iterating anything but the collections of the standard library runs code that is not known. */
export function iterate(walk: Walk, value: Origins, node: ts.Node): Origins {
  const foreign = [...value].some((origin) => origin.kind !== 'made');
  if (foreign && !isPlainlyIterable(walk, walk.checker.getTypeAtLocation(node))) {
    note(walk, 'unknown', 'iterates over something that may run code of its own', [quote(node)]);
    surrender(walk, value);
  }
  return contentOf(value);
}

function isPlainlyIterable(walk: Walk, type: ts.Type): boolean {
  const { ts, checker } = walk;
  if (type.isUnion()) return type.types.every((member) => isPlainlyIterable(walk, member));
  if (isPrimitive(ts, type) || checker.isArrayType(type) || checker.isTupleType(type)) return true;
  const bound = type.flags & ts.TypeFlags.TypeParameter ? checker.getBaseConstraintOfType(type) : undefined;
  if (bound && bound !== type) return isPlainlyIterable(walk, bound);
  const declaration = type.symbol?.declarations?.[0];
  return declaration !== undefined && isLibrary(ts, declaration) && isPlainIterable(type.symbol.name);
}

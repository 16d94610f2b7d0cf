/** Calls: of functions of the project by their summaries, of the standard library by its table, of anything else unknown. */
import type ts from 'typescript';
import { bind, evaluate, findFunction, hold, isWithin, iterate } from './effects-evaluate.ts';
import { findLibraryConstructor, findLibraryUse, isLibrary, type LibraryUse } from './effects-library.ts';
import { isStatelessPattern } from './effects-outside.ts';
import {
  change, contentOf, flow, makeObject, note, NOTHING, quote, reachOf, resultOf, store, surrender, union,
  type FunctionNode, type Origin, type Origins, type Summary, type Walk,
} from './effects-state.ts';

type CallNode = ts.CallExpression | ts.TaggedTemplateExpression | ts.NewExpression;

interface Arguments {
  readonly each: readonly Origins[];
  readonly nodes: readonly ts.Expression[];
  /** From here on positions are not known: a spread. */
  readonly spreadFrom: number | undefined;
  readonly all: Origins;
}

export function evaluateCall(walk: Walk, node: ts.CallExpression | ts.TaggedTemplateExpression): Origins {
  const { ts, checker } = walk;
  let callee: ts.Expression = ts.isCallExpression(node) ? node.expression : node.tag;
  while (ts.isParenthesizedExpression(callee) || ts.isNonNullExpression(callee)) callee = callee.expression;
  const args = readArguments(walk, node);
  if (callee.kind === ts.SyntaxKind.SuperKeyword) return evaluateSuper(walk, node, args);
  if (callee.kind === ts.SyntaxKind.ImportKeyword) { note(walk, 'unknown', 'imports a module when called', [quote(node)]); return new Set([walk.outside]); }
  if (ts.isPropertyAccessExpression(callee)) {
    const symbol = checker.getSymbolAtLocation(callee.name);
    const special = symbol && callFunctionMethod(walk, callee, symbol, args, node);
    if (special) return special;
    const receiver = evaluate(walk, callee.expression);
    const known = symbol && callSymbol(walk, symbol, receiver, callee.expression, args, node);
    return known ?? callValue(walk, contentOf(receiver), receiver, args, node);
  }
  return callValue(walk, evaluate(walk, callee), NOTHING, args, node);
}

function readArguments(walk: Walk, node: CallNode): Arguments {
  const { ts } = walk;
  const nodes: ts.Expression[] = ts.isTaggedTemplateExpression(node)
    ? (ts.isTemplateExpression(node.template) ? node.template.templateSpans.map((span) => span.expression) : [])
    : [...(node.arguments ?? [])];
  const at = nodes.findIndex((n) => ts.isSpreadElement(n));
  const each = nodes.map((n) => (ts.isSpreadElement(n) ? iterate(walk, evaluate(walk, n.expression), n.expression) : evaluate(walk, n)));
  return { each: ts.isTaggedTemplateExpression(node) ? [NOTHING, ...each] : each, nodes, spreadFrom: at === -1 ? undefined : at, all: union(...each) };
}

/** `f.call(x, …)`, `f.apply(x, …)`, `f.bind(x, …)`. */
function callFunctionMethod(walk: Walk, callee: ts.PropertyAccessExpression, symbol: ts.Symbol, args: Arguments, node: CallNode): Origins | undefined {
  const { ts } = walk;
  const parent = symbol.valueDeclaration?.parent;
  if (!parent || !symbol.valueDeclaration || !isLibrary(ts, symbol.valueDeclaration)) return undefined;
  if (!ts.isInterfaceDeclaration(parent) || !/^(Callable|Newable)?Function$/.test(parent.name.text)) return undefined;
  const [self = NOTHING, ...rest] = args.each;
  const target = evaluate(walk, callee.expression);
  const passed = union(...rest, ...rest.map(contentOf));
  if (symbol.name === 'call' || symbol.name === 'apply') return callValue(walk, target, self, { each: [passed], nodes: [], spreadFrom: 0, all: passed }, node);
  if (symbol.name !== 'bind') return undefined;
  // Bound arguments come first: what the function is called with later is not known any more.
  note(walk, 'unknown', 'binds a function', [quote(node)]);
  surrender(walk, union(target, args.all));
  return new Set([walk.outside]);
}

/** @returns undefined when the symbol says nothing about what is called */
function callSymbol(walk: Walk, symbol: ts.Symbol, receiver: Origins, receiverNode: ts.Expression, args: Arguments, node: CallNode): Origins | undefined {
  const { ts, checker } = walk;
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = target.declarations ?? [];
  const uses = declarations.map((d) => findLibraryUse(ts, d, target.name));
  if (uses.length > 0 && uses.every((use) => use !== undefined)) {
    const distinct = [...new Set(uses as LibraryUse[])];
    return union(...distinct.map((use) => applyLibrary(walk, use, receiver, receiverNode, args, node)));
  }
  const bodies = declarations.filter((d): d is ts.MethodDeclaration => ts.isMethodDeclaration(d) && d.body !== undefined);
  if (bodies.length === 1 && declarations.every((d) => d === bodies[0] || (ts.isMethodDeclaration(d) && d.parent === bodies[0]!.parent))) {
    return walk.isOverridden(bodies[0]!) ? undefined : callFunction(walk, bodies[0]!, receiver, args, node);
  }
  const [declaration] = declarations;
  const known = declaration && (findFunction(walk, declaration) ?? findFixedProperty(walk, declaration));
  return known && callFunction(walk, known, receiver, args, node);
}

/** `const lib = { f: (x) => … }` and `private readonly f = () => …`: a property that stays what it was. */
function findFixedProperty(walk: Walk, declaration: ts.Node): FunctionNode | undefined {
  const { ts, checker } = walk;
  const initializer = ts.isPropertyAssignment(declaration) || ts.isPropertyDeclaration(declaration) ? declaration.initializer : undefined;
  if (!initializer || !(ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))) return undefined;
  if (ts.isPropertyDeclaration(declaration)) return ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Readonly && !walk.isOverridden(declaration) ? initializer : undefined;
  const object = declaration.parent.parent;
  const symbol = ts.isVariableDeclaration(object) && ts.isIdentifier(object.name) ? checker.getSymbolAtLocation(object.name) : undefined;
  return symbol && walk.isSteady(symbol) ? initializer : undefined;
}

/** Calls whatever a value may be. */
function callValue(walk: Walk, value: Origins, receiver: Origins, args: Arguments, node: CallNode): Origins {
  const results: Origins[] = [];
  let called = false;
  for (const origin of value) {
    if (origin.kind === 'made') continue;
    called = true;
    if (origin.kind === 'function') results.push(callFunction(walk, origin.node, receiver, args, node));
    else if (origin.kind === 'library') {
      const use = findLibraryUse(walk.ts, origin.node, origin.name);
      results.push(use ? applyLibrary(walk, use, receiver, undefined, args, node) : callUnknown(walk, receiver, args, node));
    } else if (origin.kind === 'parameter' && isParameter(walk, calleeOf(walk, node), origin.index)) results.push(callParameter(walk, origin.index, args));
    else results.push(callUnknown(walk, receiver, args, node));
  }
  if (called) return union(...results);
  return walk.settled ? callUnknown(walk, receiver, args, node) : NOTHING;
}

function calleeOf({ ts }: Walk, node: CallNode): ts.Expression {
  return ts.isTaggedTemplateExpression(node) ? node.tag : node.expression;
}

/** Whether an expression is the parameter itself, not something taken out of it. */
function isParameter({ ts, checker, root }: Walk, node: ts.Expression | undefined, index: number): boolean {
  if (!node || !ts.isIdentifier(node)) return false;
  const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
  return declaration !== undefined && ts.isParameter(declaration) && !declaration.dotDotDotToken && ts.isIdentifier(declaration.name)
    && ownParameters(ts, root)[index] === declaration;
}

function ownParameters(ts: Walk['ts'], fn: FunctionNode): ts.ParameterDeclaration[] {
  return fn.parameters.filter((p) => !(ts.isIdentifier(p.name) && p.name.text === 'this'));
}

/** The caller decides what that does: see `applySummary`. */
function callParameter(walk: Walk, index: number, args: Arguments): Origins {
  const use = walk.uses[index]!;
  if (!use.called) { use.called = true; walk.changed = true; }
  surrender(walk, args.all);
  return new Set([walk.outside, ...args.all]);
}

function callUnknown(walk: Walk, receiver: Origins, args: Arguments, node: CallNode): Origins {
  note(walk, 'unknown', `calls \`${quote(calleeOf(walk, node))}\`, of which nothing is known`, [quote(node)]);
  const given = union(receiver, args.all);
  surrender(walk, given);
  callbacks(walk, args, new Set([walk.outside]), node);
  return new Set([walk.outside, ...given]);
}

export function callFunction(walk: Walk, fn: FunctionNode, receiver: Origins, args: Arguments, node: ts.Node): Origins {
  if (fn === walk.root || !isWithin(fn, walk.root)) return callOutside(walk, fn, receiver, args, node);
  const own = ownParameters(walk.ts, fn);
  const rest = argumentAt(args, own.length - 1, true);
  own.forEach((parameter, i) => {
    bind(walk, parameter.name, parameter.dotDotDotToken ? hold(walk, parameter, rest) : argumentAt(args, i, false));
  });
  const result = resultOf(walk, fn);
  return isDeferred(walk, fn) ? hold(walk, node, result) : result;
}

/** A function may be handed to itself as a callback: that is followed once. */
function callOutside(walk: Walk, fn: FunctionNode, receiver: Origins, args: Arguments, node: ts.Node): Origins {
  if (walk.applying.filter((each) => each === fn).length > 1) {
    note(walk, 'unknown', 'hands functions to each other in a way that could not be followed', [quote(node)]);
    surrender(walk, union(receiver, args.all));
    return new Set([walk.outside, ...args.all]);
  }
  walk.applying.push(fn);
  const result = applySummary(walk, walk.read(fn), fn, receiver, args, node);
  walk.applying.pop();
  return result;
}

function isDeferred({ ts }: Walk, fn: FunctionNode): boolean {
  return (ts.getCombinedModifierFlags(fn) & ts.ModifierFlags.Async) !== 0 || ('asteriskToken' in fn && fn.asteriskToken !== undefined);
}

function argumentAt(args: Arguments, index: number, rest: boolean): Origins {
  if (args.spreadFrom !== undefined && index >= args.spreadFrom) return union(...args.each.slice(args.spreadFrom));
  const spread = rest ? args.each.slice(Math.max(0, index)) : [args.each[index] ?? NOTHING];
  return union(...spread);
}

function applySummary(walk: Walk, summary: Summary, fn: FunctionNode, receiver: Origins, args: Arguments, node: ts.Node): Origins {
  if (summary.kind !== 'pure') note(walk, summary.kind, summary.reason, [quote(node), ...summary.evidence.slice(0, 7)]);
  const result: Origins[] = [];
  let returnsMade = false;
  const values = summary.parameters.map((_, i) => argumentAt(args, i, i === summary.parameters.length - 1 && fn.parameters.at(-1)?.dotDotDotToken !== undefined));
  // What is kept in an argument or in `this` was noted as stored when it happened.
  const kept = reachOf(union(receiver, ...values.filter((_, i) => summary.parameters[i]!.stored)));
  summary.parameters.forEach((parameter, i) => {
    const value = values[i]!;
    if (parameter.mutated) change(walk, reachOf(value), kept, node, parameter.evidence.slice(0, 7));
    if (parameter.stored) store(walk, value);
    if (parameter.called) callCallback(walk, value, reachOf(args.all), node, args.spreadFrom === undefined ? args.nodes[i] : undefined);
    if (parameter.returned) { result.push(value, reachOf(value)); returnsMade = true; }
  });
  if (summary.changesThis) change(walk, reachOf(receiver), kept, node, summary.thisEvidence.slice(0, 7));
  if (summary.returnsThis) { result.push(receiver, contentOf(receiver)); returnsMade = true; }
  if (summary.returnsOutside) result.push(new Set([walk.outside]));
  const content = returnsMade ? union(...result) : summary.returnsOutside ? new Set<Origin>([walk.outside]) : NOTHING;
  return union(...result, hold(walk, node, content));
}

/** Functions among the arguments are called with `given`. */
function callbacks(walk: Walk, args: Arguments, given: Origins, node: ts.Node): void {
  for (const value of args.each) callCallback(walk, new Set([...value].filter((o) => o.kind === 'function')), given, node, undefined);
}

/** @param expression of the value, where there is one */
function callCallback(walk: Walk, value: Origins, given: Origins, node: ts.Node, expression: ts.Expression | undefined): Origins {
  const results: Origins[] = [];
  const args: Arguments = { each: [given], nodes: [], spreadFrom: 0, all: given };
  for (const origin of value) {
    if (origin.kind === 'function') results.push(callFunction(walk, origin.node, new Set([walk.outside]), args, node));
    else if (origin.kind === 'parameter' && isParameter(walk, expression, origin.index)) results.push(callParameter(walk, origin.index, args));
    else if (origin.kind === 'library') {
      const use = findLibraryUse(walk.ts, origin.node, origin.name);
      if (use?.kind !== 'pure' || use.changes) note(walk, use?.kind === 'pure' ? 'unknown' : use?.kind ?? 'unknown', `calls \`${origin.name}\``, [quote(node)]);
      results.push(given);
    } else {
      note(walk, 'unknown', 'calls a function that is not known', [quote(node)]);
      surrender(walk, union(given, new Set([origin])));
      results.push(new Set([walk.outside]));
    }
  }
  return union(...results);
}

function applyLibrary(walk: Walk, use: LibraryUse, receiver: Origins, receiverNode: ts.Expression | undefined, args: Arguments, node: CallNode): Origins {
  if (use.kind !== 'pure') note(walk, use.kind, `calls \`${quote(calleeOf(walk, node))}\``, [quote(node)]);
  if (use.iterates) iterate(walk, args.each[0] ?? NOTHING, args.nodes[0] ?? node);
  movePattern(walk, use, receiver, receiverNode, args, node);
  const source = use.isStatic ? args.all : receiver;
  const held = union(contentOf(source), contentOf(args.all), use.isStatic ? NOTHING : args.all);
  const returned = args.nodes.some((n) => isCallable(walk, n)) ? callLibraryCallbacks(walk, args, union(held, source), node) : NOTHING;
  if (use.changes) change(walk, use.changes === 'receiver' ? receiver : args.each[0] ?? NOTHING, union(args.all, held), node);
  switch (use.result) {
    case 'value': return NOTHING;
    case 'copy': return hold(walk, node, union(held, returned, contentOf(returned), use.isStatic ? args.all : NOTHING));
    case 'element': return union(held, returned);
    case 'same': return use.isStatic ? args.each[0] ?? NOTHING : receiver;
  }
}

function isCallable({ checker, ts }: Walk, node: ts.Expression): boolean {
  const type = checker.getTypeAtLocation(node);
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter)) return true;
  return (type.isUnion() ? type.types : [type]).some((t) => t.getCallSignatures().length > 0);
}

function callLibraryCallbacks(walk: Walk, args: Arguments, given: Origins, node: ts.Node): Origins {
  let returned: Origins = NOTHING;
  args.nodes.forEach((argument, i) => {
    const value = args.each[i] ?? NOTHING;
    if (!isCallable(walk, argument)) return;
    const { flags } = walk.checker.getTypeAtLocation(argument);
    // A value of an open type may be a function, and is only known not to be called where a function is not asked for.
    if (flags & (walk.ts.TypeFlags.Any | walk.ts.TypeFlags.Unknown | walk.ts.TypeFlags.TypeParameter)) {
      if (walk.checker.getContextualType(argument)?.getCallSignatures().length === 0) return;
      if (!walk.checker.getContextualType(argument)) return;
    }
    returned = union(returned, callCallback(walk, value, union(given, ...args.each.filter((_, k) => k !== i)), node, argument));
  });
  return returned;
}

/** `lastIndex` of a global or sticky expression is state; a literal without those flags has none. */
function movePattern(walk: Walk, use: LibraryUse, receiver: Origins, receiverNode: ts.Expression | undefined, args: Arguments, node: ts.Node): void {
  if (!use.pattern) return;
  const pattern = use.pattern === 'receiver' ? receiver : args.each[0] ?? NOTHING;
  const expression = use.pattern === 'receiver' ? receiverNode : args.nodes[0];
  if (pattern.size === 0 || (expression && isStateless(walk, expression))) return;
  if (expression && walk.checker.getTypeAtLocation(expression).getCallSignatures().length > 0) return;
  change(walk, pattern, NOTHING, node);
}

/** A stateless literal, or a constant that is one. */
function isStateless({ ts, checker }: Walk, node: ts.Expression): boolean {
  if (!ts.isIdentifier(node)) return isStatelessPattern(ts, node);
  const symbol = checker.getSymbolAtLocation(node);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target?.valueDeclaration;
  return declaration !== undefined && ts.isVariableDeclaration(declaration) && (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0
    && declaration.initializer !== undefined && isStatelessPattern(ts, declaration.initializer);
}

export function invokeAccessor(walk: Walk, symbol: ts.Symbol, which: 'get' | 'set', receiver: Origins, value: Origins, node: ts.Node): Origins {
  const { ts } = walk;
  const accessors = (symbol.declarations ?? []).filter((d) => (which === 'get' ? ts.isGetAccessor(d) : ts.isSetAccessor(d))) as (ts.GetAccessorDeclaration | ts.SetAccessorDeclaration)[];
  const [accessor] = accessors;
  const args: Arguments = { each: [value], nodes: [], spreadFrom: undefined, all: value };
  if (accessors.length === 1 && accessor?.body && !walk.isOverridden(accessor)) return callFunction(walk, accessor, receiver, args, node);
  // An interface may declare an accessor where the object has a plain property.
  note(walk, 'unknown', `uses the accessor \`${symbol.name}\`, whose code is not known`, [quote(node)]);
  surrender(walk, union(receiver, value));
  return new Set([walk.outside]);
}

export function evaluateNew(walk: Walk, node: ts.NewExpression): Origins {
  const { ts, checker } = walk;
  const args = readArguments(walk, node);
  const symbol = ts.isIdentifier(node.expression) || ts.isPropertyAccessExpression(node.expression)
    ? checker.getSymbolAtLocation(ts.isIdentifier(node.expression) ? node.expression : node.expression.name) : undefined;
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target?.declarations?.find((d): d is ts.ClassDeclaration => ts.isClassDeclaration(d) && !isLibrary(ts, d));
  const self = makeObject(walk, node);
  if (declaration && construct(walk, declaration, new Set([self]), args, node)) return new Set([self]);
  const isLib = target?.declarations?.some((d) => isLibrary(ts, d)) === true;
  const iterates = isLib && target ? findLibraryConstructor(target.name) : undefined;
  if (iterates === undefined || !target) return callUnknown(walk, NOTHING, args, node);
  if (target.name === 'Date' && args.each.length === 0) note(walk, 'read', 'reads the clock', [quote(node)]);
  const [first = NOTHING] = args.each;
  if (iterates) iterate(walk, first, args.nodes[0] ?? node);
  const returned = target.name === 'Promise' ? callLibraryCallbacks(walk, args, NOTHING, node) : NOTHING;
  flow(walk, self.content, union(args.all, contentOf(args.all), contentOf(contentOf(args.all)), returned));
  return new Set([self]);
}

function evaluateSuper(walk: Walk, node: ts.CallExpression | ts.TaggedTemplateExpression, args: Arguments): Origins {
  const { ts } = walk;
  const owner = ts.findAncestor(node, (n): n is ts.ClassLikeDeclaration => ts.isClassLike(n));
  const parent = owner && findParentClass(walk, owner);
  const done = parent === 'library' || (parent !== undefined && construct(walk, parent, new Set([walk.self]), args, node));
  if (parent === 'library') change(walk, new Set([walk.self]), args.all, node);
  return done ? NOTHING : callUnknown(walk, new Set([walk.self]), args, node as ts.CallExpression);
}

/** Runs field initialisers and constructors, from the base class down. @returns false when part of them is not known */
function construct(walk: Walk, node: ts.ClassLikeDeclaration, self: Origins, args: Arguments, at: ts.Node): boolean {
  const { ts } = walk;
  const constructor = node.members.find((m): m is ts.ConstructorDeclaration => ts.isConstructorDeclaration(m) && m.body !== undefined);
  const parent = findParentClass(walk, node);
  if (node.heritageClauses?.some((h) => h.token === ts.SyntaxKind.ExtendsKeyword) && parent === undefined) return false;
  if (!constructor && parent !== undefined && parent !== 'library' && !construct(walk, parent, self, args, at)) return false;
  if (parent === 'library') change(walk, self, args.all, at);
  for (const member of node.members) {
    if (!ts.isPropertyDeclaration(member) || !member.initializer || ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static) continue;
    if (ts.isArrowFunction(member.initializer) || ts.isFunctionExpression(member.initializer)) change(walk, self, self, member);
    else if (mentionsThis(walk, member.initializer)) return false;
    else change(walk, self, evaluate(walk, member.initializer), member);
  }
  if (!constructor) return true;
  const properties = constructor.parameters.filter((p) => ts.isParameterPropertyDeclaration(p, constructor));
  if (properties.length > 0) change(walk, self, args.all, at);
  callFunction(walk, constructor, self, args, at);
  return true;
}

function mentionsThis(walk: Walk, node: ts.Node): boolean {
  return node.kind === walk.ts.SyntaxKind.ThisKeyword || walk.ts.forEachChild(node, (child) => mentionsThis(walk, child)) === true;
}

function findParentClass(walk: Walk, node: ts.ClassLikeDeclaration): ts.ClassLikeDeclaration | 'library' | undefined {
  const { ts, checker } = walk;
  const clause = node.heritageClauses?.find((h) => h.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  if (!clause || !ts.isIdentifier(clause.expression)) return undefined;
  const symbol = checker.getSymbolAtLocation(clause.expression);
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (target?.declarations?.some((d) => isLibrary(ts, d))) return findLibraryConstructor(target.name) === undefined ? undefined : 'library';
  return target?.declarations?.find((d): d is ts.ClassDeclaration => ts.isClassDeclaration(d));
}

/**
 * Walks code and lists everything in it that is not plainly harmless: each capability, each construct outside the allow-list.
 * The same walk over the author's function says what the candidate may do as well.
 */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';
import { makeClockReader } from './clock.ts';
import { isAllowedSyntax, isAllowedType } from './grammar.ts';
import { FORBIDDEN_NAMES, GLOBALS, HARMLESS_INTERFACES, LOCAL_TIME, LOCALISED, MEMBERS_AS_VALUES, MUTATORS } from './globals.ts';
import { makeCoercionReader } from './coercion.ts';
import type { MemberIds } from './member-ids.ts';
import { findModuleState } from './module-state.ts';
import { judgeRegExp } from './regular-expression.ts';
import { makeSureNumber } from './sure-number.ts';

export interface Use {
  /** Equal for the same capability, wherever it is used. */
  readonly key: string;
  /** Of which any other is the same capability, too. */
  readonly others?: readonly string[];
  readonly node: ts.Node;
  readonly rule: string;
  readonly reason: string;
  readonly hint: string;
  /** The world may see it: phases around O′ may not have it even when the original has. */
  readonly effect: boolean;
}

export interface UsesInput {
  readonly ts: Ts;
  readonly checker: ts.TypeChecker;
  /** What is walked; what is declared in it is its own. */
  readonly roots: readonly ts.Node[];
  /** Functions whose parameters hold objects of the caller's. */
  readonly entries: ReadonlySet<ts.Node>;
  /** Names in the file that the emission itself put there. */
  readonly offered: ReadonlySet<string>;
  /** The author's text: odd names that stand there may stand here. */
  readonly known: string;
  readonly members: MemberIds;
  /** Whether it stands in the original, or in a function that is the original word for word. */
  isOriginal(node: ts.Node): boolean;
  /** Whether an object within the original's reach has a function of that name that the original does not use: nothing else may pass under it. */
  hasIdle(name: string): boolean;
}

/** Names of names that are followed. */
const MAX_ALIASES = 20;
/** Of types inside types that are looked at. */
const MAX_PARTS = 3;
const MADE_FUNCTION = 'call the function by the type that its owner declares';
const SAME = 'do without it, or do exactly what the original does';

export function findUses(input: UsesInput): readonly Use[] {
  const { ts, checker, roots, entries, offered, known, members, isOriginal, hasIdle } = input;
  const out: Use[] = [];
  const file = roots[0]?.getSourceFile();
  if (file === undefined) return out;

  const say = (key: string, node: ts.Node, rule: string, reason: string, hint = SAME, effect = true): void => { out.push({ key, node, rule, reason, hint, effect }); };
  /** A member that others own, by the declaration that it has in their types. */
  const sayMember = (symbol: ts.Symbol | undefined, name: string, node: ts.Node, reason: string, effect = true): void => {
    const [key = `member:${name}`, ...others] = members.keysOf(symbol, name);
    out.push({ key, others, node, rule: 'capability', reason, hint: SAME, effect });
  };
  const textOf = (node: ts.Node): string => node.getText(file).replace(/\s+/g, ' ').slice(0, 80);
  const isOwn = (declaration: ts.Node): boolean => declaration.getSourceFile() === file && roots.some((root) => declaration.pos >= root.pos && declaration.end <= root.end);
  const isOwnSymbol = (symbol: ts.Symbol): boolean => symbol.declarations?.some(isOwn) === true;
  const keyOf = (symbol: ts.Symbol): string => {
    const declaration = symbol.declarations?.[0];
    return declaration === undefined ? `?${symbol.name}` : `${declaration.getSourceFile().fileName}:${declaration.pos}`;
  };
  const isFunction = (type: ts.Type): boolean => type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0 || (type.isUnionOrIntersection() && type.types.some(isFunction));
  const isAny = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.Any) !== 0;
  const argumentsOf = (type: ts.Type): readonly ts.Type[] => checker.getTypeArguments(type as ts.TypeReference);
  /** A function, or what hands one out: a list or a dictionary of them. */
  const holdsFunction = (type: ts.Type, depth = 0): boolean => {
    if (isFunction(type)) return true;
    if (depth > MAX_PARTS) return false;
    if (type.isUnionOrIntersection()) return type.types.some((part) => holdsFunction(part, depth));
    return [...argumentsOf(type), ...checker.getIndexInfosOfType(type).map((info) => info.type)].some((part) => holdsFunction(part, depth + 1));
  };
  /** Of which nothing is known, or of whose parts nothing is. */
  const isUntyped = (type: ts.Type, depth = 0): boolean => isAny(type) || (depth < MAX_PARTS && argumentsOf(type).some((part) => isUntyped(part, depth + 1)));
  const isPrimitive = (type: ts.Type): boolean => {
    if (type.isUnion()) return type.types.every(isPrimitive);
    return (type.flags & (ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.ESSymbolLike | ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void)) !== 0;
  };
  const libraryOf = (symbol: ts.Symbol): 'ecmascript' | 'platform' | undefined => {
    const files = symbol.declarations?.map((d) => d.getSourceFile()) ?? [];
    if (files.length === 0 || !files.every((f) => f.isDeclarationFile)) return undefined;
    if (files.some((f) => /(?:^|\/)lib\.(?:es|decorators)[\w.]*\.d\.ts$/.test(f.fileName))) return 'ecmascript';
    return files.some((f) => /(?:^|\/)lib\.[\w.]+\.d\.ts$|\/node_modules\/(?:@types\/node|undici-types|@typescript\/lib-\w+)\//.test(f.fileName)) ? 'platform' : undefined;
  };
  const isGlobal = (symbol: ts.Symbol): boolean => (symbol.flags & ts.SymbolFlags.Alias) === 0 && (symbol.declarations ?? []).every((d) => {
    const source = d.getSourceFile();
    return source !== file && (source.isDeclarationFile || !ts.isExternalModule(source));
  });
  /** Below parentheses, `!`, `as` and `satisfies`. */
  const bare = (node: ts.Expression): ts.Expression => {
    let at = node;
    while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at) || ts.isTypeAssertionExpression(at)) at = at.expression;
    return at;
  };
  const above = (node: ts.Node): ts.Node => {
    let at = node.parent;
    while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at) || ts.isAsExpression(at) || ts.isSatisfiesExpression(at) || ts.isTypeAssertionExpression(at)) at = at.parent;
    return at;
  };
  const memberName = (node: ts.Node): string | undefined => {
    if (ts.isPropertyAccessExpression(node)) return node.name.text;
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(bare(node.argumentExpression))) return (bare(node.argumentExpression) as ts.StringLiteralLike).text;
    return undefined;
  };
  const isAccess = (node: ts.Node): node is ts.PropertyAccessExpression | ts.ElementAccessExpression => ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);

  type Root =
    | { readonly kind: 'local' } | { readonly kind: 'given'; readonly name: string } | { readonly kind: 'free'; readonly name: string }
    | { readonly kind: 'module'; readonly symbol: ts.Symbol } | { readonly kind: 'code'; readonly name: string } | { readonly kind: 'fresh' };
  /** Whose object an expression starts from. Second names are followed where they are constants; any others are the behaviour check's business. */
  const rootOf = (node: ts.Expression, hops = 0): Root => {
    const at = bare(node);
    if (isAccess(at)) return rootOf(at.expression, hops);
    if (at.kind === ts.SyntaxKind.ThisKeyword) return isInOwnClass(at) ? { kind: 'local' } : { kind: 'free', name: 'this' };
    if (!ts.isIdentifier(at)) return { kind: 'fresh' };
    const symbol = checker.getSymbolAtLocation(at);
    if (symbol === undefined || !isOwnSymbol(symbol)) return { kind: 'free', name: at.text };
    const declaration = symbol.valueDeclaration;
    const parameter = declaration && ts.findAncestor(declaration, (n) => ts.isParameter(n) || ts.isStatement(n));
    if (parameter !== undefined && ts.isParameter(parameter) && entries.has(parameter.parent)) return { kind: 'given', name: at.text };
    if (declaration !== undefined && ts.isVariableDeclaration(declaration) && ts.isVariableStatement(declaration.parent.parent) && roots.includes(declaration.parent.parent)) return { kind: 'module', symbol };
    if (declaration !== undefined && roots.includes(declaration) && (ts.isFunctionDeclaration(declaration) || ts.isClassDeclaration(declaration))) return { kind: 'code', name: at.text };
    const source = declaration && hops < MAX_ALIASES ? findConstantSource(declaration) : undefined;
    if (source === undefined) return { kind: 'local' };
    const root = rootOf(source, hops + 1);
    return root.kind === 'fresh' ? { kind: 'local' } : root;
  };
  /** What a constant is another name for, or for a part of: `const a = x.y`, `const { a } = x`, `for (const a of x)`. */
  const findConstantSource = (declaration: ts.Declaration): ts.Expression | undefined => {
    let at: ts.Node = declaration;
    while (ts.isBindingElement(at)) {
      if (at.dotDotDotToken !== undefined) return undefined; // a copy
      at = at.parent.parent;
    }
    if (!ts.isVariableDeclaration(at) || (ts.getCombinedNodeFlags(at) & ts.NodeFlags.Const) === 0) return undefined;
    const loop = at.parent.parent;
    return at.initializer ?? (ts.isForOfStatement(loop) ? loop.expression : undefined);
  };
  const isInOwnClass = (node: ts.Node): boolean => {
    const scope = ts.findAncestor(node, (n) => (ts.isFunctionLike(n) && !ts.isArrowFunction(n)) || ts.isPropertyDeclaration(n));
    return scope !== undefined && scope.parent !== undefined && (ts.isClassLike(scope.parent) || ts.isObjectLiteralExpression(scope.parent)) && isOwn(scope.parent);
  };
  const implemented = new Set<string>();
  const collect = (node: ts.Node): void => {
    if ((ts.isMethodDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) || ts.isAccessor(node)) && ts.isIdentifier(node.name)) implemented.add(node.name.text);
    ts.forEachChild(node, collect);
  };
  roots.forEach(collect);
  const isClock = makeClockReader(ts, checker, isOwnSymbol);

  // ---- names

  function visitName(node: ts.Identifier): void {
    if (file!.text.slice(node.getStart(file), node.end) !== node.text) say(`escape:${node.text}`, node, 'names', `the name ${node.text} is spelled with an escape`, 'write it plainly');
    if (/[^\x00-\x7f]/.test(node.text) && !known.includes(node.text)) say(`letters:${node.text}`, node, 'names', `the name ${node.text} has letters beyond ASCII that the author's file does not use`, 'write it in ASCII');
    const symbol = ts.isShorthandPropertyAssignment(node.parent) ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node);
    if (symbol === undefined) { say(`unknown:${node.text}`, node, 'names', `the name ${node.text} is not declared`, 'use only what is in scope'); return; }
    if (isOwnSymbol(symbol)) return;
    if (offered.has(node.text)) return;
    if (node.text === 'undefined') return;
    if (node.text === 'arguments' || isGlobal(symbol)) { visitGlobal(node, symbol); return; }
    const type = checker.getTypeAtLocation(node);
    const callable = isFunction(type);
    say(`name:${keyOf(symbol)}`, node, 'capability', `${node.text} is a name of the author's module that the original does not use`, SAME, callable);
    const up = above(node);
    const isUsedInPlace = (isAccess(up) && bare(up.expression) === node) || ((ts.isCallExpression(up) || ts.isNewExpression(up)) && bare(up.expression) === node) || isPrimitive(type);
    if (!isUsedInPlace) say(`bare:${keyOf(symbol)}`, node, 'capability', `${node.text} is handed on as a whole, which the original does not do`, SAME, callable);
  }

  function visitGlobal(node: ts.Identifier, symbol: ts.Symbol): void {
    const name = node.text;
    if (ts.isExpressionWithTypeArguments(node.parent) && ts.isHeritageClause(node.parent.parent) && node.parent.parent.token === ts.SyntaxKind.ImplementsKeyword) return; // a type
    const rule = libraryOf(symbol) === undefined && name !== 'globalThis' && name !== 'arguments' ? undefined : GLOBALS.get(name);
    const up = above(node);
    const refuse = (chain: string, why: string): void => say(`global:${chain}`, node, 'capability', why);
    if (rule === undefined) {
      let chain = name;
      let at: ts.Node = up;
      for (let below: ts.Node = node; isAccess(at) && bare(at.expression) === below && memberName(at) !== undefined; at = above(at)) { chain += `.${memberName(at)!}`; below = at; }
      refuse(chain, `${chain} is not among the globals that a candidate may use`);
      return;
    }
    if (isAccess(up) && bare(up.expression) === node) {
      const member = memberName(up);
      if (member === undefined) { refuse(`${name}[]`, `${name} is read by a computed name`); return; }
      if (member === 'prototype' && isBorrowedMethod(up, name)) return;
      if (rule.members?.has(member) !== true) { refuse(`${name}.${member}`, `${name}.${member} is not among what a candidate may use`); return; }
      visitGlobalMember(up, name, member);
      return;
    }
    if (ts.isCallExpression(up) && bare(up.expression) === node && rule.call === true) { visitGlobalCall(up, name); return; }
    if (ts.isNewExpression(up) && bare(up.expression) === node && rule.construct !== undefined) { visitConstruction(up, name, rule.construct); return; }
    if (ts.isBinaryExpression(up) && up.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword && bare(up.right) === node && (rule.construct !== undefined || rule.heritage === true)) return;
    if (ts.isExpressionWithTypeArguments(node.parent) && ts.isHeritageClause(node.parent.parent) && rule.heritage === true) return;
    if (rule.value === true && (rule.call !== true || ((ts.isCallExpression(up) || ts.isNewExpression(up)) && up.arguments?.some((a) => bare(a) === node) === true))) return;
    refuse(name, `${name} is used as a value`);
  }

  /** `Object.prototype.hasOwnProperty.call(x, key)` and its like. */
  function isBorrowedMethod(prototype: ts.Node, owner: string): boolean {
    const method = above(prototype);
    const call = isAccess(method) ? above(method) : undefined;
    const name = memberName(method);
    if (call === undefined || name === undefined || !isAccess(call) || memberName(call) !== 'call' || !ts.isCallExpression(above(call))) return false;
    return owner === 'Object' ? ['toString', 'hasOwnProperty', 'propertyIsEnumerable'].includes(name) : owner === 'Array' && !MUTATORS.has(name) && name !== 'constructor';
  }

  function visitGlobalMember(access: ts.PropertyAccessExpression | ts.ElementAccessExpression, owner: string, member: string): void {
    const up = above(access);
    const isCalled = (ts.isCallExpression(up) || ts.isNewExpression(up)) && bare(up.expression) === access;
    if (!isCalled) {
      if (ts.isBinaryExpression(up) && up.left === access && isAssignment(up.operatorToken.kind)) return; // said by the write itself
      if (ts.isTaggedTemplateExpression(up) && up.tag === access && owner === 'String' && member === 'raw') return;
      if (!isFunction(checker.getTypeAtLocation(access)) || owner === 'Symbol' || (MEMBERS_AS_VALUES.has(owner) && ((ts.isCallExpression(up) && up.arguments.some((a) => bare(a) === access)) || ts.isConditionalExpression(up)))) return;
      if (ts.isBinaryExpression(up) && up.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) return;
      // Math.max.apply(null, list)
      if (MEMBERS_AS_VALUES.has(owner) && isAccess(up) && /^(?:apply|call)$/.test(memberName(up) ?? '') && ts.isCallExpression(above(up)) && bare((above(up) as ts.CallExpression).expression) === up) return;
      say(`global:${owner}.${member} as a value`, access, 'capability', `${owner}.${member} is used as a value`, 'call it where it is needed');
      return;
    }
    const args = up.arguments ?? [];
    if (owner === 'Intl') {
      if (member === 'getCanonicalLocales') return;
      if (!namesLocale(args[0])) say('locale', up, 'determinism', `Intl.${member} without a locale depends on the machine`, "name the locale, as in 'en-US'", false);
      if (member === 'DateTimeFormat' && !namesTimeZone(args[1])) say('time zone', up, 'determinism', 'Intl.DateTimeFormat without a time zone depends on the machine', "say { timeZone: 'UTC' }", false);
    }
    if (owner === 'Object') {
      if (member === 'create' && (args.length !== 1 || args[0]!.kind !== ts.SyntaxKind.NullKeyword)) say('global:Object.create', up, 'capability', 'Object.create makes an object with a prototype of its choice', 'Object.create(null) is fine');
      if (['assign', 'freeze', 'seal'].includes(member) && args[0] !== undefined) visitChange(args[0], up, `Object.${member} changes`);
    }
    if (owner === 'String' && member === 'raw' && ts.isCallExpression(up)) say('global:String.raw()', up, 'capability', 'String.raw is called as a function', 'use it as a template tag');
    if (isClock.isSource(up) && !isClock.isDuration(up)) say('clock', up, 'determinism', 'the time of day decides something', 'measure durations only: the difference of two readings', false);
  }

  function visitGlobalCall(call: ts.CallExpression, name: string): void {
    if (name === 'structuredClone' && call.arguments.length !== 1) say('global:structuredClone(transfer)', call, 'capability', 'structuredClone with options can detach buffers of the caller', 'pass the value alone');
    if (name === 'RegExp') visitPattern(call, call.arguments);
    if (name === 'setTimeout') {
      const [callback] = call.arguments;
      if (callback === undefined || !isFunction(checker.getTypeAtLocation(callback))) say('global:setTimeout(text)', call, 'capability', 'setTimeout is given something that is no function');
      else if (!isInsidePromise(call) && !isCleared(call)) say('global:setTimeout', call, 'capability', 'a timer outlives the call', 'set it inside new Promise(…), or clear it with clearTimeout in a finally block');
    }
    if (name === 'Array' && call.arguments.length > 1 && call.arguments.some((a) => ts.isSpreadElement(a))) return;
  }

  function visitConstruction(node: ts.NewExpression, name: string, atLeast: number): void {
    const args = node.arguments ?? [];
    if (args.length < atLeast) {
      if (name === 'Date') say('clock', node, 'determinism', 'new Date() reads the clock', 'measure durations with Date.now()', false);
      else say(`global:new ${name}()`, node, 'capability', `new ${name} without arguments is not among what a candidate may use`);
    } else if (name === 'Date' && args.length > 1) say('time zone', node, 'determinism', 'new Date with several numbers depends on the time zone of the machine', 'use Date.UTC', false);
    if (name === 'RegExp') visitPattern(node, args);
  }

  const namesLocale = (node: ts.Expression | undefined): boolean => {
    const at = node && bare(node);
    if (at === undefined) return false;
    if (ts.isStringLiteralLike(at)) return at.text !== '';
    if (ts.isArrayLiteralExpression(at)) return at.elements.length > 0 && at.elements.every((e) => namesLocale(e));
    const type = checker.getTypeAtLocation(at);
    return (type.flags & ts.TypeFlags.Undefined) === 0 && (type.flags & (ts.TypeFlags.StringLike)) !== 0;
  };
  const namesTimeZone = (options: ts.Expression | undefined): boolean => {
    const zone = options && checker.getTypeAtLocation(options).getProperty('timeZone');
    return zone !== undefined && (checker.getTypeOfSymbolAtLocation(zone, options!).flags & ts.TypeFlags.StringLike) !== 0;
  };
  const isInsidePromise = (node: ts.Node): boolean => ts.findAncestor(node, (n) => ts.isNewExpression(n) && ts.isIdentifier(n.expression) && n.expression.text === 'Promise') !== undefined;
  const isCleared = (call: ts.CallExpression): boolean => {
    const up = above(call);
    const holder = ts.isVariableDeclaration(up) && ts.isIdentifier(up.name) ? up.name : ts.isBinaryExpression(up) && ts.isIdentifier(up.left) ? up.left : undefined;
    const symbol = holder && checker.getSymbolAtLocation(holder);
    if (symbol === undefined) return false;
    let found = false;
    const look = (n: ts.Node): void => {
      if (ts.isCallExpression(n) && ts.isIdentifier(n.expression) && n.expression.text === 'clearTimeout' && n.arguments[0] !== undefined && checker.getSymbolAtLocation(bare(n.arguments[0])) === symbol) found = true;
      ts.forEachChild(n, look);
    };
    roots.forEach(look);
    return found;
  };

  // ---- members

  function visitAccess(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): void {
    const name = memberName(node);
    if (name === undefined) { visitComputed(node as ts.ElementAccessExpression); return; }
    const nameNode = ts.isPropertyAccessExpression(node) ? node.name : node.argumentExpression;
    if (ts.isPropertyAccessExpression(node) && !ts.isPrivateIdentifier(node.name) && file!.text.slice(node.name.getStart(file), node.name.end) !== name) say(`escape:${name}`, node, 'names', `the name ${name} is spelled with an escape`, 'write it plainly');
    const owner = bare(node.expression);
    if (ts.isIdentifier(owner) && GLOBALS.has(owner.text) && isGlobalName(owner)) return; // looked at with its owner
    const receiver = checker.getTypeAtLocation(node.expression);
    const symbol = checker.getSymbolAtLocation(nameNode) ?? receiver.getProperty(name);
    visitMember(node, name, symbol, receiver, rootOf(node.expression));
  }

  const isGlobalName = (node: ts.Identifier): boolean => {
    const symbol = checker.getSymbolAtLocation(node);
    return symbol !== undefined && !isOwnSymbol(symbol) && isGlobal(symbol);
  };

  function visitMember(node: ts.Node, name: string, symbol: ts.Symbol | undefined, receiver: ts.Type, root: Root): void {
    const library = symbol && libraryOf(symbol);
    if (FORBIDDEN_NAMES.has(name)) {
      // A type that the candidate wrote says nothing about whose stack it is.
      const isView = symbol !== undefined && isOwnSymbol(symbol) && symbol.declarations!.every((d) => ts.isPropertySignature(d) || ts.isMethodSignature(d));
      const isData = symbol !== undefined && library === undefined && !isView && !['constructor', '__proto__', 'prototype'].includes(name) && !name.startsWith('__');
      if (!isData && !(name === 'prototype' && isAccess(node) && ts.isIdentifier(bare(node.expression)) && isBorrowedMethod(node, (bare(node.expression) as ts.Identifier).text))) {
        say(`reach:${name}`, node, 'capability', `.${name} leads to the machinery behind a value`);
        return;
      }
    }
    if (symbol === undefined || (symbol.declarations ?? []).some((d) => ts.isIndexSignatureDeclaration(d))) {
      const index = checker.getIndexInfoOfType(checker.getNonNullableType(receiver), ts.IndexKind.String);
      if (index !== undefined && isFunction(checker.getNonNullableType(index.type)) && isAccess(node) && !isOwnTable(node.expression)) sayComputed(node, readingOf(node), [receiver], 'entry', `the function ${name} is chosen by its name out of a dictionary`, 'call the function by the name that its type declares');
      if (isAny(receiver) || (receiver.flags & ts.TypeFlags.Unknown) !== 0) say(`member:${name}`, node, 'types', `.${name} of a value without a type`, 'narrow it first');
      return;
    }
    const type = checker.getTypeOfSymbolAtLocation(symbol, node);
    const callable = isFunction(type);
    // What is only known to be some function may be the one that makes code of texts.
    if (library === 'ecmascript' && /^(?:call|apply|bind)$/.test(name) && !isFunction(checker.getNonNullableType(receiver))) say(`untyped:.${name}`, node, 'types', `.${name} of a function without a signature`, 'give it a type that says what it takes and returns');
    if (library === 'ecmascript') { visitLibraryMember(node, name, receiver, root); return; }
    const owner = symbol.declarations?.[0]?.parent;
    const ownerName = owner !== undefined && (ts.isInterfaceDeclaration(owner) || ts.isClassDeclaration(owner)) ? owner.name?.text : undefined;
    if (library === 'platform' && ownerName !== undefined && HARMLESS_INTERFACES.has(ownerName)) {
      // A decoder that is told of more to come keeps the rest of the last text.
      if (name === 'decode' && root.kind === 'module') { const call = above(node); if (ts.isCallExpression(call) && call.arguments.length > 1) say('state on decoder', node, 'state', `.decode() with options keeps bytes in ${root.symbol.name} for the next call`, 'make the decoder in the call', false); }
      if (MUTATORS.has(name) && (root.kind === 'given' || root.kind === 'free')) visitRootChange(root, node, `.${name}() changes`);
      return;
    }
    if (isOwnSymbol(symbol)) {
      // A signature in a type that the candidate wrote promises nothing about the object behind it.
      const isSignature = symbol.declarations!.every((d) => ts.isMethodSignature(d) || ts.isPropertySignature(d));
      if (isSignature && callable && (root.kind === 'given' || root.kind === 'free' || !implemented.has(name))) sayMember(symbol, name, node, `.${name} is a function that the original does not use`);
      // Types are compared by structure: a method of the candidate's own may be anybody's under another type.
      else if (callable && hasIdle(name) && !(isAccess(node) && isSurelyOwn(node.expression))) sayMember(undefined, name, node, `.${name} may be the function of that name that the original does not use`);
      return;
    }
    const isAccessor = symbol.declarations?.some((d) => ts.isAccessor(d)) === true;
    if (callable || isAccessor || library === 'platform') sayMember(symbol, name, node, `.${name} is ${callable ? 'a function' : 'a part'} of an object that the original does not use`);
    else if (root.kind === 'free') sayMember(symbol, name, node, `.${name} of ${root.name} is not read by the original`, false);
  }

  /** What a constant of the candidate was made as: `new Heap()` of its own class, or a literal without anything spread into it. */
  function madeHere(node: ts.Expression): ts.Expression | undefined {
    const at = bare(node);
    if (ts.isNewExpression(at) || ts.isObjectLiteralExpression(at)) return at;
    if (!ts.isIdentifier(at)) return undefined;
    const declaration = checker.getSymbolAtLocation(at)?.valueDeclaration;
    if (declaration === undefined || !isOwn(declaration) || !ts.isVariableDeclaration(declaration) || declaration.initializer === undefined || (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) === 0) return undefined;
    const value = bare(declaration.initializer);
    const frozen = ts.isCallExpression(value) && textOf(value.expression) === 'Object.freeze' && value.arguments[0] !== undefined ? bare(value.arguments[0]) : value;
    return ts.isNewExpression(frozen) || ts.isObjectLiteralExpression(frozen) ? frozen : undefined;
  }
  const isOwnTable = (node: ts.Expression): boolean => {
    const made = madeHere(node);
    return made !== undefined && ts.isObjectLiteralExpression(made) && !made.properties.some((p) => ts.isSpreadAssignment(p));
  };
  const isSurelyOwn = (node: ts.Expression): boolean => {
    const at = bare(node);
    if (at.kind === ts.SyntaxKind.ThisKeyword || at.kind === ts.SyntaxKind.SuperKeyword) return isInOwnClass(at) && !rebinds;
    const made = madeHere(at);
    return made !== undefined && (ts.isNewExpression(made) || isOwnTable(at));
  };
  /** Whether `this` of a method may be another object than the method's own. */
  const rebinds = roots.some((root) => /\.\s*(?:call|apply|bind)\s*\(/.test(root.getText(file)));

  function visitLibraryMember(node: ts.Node, name: string, receiver: ts.Type, root: Root): void {
    const up = above(node);
    const call = ts.isCallExpression(up) && bare(up.expression) === node ? up : undefined;
    const isDate = receiver.symbol?.name === 'Date';
    if (isDate && (LOCAL_TIME.has(name) || ['toString', 'toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'].includes(name))) {
      say('time zone', node, 'determinism', `.${name} of a Date depends on the time zone of the machine`, 'use the UTC methods', false);
    }
    // Its name, or its text, tells a stand-in from the real one.
    if (/^(?:name|length|toString)$/.test(name) && root.kind !== 'code' && isFunction(checker.getNonNullableType(receiver))) say(`function:${name}`, node, 'capability', `.${name} of a function says how it was written, not what it does`);
    const locale = LOCALISED.get(name);
    if (locale !== undefined && call !== undefined && !namesLocale(call.arguments[locale])) say('locale', node, 'determinism', `.${name} without a locale depends on the machine`, "name the locale, as in 'en-US'", false);
    if (locale !== undefined && call === undefined) say('locale', node, 'determinism', `.${name} depends on the machine`, 'call it where it is needed', false);
    if (name === 'join' && checker.isArrayLikeType(receiver)) visitText(checker.getIndexTypeOfType(receiver, ts.IndexKind.Number), node);
    if (name === 'concat' && (receiver.flags & ts.TypeFlags.StringLike) !== 0) for (const argument of call?.arguments ?? []) visitText(checker.getTypeAtLocation(argument), argument);
    if (MUTATORS.has(name) && root.kind !== 'local' && root.kind !== 'fresh' && !isPrimitive(receiver)) visitRootChange(root, node, `.${name}() changes`);
    if ((name === 'match' || name === 'search' || name === 'matchAll') && call !== undefined) {
      const [pattern] = call.arguments;
      if (pattern !== undefined && isPrimitive(checker.getTypeAtLocation(pattern))) visitPattern(call, call.arguments);
    }
    if ((name === 'at' || name === 'with') && call === undefined) return;
  }

  const isSureNumber = makeSureNumber(ts, checker, { roots, libraryOf });

  /** `a[key]`: a number, a name that the type spells out, or an index signature that the author declared. */
  function visitComputed(node: ts.ElementAccessExpression): void {
    const key = bare(node.argumentExpression);
    const keyType = checker.getTypeAtLocation(key);
    const receiver = checker.getTypeAtLocation(bare(node.expression));
    const members = partsOf(receiver);
    const complain = (kind: string, why: string): void => sayComputed(node, readingOf(node), members, kind, why, 'use a Map, or an object whose type has an index signature');
    if (isAny(receiver)) { complain('untyped', 'a value without a type is read by a computed name'); return; }
    if (isNumeric(keyType)) {
      if (isOpen(checker.getTypeAtLocation(node)) && !isOwnTable(node.expression) && !isSureNumber(node.argumentExpression)) {
        sayComputed(node, readingOf(node), members, 'index', 'what may be no number, whatever its type says, chooses a function', 'compute it where it is used: list[index | 0], Math.trunc(index)');
        return;
      }
      if (members.every((t) => checker.getIndexInfoOfType(t, ts.IndexKind.Number) !== undefined || (t.flags & ts.TypeFlags.StringLike) !== 0 || checker.getIndexInfoOfType(t, ts.IndexKind.String) !== undefined || checker.isTupleType(t) || checker.isArrayType(t))) return;
      if (literalNames(keyType)?.every((n) => members.every((t) => t.getProperty(n) !== undefined)) === true) return;
      complain('number', 'a number is used as the name of a property');
      return;
    }
    // An assertion could spell any name: `key as "at"`.
    const isAsserted = key !== node.argumentExpression && ts.isAsExpression(unparenthesised(node.argumentExpression));
    const names = isAsserted ? undefined : literalNames(keyType);
    if (names !== undefined && isOwnConstantKey(key, names)) {
      // An assertion further up, or a predicate, could have given any text that type: functions, and what functions have, only by what is written here.
      if (!ts.isStringLiteralLike(key) && !isOwnTable(node.expression) && (members.some(isFunction) || isOpen(checker.getTypeAtLocation(node)))) complain('function', 'a function is chosen by a computed name');
      for (const name of names) for (const t of members) {
        const symbol = t.getProperty(name);
        if (symbol !== undefined) visitMember(node, name, symbol, t, rootOf(node.expression));
      }
      return;
    }
    if ((keyType.flags & ts.TypeFlags.ESSymbolLike) !== 0) { complain('symbol', 'a property is read by a symbol'); return; }
    const declared = members.every((t) => checker.getIndexInfoOfType(t, ts.IndexKind.String) !== undefined);
    const asserted = ts.isAsExpression(unparenthesised(node.expression)) || ts.isTypeAssertionExpression(unparenthesised(node.expression));
    if (asserted) { complain('asserted', 'an assertion gives the object an index signature'); return; }
    if (!declared) { complain('name', 'the type of the object has no index signature'); return; }
    const values = members.flatMap((t) => checker.getIndexInfoOfType(t, ts.IndexKind.String)?.type ?? []);
    // A table of functions may be called by name only where the original does, or where the candidate wrote it down.
    if (values.some((value) => isFunction(checker.getNonNullableType(value))) && !isOwnTable(node.expression)) complain('function', 'a function is chosen by a computed name');
  }

  /** `read` is what comes out; nothing does of a place that is only written. */
  interface Reading { readonly whose: Root['kind']; readonly text: string; readonly isTable: boolean; readonly read: ts.Type | undefined }
  const readingOf = (node: ts.PropertyAccessExpression | ts.ElementAccessExpression): Reading => {
    const up = above(node);
    const isWritten = ts.isBinaryExpression(up) && up.operatorToken.kind === ts.SyntaxKind.EqualsToken && bare(up.left) === node;
    return { whose: rootOf(node.expression).kind, text: textOf(node.expression), isTable: isOwnTable(node.expression), read: isWritten ? undefined : checker.getTypeAtLocation(node) };
  };
  const isOpen = (type: ts.Type): boolean => holdsFunction(checker.getNonNullableType(type)) || isUntyped(type) || (type.flags & ts.TypeFlags.Instantiable) !== 0;
  const partsOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types : [type]).filter((t) => (t.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) === 0);

  /**
   * What may be read by a computed name is a type, by where it is declared: a name or a text can be anybody's. Where functions may come
   * out of it, the object has to be the original's as well, and a function gives everything away to whoever spells `constructor`.
   */
  function sayComputed(node: ts.Node, { whose, text, isTable, read }: Reading, parts: readonly ts.Type[], what: string, reason: string, hint: string): void {
    const kind = read === undefined ? `${what} written` : what;
    const givesAll = read !== undefined && isOpen(read);
    for (const part of parts) {
      const place = isFunction(part) ? undefined : placeOfType(part);
      const keys = [
        ...(place !== undefined && !givesAll ? [`computed ${kind}:${place}`] : []),
        ...(place !== undefined && (whose === 'given' || whose === 'free') ? [`computed ${kind}:${place} of ${text}`] : []),
        ...(isTable ? [`computed ${kind} of a table${givesAll ? ' of functions' : ''}`] : []),
        ...(isOriginal(node) ? [`computed ${kind} in place:${text}`] : []),
      ];
      const [key = 'computed by nobody', ...others] = keys;
      out.push({ key, others, node, rule: 'capability', reason, hint, effect: true });
    }
  }

  /** A type by its declaration; those that the library makes of another (`Partial<Row>`, `Record<Field, string>`) by what they are made of. */
  function placeOfType(type: ts.Type): string | undefined {
    if (isPrimitive(type) || (type.flags & ts.TypeFlags.Unknown) !== 0) return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
    if (isAny(type)) return 'any';
    if (type.isUnion()) return undefined;
    if (type.isIntersection()) return allOf(type.types.map(placeOfType), '&');
    const alias = type.aliasSymbol;
    if (alias !== undefined && libraryOf(alias) === 'ecmascript') {
      const parts = type.aliasTypeArguments ?? [];
      return /^(?:Partial|Required|Readonly)$/.test(alias.name) ? parts[0] && placeOfType(parts[0]) : allOf([alias.name, ...parts.map(placeOfType)], ',');
    }
    const { symbol } = type;
    if (symbol === undefined || libraryOf(symbol) !== 'ecmascript') return members.placeOf(symbol);
    // A mapped type without a name of its own: all of them are declared at one place.
    return (symbol.flags & ts.SymbolFlags.TypeLiteral) !== 0 ? undefined : allOf([symbol.name, ...argumentsOf(type).map(placeOfType)], ',');
  }
  const allOf = (parts: readonly (string | undefined)[], by: string): string | undefined => (parts.includes(undefined) ? undefined : parts.join(by));
  const unparenthesised = (node: ts.Expression): ts.Expression => (ts.isParenthesizedExpression(node) ? unparenthesised(node.expression) : node);
  const isNumeric = (type: ts.Type): boolean => (type.isUnion() ? type.types.every(isNumeric) : (type.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike)) !== 0);
  const literalNames = (type: ts.Type): readonly string[] | undefined => {
    const types = type.isUnion() ? type.types : [type];
    const names = types.map((t) => (t.isStringLiteral() ? t.value : t.isNumberLiteral() ? String(t.value) : undefined));
    return names.every((n) => n !== undefined) && names.length > 0 ? (names as string[]) : undefined;
  };
  /** Literal types are what the checker believes; a forbidden name among them is refused by name. */
  const isOwnConstantKey = (_key: ts.Expression, names: readonly string[]): boolean => names.length <= 1_000;

  function visitBinding(pattern: ts.ObjectBindingPattern): void {
    const type = checker.getTypeAtLocation(pattern);
    const root = rootOfBinding(pattern);
    for (const element of pattern.elements) {
      if (element.dotDotDotToken !== undefined) continue;
      const nameNode = element.propertyName ?? element.name;
      const name = ts.isIdentifier(nameNode) || ts.isStringLiteralLike(nameNode) || ts.isNumericLiteral(nameNode) ? nameNode.text : undefined;
      if (name === undefined) {
        if (element.propertyName !== undefined && ts.isComputedPropertyName(element.propertyName)) {
          const key = unparenthesised(element.propertyName.expression);
          if (ts.isStringLiteralLike(key)) { visitMember(element, key.text, type.getProperty(key.text), type, root); continue; }
          const from = ts.isVariableDeclaration(pattern.parent) && pattern.parent.initializer !== undefined ? pattern.parent.initializer : undefined;
          sayComputed(element, { whose: root.kind, text: from === undefined ? '{}' : textOf(from), isTable: from !== undefined && isOwnTable(from), read: checker.getTypeAtLocation(element.name) }, partsOf(type), 'pattern', 'a property is taken out by a computed name', 'name it');
        }
        continue;
      }
      visitMember(element, name, type.getProperty(name), type, root);
    }
  }

  function rootOfBinding(pattern: ts.BindingPattern): Root {
    const holder = pattern.parent;
    if (ts.isParameter(holder)) return entries.has(holder.parent) ? { kind: 'given', name: textOf(holder.name) } : { kind: 'local' };
    if (ts.isVariableDeclaration(holder)) return holder.initializer === undefined ? { kind: 'local' } : rootOf(holder.initializer);
    return rootOfBinding(holder.parent);
  }

  // ---- changes

  const isAssignment = (kind: ts.SyntaxKind): boolean => kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

  function visitTarget(target: ts.Expression, where: ts.Node): void {
    const at = bare(target);
    if (ts.isArrayLiteralExpression(at)) { for (const element of at.elements) if (!ts.isOmittedExpression(element)) visitTarget(ts.isSpreadElement(element) ? element.expression : ts.isBinaryExpression(element) ? element.left : element, where); return; }
    if (ts.isObjectLiteralExpression(at)) {
      for (const property of at.properties) {
        if (ts.isShorthandPropertyAssignment(property)) visitTarget(property.name, where);
        else if (ts.isPropertyAssignment(property)) visitTarget(ts.isBinaryExpression(property.initializer) ? property.initializer.left : property.initializer, where);
        else if (ts.isSpreadAssignment(property)) visitTarget(property.expression, where);
      }
      return;
    }
    if (ts.isIdentifier(at)) {
      const symbol = checker.getSymbolAtLocation(at);
      if (symbol === undefined || !isOwnSymbol(symbol)) say(`write:${at.text}`, where, 'capability', `${at.text} is changed, and belongs to somebody else`);
      return;
    }
    if (isAccess(at)) visitChange(at.expression, where, 'changes');
  }

  function visitChange(object: ts.Expression, where: ts.Node, what: string): void {
    visitRootChange(rootOf(object), where, what);
  }

  function visitRootChange(root: Root, where: ts.Node, what: string): void {
    if (root.kind === 'given') say(`change:${root.name}`, where, 'capability', `${what} the argument ${root.name}`, 'copy it first');
    else if (root.kind === 'free') say(`change:${root.name}`, where, 'capability', `${what} ${root.name}, which belongs to somebody else`);
    else if (root.kind === 'code' || (root.kind === 'module' && isSaidConstant(root.symbol))) say('state on code', where, 'state', `${what} ${root.kind === 'code' ? root.name : root.symbol.name}, which keeps it for all calls and looks as if it never changed`, 'keep it in a variable of the call', false);
  }

  /** A function, a pattern, or what its own initialiser calls constant: nobody looks for state there. */
  function isSaidConstant(symbol: ts.Symbol): boolean {
    const declaration = symbol.valueDeclaration;
    if (declaration === undefined || !ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
    const value = bare(declaration.initializer);
    return ts.isArrowFunction(value) || ts.isFunctionExpression(value) || ts.isRegularExpressionLiteral(value) || (ts.isCallExpression(value) && textOf(value.expression) === 'Object.freeze')
      || (ts.isAsExpression(declaration.initializer) && ts.isConstTypeReference(declaration.initializer.type));
  }

  const { visitText, visitCoercion } = makeCoercionReader(ts, checker, { say, sayMember, libraryOf });

  // ---- expressions

  function visitPattern(node: ts.CallExpression | ts.NewExpression, args: readonly ts.Expression[]): void {
    const source = args[0] && fold(args[0]);
    const flags = args[1] === undefined || ts.isNewExpression(node) === false && args.length < 2 ? '' : fold(args[1]);
    const [first] = args;
    if (first !== undefined && ts.isRegularExpressionLiteral(bare(first))) return;
    if (source === undefined || flags === undefined) { say('dynamic pattern', node, 'patterns', 'a regular expression is put together from values', 'write it as a literal', false); return; }
    visitRegExp(node, source, flags);
  }

  function visitRegExp(node: ts.Node, source: string, flags: string): void {
    const verdict = judgeRegExp(source, flags);
    if (verdict !== 'fine') say(`pattern:/${source}/${flags}`, node, 'patterns', `the regular expression is ${verdict === 'exponential' ? 'exponential: nested repetitions can match one text in many ways' : verdict}`, 'make the repetitions unambiguous', false);
  }

  /** The text of a constant expression. */
  function fold(node: ts.Expression): string | undefined {
    const at = bare(node);
    if (ts.isStringLiteralLike(at)) return at.text;
    if (ts.isNumericLiteral(at)) return at.text;
    if (ts.isTemplateExpression(at)) {
      let text = at.head.text;
      for (const span of at.templateSpans) {
        const part = fold(span.expression);
        if (part === undefined) return undefined;
        text += part + span.literal.text;
      }
      return text;
    }
    if (ts.isTaggedTemplateExpression(at) && ts.isNoSubstitutionTemplateLiteral(at.template)) return at.template.rawText;
    if (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      const left = fold(at.left);
      const right = fold(at.right);
      return left === undefined || right === undefined ? undefined : left + right;
    }
    if (ts.isPropertyAccessExpression(at) && at.name.text === 'source' && ts.isIdentifier(at.expression)) return foldConstant(at.expression, (n) => (ts.isRegularExpressionLiteral(n) ? n.text.slice(1, n.text.lastIndexOf('/')) : undefined));
    return ts.isIdentifier(at) ? foldConstant(at, fold) : undefined;
  }

  function foldConstant(node: ts.Identifier, read: (value: ts.Expression) => string | undefined): string | undefined {
    const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
    const isConst = declaration !== undefined && ts.isVariableDeclaration(declaration) && (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
    return isConst && declaration.initializer !== undefined ? read(declaration.initializer) : undefined;
  }

  function visitCall(node: ts.CallExpression): void {
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.kind === ts.SyntaxKind.SuperKeyword) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) say(`import:${textOf(node)}`, node, 'syntax', 'import() loads code', 'use only what is in scope');
      return;
    }
    const type = checker.getTypeAtLocation(node.expression);
    const nonNull = checker.getNonNullableType(type);
    if (nonNull.getCallSignatures().length === 0 && !(nonNull.isUnion() && nonNull.types.every((t) => t.getCallSignatures().length > 0))) {
      say(`untyped:${textOf(node.expression)}`, node, 'types', 'something without a signature is called', 'give it a type that says what it takes and returns');
    }
  }

  function visitAssertion(node: ts.AsExpression | ts.TypeAssertion): void {
    const { type } = node;
    if (type.kind === ts.SyntaxKind.NeverKeyword) { say('assert:never', node, 'types', '`as never` fits every type', 'narrow the value instead', false); return; }
    const inner = unparenthesised(node.expression);
    if (ts.isAsExpression(inner) && inner.type.kind === ts.SyntaxKind.UnknownKeyword) { say('assert:unknown', node, 'types', '`as unknown as` hides what a value is', 'narrow the value instead', false); return; }
    if (ts.isConstTypeReference(type)) return;
    const to = checker.getTypeFromTypeNode(type);
    const from = checker.getTypeAtLocation(node.expression);
    if (holdsFunction(to) && !isUntyped(from) && !holdsFunction(from) && !checker.isTypeAssignableTo(from, to)) say('assert:function', node, 'types', 'an assertion makes a function of a value that need not be one', MADE_FUNCTION);
    if (isFunction(from) && !isFunction(to) && (to.flags & ts.TypeFlags.Object) !== 0) say('assert:function as object', node, 'types', 'an assertion makes a function pass for another object', 'name its type');
    if ((to.flags & ts.TypeFlags.TypeParameter) !== 0 && (from.flags & ts.TypeFlags.TypeParameter) === 0) say('assert:parameter', node, 'types', 'an assertion makes a value of any type that the caller likes', 'narrow the value instead', false);
    for (const property of checker.getPropertiesOfType(to)) {
      if (libraryOf(property) === 'ecmascript' || !property.declarations?.some(isOwn)) continue;
      if (isFunction(checker.getTypeOfSymbolAtLocation(property, node)) && from.getProperty(property.name) === undefined) sayMember(property, property.name, node, `an assertion gives a value the function ${property.name}`);
    }
  }

  function visitObject(node: ts.ObjectLiteralExpression): void {
    for (const property of node.properties) {
      if (ts.isAccessor(property)) say('literal accessor', property, 'objects', 'an object with an accessor can change after it was checked', 'make it a plain property', false);
      const { name } = property;
      if (name === undefined) continue;
      const text = ts.isComputedPropertyName(name) ? fold(name.expression) : ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined;
      const value = ts.isPropertyAssignment(property) ? property.initializer : ts.isMethodDeclaration(property) ? property : undefined;
      const isFn = value !== undefined && (ts.isMethodDeclaration(value) || isFunction(checker.getTypeAtLocation(value)));
      if (text === '__proto__') say('literal __proto__', property, 'objects', '__proto__ in a literal sets the prototype', 'leave it out', false);
      else if (text !== undefined && isFn && ['then', 'toJSON', 'valueOf', 'toString', 'constructor'].includes(text)) say(`literal ${text}`, property, 'objects', `an object with its own ${text} changes what others do with it`, 'return plain data', false);
      else if (text === undefined && ts.isComputedPropertyName(name)) {
        const type = checker.getTypeAtLocation(name.expression);
        if ((type.flags & ts.TypeFlags.ESSymbolLike) !== 0) say('literal symbol', property, 'objects', 'an object with a symbol as a key changes what others do with it', 'return plain data', false);
        else if (isFn) say('literal computed function', property, 'objects', 'a function is stored under a computed name', 'use a Map', false);
      }
    }
  }

  function visitClass(node: ts.ClassLikeDeclaration): void {
    for (const member of node.members) {
      if (ts.canHaveModifiers(member) && ts.getModifiers(member)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) === true) say('class static', member, 'classes', 'a static member runs, or keeps state, in the module', 'use a constant', false);
      if (ts.isClassStaticBlockDeclaration(member)) say('class static', member, 'classes', 'a static block runs when the module loads', 'leave it out', false);
      if (ts.isConstructorDeclaration(member) && returnsValue(member)) say('class constructor', member, 'classes', 'a constructor that returns another object puts the fields of its class on that one', 'let it return nothing', false);
      const { name } = member;
      if (name === undefined) continue;
      // What a class of the candidate's own yields is its own business; one that extends another changes what that one yields.
      const iterates = ts.isComputedPropertyName(name) && ts.isMethodDeclaration(member) && /^Symbol\.(?:asyncI|i)terator$/.test(textOf(name.expression)) && node.heritageClauses?.some(({ token }) => token === ts.SyntaxKind.ExtendsKeyword) !== true;
      if (iterates) continue;
      if (ts.isComputedPropertyName(name)) say('class computed', member, 'classes', 'a computed name runs when the class is made', 'name it plainly', false);
      else if (ts.isIdentifier(name) && ['then', 'toJSON', 'valueOf'].includes(name.text)) say(`class ${name.text}`, member, 'classes', `an object with its own ${name.text} changes what others do with it`, 'give the method another name', false);
    }
    for (const clause of node.heritageClauses ?? []) {
      if (clause.token !== ts.SyntaxKind.ExtendsKeyword) continue;
      for (const { expression } of clause.types) if (!ts.isIdentifier(expression) || isAny(checker.getTypeAtLocation(expression))) say(`class extends ${textOf(expression)}`, expression, 'classes', 'a class extends an expression', 'extend Error, or a class of the candidate', false);
    }
  }

  const returnsValue = (node: ts.Node): boolean => (ts.isReturnStatement(node) && node.expression !== undefined)
    || ts.forEachChild(node, (child) => (!ts.isFunctionLike(child) && !ts.isClassLike(child) && returnsValue(child)) || undefined) === true;

  function visit(node: ts.Node): void {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) { visitType(node); return; }
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isTypeParameterDeclaration(node)) { ts.forEachChild(node, (child) => { if (!ts.isHeritageClause(child)) visitType(child); }); return; }
    if (!isAllowedSyntax(ts, node)) {
      say(`syntax:${nameOfKind(ts, node.kind)}`, node, 'syntax', `${describeKind(ts, node)} is not among what a candidate may use`, 'write it in another way', false);
    }
    if (ts.isIdentifier(node)) { if (isReference(ts, node)) { visitName(node); visitConversion(node); visitUntyped(node); } else checkSpelling(node); return; }
    if (ts.isPrivateIdentifier(node)) return;
    if (isAccess(node)) visitAccess(node);
    else if (ts.isCallExpression(node)) visitCall(node);
    else if (ts.isNewExpression(node)) { if (isAny(checker.getTypeAtLocation(node.expression))) say(`untyped:${textOf(node.expression)}`, node, 'types', 'something without a type is constructed', 'name the class'); }
    else if (ts.isObjectBindingPattern(node)) visitBinding(node);
    else if (ts.isObjectLiteralExpression(node)) visitObject(node);
    else if (ts.isClassLike(node)) visitClass(node);
    else if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) visitAssertion(node);
    else if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      visitRegExp(node, node.text.slice(1, end), node.text.slice(end + 1));
    } else if (ts.isBinaryExpression(node)) {
      if (isAssignment(node.operatorToken.kind)) visitTarget(node.left, node);
    } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) visitTarget(node.operand, node);
    } else if (ts.isDeleteExpression(node)) visitTarget(node.expression, node);
    else if ((ts.isForInStatement(node) || ts.isForOfStatement(node)) && !ts.isVariableDeclarationList(node.initializer)) visitTarget(node.initializer, node);
    else if (ts.isTaggedTemplateExpression(node) && textOf(node.tag) !== 'String.raw') say(`tag:${textOf(node.tag)}`, node, 'syntax', 'a template with a tag of its own calls a function', 'only String.raw is fine');
    else if (node.kind === ts.SyntaxKind.ThisKeyword && !isInOwnClass(node)) say('this', node, 'capability', '`this` is not used by the original', SAME, false);
    if (ts.isFunctionDeclaration(node) && node.body === undefined) visitOverload(node);
    if (ts.isExpressionStatement(node) && ts.isStringLiteral(node.expression) && node.expression.text !== 'use strict') say(`directive:${node.expression.text}`, node, 'syntax', 'a text by itself is a directive, which compilers and engines obey', 'leave it out');
    visitCoercion(node);
    if (ts.isExpression(node)) { visitConversion(node); visitUntyped(node); }
    if (ts.isFunctionLike(node) && 'type' in node && node.type !== undefined && ts.isTypePredicateNode(node.type as ts.TypeNode)) visitPredicate(node.type as ts.TypePredicateNode);
    ts.forEachChild(node, visit);
  }

  function checkSpelling(node: ts.Identifier): void {
    if (node.text === '' || (node.flags & ts.NodeFlags.Synthesized) !== 0) return;
    if (file!.text.slice(node.getStart(file), node.end) !== node.text) say(`escape:${node.text}`, node, 'names', `the name ${node.text} is spelled with an escape`, 'write it plainly');
    if (/[^\x00-\x7f]/.test(node.text) && !known.includes(node.text)) say(`letters:${node.text}`, node, 'names', `the name ${node.text} has letters beyond ASCII that the author's file does not use`, 'write it in ASCII');
  }

  /** An overload must not promise what the implementation does not return. */
  function visitOverload(node: ts.FunctionDeclaration): void {
    const all = (checker.getSymbolAtLocation(node.name ?? node)?.declarations ?? []).filter((d): d is ts.FunctionDeclaration => ts.isFunctionDeclaration(d));
    const returned = (d: ts.FunctionDeclaration): ts.Type | undefined => { const signature = checker.getSignatureFromDeclaration(d); return signature && checker.getReturnTypeOfSignature(signature); };
    const implementation = all.find((d) => d.body !== undefined);
    const [promised, real] = [returned(node), implementation && returned(implementation)];
    if (promised === undefined || real === undefined || checker.isTypeAssignableTo(real, promised)) return;
    const parts = real.isUnion() ? real.types : [real];
    const promises = all.flatMap((d) => (d.body === undefined ? returned(d) ?? [] : []));
    if ((promised.flags & ts.TypeFlags.TypeParameter) !== 0 || !parts.every((part) => promises.some((each) => checker.isTypeAssignableTo(part, each)))) say('assert:overload', node, 'types', 'an overload promises a type that the implementation does not return', 'let the implementation return what its overloads say', false);
  }

  /** An object with functions of its own that becomes a dictionary: any of them can be called by a name that nobody sees. */
  function visitConversion(node: ts.Expression): void {
    if (!(ts.isIdentifier(node) || isAccess(node) || ts.isObjectLiteralExpression(node) || ts.isCallExpression(node))) return;
    const wanted = checker.getContextualType(node);
    if (wanted === undefined || !(wanted.isUnion() ? wanted.types : [wanted]).some((t) => checker.getIndexInfoOfType(t, ts.IndexKind.String) !== undefined)) return;
    const type = checker.getNonNullableType(checker.getTypeAtLocation(node));
    if (checker.getIndexInfoOfType(type, ts.IndexKind.String) !== undefined) return;
    const idle = checker.getPropertiesOfType(type).find((p) => hasIdle(p.name) && libraryOf(p) === undefined && isFunction(checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(p, node))));
    if (idle !== undefined) say(`dictionary:${textOf(node)}`, node, 'capability', `an object with the function ${idle.name}, which the original does not use, becomes a dictionary`, 'name the members that are used');
  }

  /** Without a type anything passes for a function. */
  function visitUntyped(node: ts.Expression): void {
    if (!isUntyped(checker.getTypeAtLocation(node))) return;
    const wanted = ts.isAsExpression(node.parent) || ts.isTypeAssertionExpression(node.parent) ? checker.getTypeFromTypeNode(node.parent.type) : checker.getContextualType(node);
    if (wanted !== undefined && holdsFunction(wanted)) say('assert:function', node, 'types', 'a value without a type becomes a function', MADE_FUNCTION);
  }

  function visitPredicate(node: ts.TypePredicateNode): void {
    if (node.type === undefined) return;
    const given = node.parent as ts.SignatureDeclaration;
    const parameter = given.parameters?.find((p) => p.name.getText(file) === node.parameterName.getText(file));
    if (holdsFunction(checker.getTypeFromTypeNode(node.type)) && !(parameter !== undefined && holdsFunction(checker.getTypeAtLocation(parameter)))) say('assert:function', node, 'types', 'a type predicate makes a function of a value that need not be one', MADE_FUNCTION);
    for (const property of checker.getPropertiesOfType(checker.getTypeFromTypeNode(node.type))) {
      if (property.declarations?.some(isOwn) === true && isFunction(checker.getTypeOfSymbolAtLocation(property, node))) say(`member:${property.name}`, node, 'capability', `a type predicate gives a value the function ${property.name}`);
    }
  }

  function visitType(node: ts.Node): void {
    if ((ts.isMethodSignature(node) || ts.isPropertySignature(node)) && node.questionToken !== undefined && ts.isIdentifier(node.name)) {
      const type = checker.getTypeAtLocation(node);
      if (isFunction(checker.getNonNullableType(type))) say(`member:${node.name.text}`, node, 'capability', `an optional function ${node.name.text} fits every object`);
    }
    ts.forEachChild(node, visitType);
  }

  out.push(...findOddTypes(ts, roots));
  roots.forEach(visit);
  for (const finding of findModuleState(ts, checker, roots)) say(finding.key, finding.node, 'state', finding.reason, finding.hint, false);
  return out;
}

/** Types outside of the grammar. Asked before anything is: the checker may never be through with them. */
export function findOddTypes(ts: Ts, roots: readonly ts.Node[]): readonly Use[] {
  const out: Use[] = [];
  const visitType = (node: ts.Node): void => {
    if (!isAllowedType(ts, node)) {
      const isAny = node.kind === ts.SyntaxKind.AnyKeyword;
      out.push({ key: `type:${nameOfKind(ts, node.kind)}`, node, rule: 'types', reason: isAny ? '`any` switches checking off' : `${describeKind(ts, node)} is not among the types that a candidate may write`, hint: isAny ? 'use unknown, and narrow it' : 'name a type of the author\'s', effect: false });
    }
    ts.forEachChild(node, visitType);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) visitType(node);
    else if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isTypeParameterDeclaration(node)) ts.forEachChild(node, (child) => { if (!ts.isHeritageClause(child)) visitType(child); });
    else ts.forEachChild(node, visit);
  };
  roots.forEach(visit);
  return out;
}

/** The first name of a kind: later ones mark where ranges of kinds begin and end. */
const nameOfKind = (ts: Ts, kind: ts.SyntaxKind): string => Object.keys(ts.SyntaxKind).find((name) => (ts.SyntaxKind as unknown as Record<string, ts.SyntaxKind>)[name] === kind) ?? String(kind);
const describeKind = (ts: Ts, node: ts.Node): string => nameOfKind(ts, node.kind).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

/** Whether an identifier stands for a value, rather than naming something. */
function isReference(ts: Ts, node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name === node || parent.objectAssignmentInitializer === node;
  if (ts.isPropertyAssignment(parent) || ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.initializer === node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent) || ts.isJsxAttribute(parent) || ts.isMetaProperty(parent)) return false;
  if (ts.isFunctionLike(parent)) return ts.isArrowFunction(parent) && parent.body === node;
  if (ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent) || ts.isTypeAliasDeclaration(parent) || ts.isTypeParameterDeclaration(parent) || ts.isEnumDeclaration(parent) || ts.isModuleDeclaration(parent)) return false;
  return true;
}

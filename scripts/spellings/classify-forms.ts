import ts from 'typescript';

export const SPELLINGS = ['jsdoc', 'wrapper', 'decorator', 'function-decorator'] as const;
export type FormSpelling = (typeof SPELLINGS)[number];

type FunctionNode = ts.FunctionDeclaration | ts.MethodDeclaration | ts.ArrowFunction | ts.FunctionExpression;

/** What a marked function is (one of them), in the order of the page. */
export const KINDS = [
  'function declaration', 'function declaration in a function', 'function in a namespace', 'default export with a name', 'default export without a name', 'default export, arrow function',
  'arrow function in a `const`', 'function expression in a `const`', 'method', 'static method', '`private` method', '`#private` method', 'method that overrides', 'class field',
  'method of an object literal', 'property of an object literal',
] as const;

/** What a marked function has (any number of them). */
export const FEATURES = [
  'async', 'returns a Promise, not async', 'generic', 'overloaded', 'default parameters', 'rest parameters', 'optional parameters', 'destructured parameters', '`this` parameter', '`this` or `super` in the body',
  'recursion', 'mutual recursion', 'reads and changes module state', 'names that generated code would use', 'called above its declaration', 'type guard', 'assertion', 'never returns',
] as const;

export interface Form {
  readonly line: number;
  readonly kind: (typeof KINDS)[number];
  readonly features: readonly (typeof FEATURES)[number][];
}

/** The functions that a fixture marks in one spelling, by syntax alone: the tests prove that they are enhanced. */
export function classifyForms(spelling: FormSpelling, fileName: string, text: string): Form[] {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const marked: FunctionNode[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunction(node) && node.body !== undefined && isMarked(spelling, file, node)) marked.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return marked.map((node) => ({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, kind: findKind(node), features: findFeatures(file, node, marked) }));
}

const isFunction = (node: ts.Node): node is FunctionNode =>
  ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node);

function isMarked(spelling: FormSpelling, file: ts.SourceFile, node: FunctionNode): boolean {
  const names = poetNames(file);
  const isPoet = (callee: ts.Expression): boolean => (ts.isPropertyAccessExpression(callee) ? names.has(callee.expression.getText()) && callee.name.text === 'poet' : names.has(callee.getText()));
  if (spelling === 'jsdoc') return (ts.getLeadingCommentRanges(file.text, commentCarrier(node).pos) ?? []).some(({ pos, end }) => /^\/\*\*[\s*]*@poet\b/.test(file.text.slice(pos, end)));
  if (spelling === 'wrapper') return ts.isCallExpression(outermost(node)) && isPoet((outermost(node) as ts.CallExpression).expression);
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return false;
  return (node.modifiers ?? []).some((m) => ts.isDecorator(m) && ts.isCallExpression(m.expression) && isPoet(m.expression.expression));
}

function poetNames(file: ts.SourceFile): ReadonlySet<string> {
  return new Set(file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || (statement.moduleSpecifier as ts.StringLiteral).text !== 'poetc') return [];
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined) return [];
    return ts.isNamespaceImport(bindings) ? [bindings.name.text] : bindings.elements.filter((e) => (e.propertyName ?? e.name).text === 'poet').map((e) => e.name.text);
  }));
}

/** The call of the wrapper, or the function itself; parentheses and `as` between them do not count. */
function outermost(node: FunctionNode): ts.Node {
  let at: ts.Node = node;
  while (ts.isParenthesizedExpression(at.parent) || ts.isAsExpression(at.parent)) at = at.parent;
  return ts.isCallExpression(at.parent) && at.parent.arguments[1] === at ? at.parent : node;
}

function commentCarrier(node: FunctionNode): ts.Node {
  const { parent } = outermost(node);
  if (ts.isVariableDeclaration(parent)) return parent.parent.parent;
  return ts.isPropertyDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isExportAssignment(parent) ? parent : node;
}

function findKind(node: FunctionNode): Form['kind'] {
  const has = (kind: ts.SyntaxKind): boolean => (ts.canHaveModifiers(node) ? ts.getModifiers(node) ?? [] : []).some((m) => m.kind === kind);
  if (ts.isFunctionDeclaration(node)) {
    if (has(ts.SyntaxKind.DefaultKeyword)) return node.name === undefined ? 'default export without a name' : 'default export with a name';
    if (ts.isModuleBlock(node.parent)) return 'function in a namespace';
    return ts.isSourceFile(node.parent) ? 'function declaration' : 'function declaration in a function';
  }
  if (ts.isMethodDeclaration(node)) {
    if (ts.isObjectLiteralExpression(node.parent)) return 'method of an object literal';
    if (ts.isPrivateIdentifier(node.name)) return '`#private` method';
    if (has(ts.SyntaxKind.PrivateKeyword)) return '`private` method';
    if (has(ts.SyntaxKind.StaticKeyword)) return 'static method';
    return has(ts.SyntaxKind.OverrideKeyword) ? 'method that overrides' : 'method';
  }
  const { parent } = outermost(node);
  if (ts.isExportAssignment(parent)) return 'default export, arrow function';
  if (ts.isPropertyDeclaration(parent)) return 'class field';
  if (ts.isPropertyAssignment(parent)) return 'property of an object literal';
  return ts.isArrowFunction(node) ? 'arrow function in a `const`' : 'function expression in a `const`';
}

function findFeatures(file: ts.SourceFile, node: FunctionNode, marked: readonly FunctionNode[]): Form['features'] {
  const parameters = node.parameters.filter((p) => p.name.getText() !== 'this');
  const type = node.type?.getText() ?? '';
  const isAsync = node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) === true;
  const own = nameOf(node);
  const called = (fn: FunctionNode): Set<string> => namesIn(fn.body!);
  const recursive = own !== undefined && called(node).has(own);
  const annotated = outermost(node).parent;
  const overloads = ts.isVariableDeclaration(annotated) && ts.isTypeReferenceNode(annotated.type ?? annotated) ? interfaceSignatures(file, annotated.type!.getText())
    : (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && own !== undefined ? siblings(node).filter((s) => isFunction(s) && s.body === undefined && nameOf(s) === own).length : 0;
  const facts: Record<(typeof FEATURES)[number], boolean> = {
    async: isAsync,
    'returns a Promise, not async': !isAsync && type.startsWith('Promise<'),
    generic: (node.typeParameters?.length ?? 0) > 0,
    overloaded: overloads > 1,
    'default parameters': parameters.some((p) => p.initializer !== undefined),
    'rest parameters': parameters.some((p) => p.dotDotDotToken !== undefined),
    'optional parameters': parameters.some((p) => p.questionToken !== undefined),
    'destructured parameters': parameters.some((p) => !ts.isIdentifier(p.name)),
    '`this` parameter': node.parameters.length > parameters.length,
    '`this` or `super` in the body': /\b(?:this|super)\b/.test(node.body!.getText()),
    recursion: recursive,
    'mutual recursion': own !== undefined && marked.some((other) => other !== node && nameOf(other) !== undefined && called(node).has(nameOf(other)!) && called(other).has(own)),
    'reads and changes module state': moduleVariables(file).some((name) => new RegExp(`\\b${name}\\b(?:\\+\\+| [+-]?= )`).test(node.body!.getText())),
    'names that generated code would use': parameters.some((p) => ['enforce', 'operatePrime', 'perceive'].includes(p.name.getText())),
    'called above its declaration': own !== undefined && ts.isFunctionDeclaration(node) && new RegExp(`= ${own}\\(`).test(file.text.slice(0, node.pos)),
    'type guard': node.type !== undefined && ts.isTypePredicateNode(node.type) && node.type.assertsModifier === undefined,
    assertion: node.type !== undefined && ts.isTypePredicateNode(node.type) && node.type.assertsModifier !== undefined,
    'never returns': type === 'never',
  };
  return FEATURES.filter((feature) => facts[feature]);
}

function nameOf(node: FunctionNode): string | undefined {
  if (node.name !== undefined) return node.name.getText();
  const { parent } = outermost(node);
  return ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : undefined;
}

function namesIn(node: ts.Node): Set<string> {
  const names = new Set<string>();
  const visit = (n: ts.Node): void => {
    if (ts.isIdentifier(n)) names.add(n.text);
    ts.forEachChild(n, visit);
  };
  visit(node);
  return names;
}

const siblings = (node: ts.Node): readonly ts.Node[] => {
  const { parent } = node;
  return ts.isClassLike(parent) ? parent.members : ts.isSourceFile(parent) || ts.isBlock(parent) || ts.isModuleBlock(parent) ? parent.statements : [];
};

function interfaceSignatures(file: ts.SourceFile, name: string): number {
  const found = file.statements.find((s): s is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(s) && s.name.text === name);
  return found?.members.filter((m) => ts.isCallSignatureDeclaration(m)).length ?? 0;
}

function moduleVariables(file: ts.SourceFile): string[] {
  return file.statements.flatMap((s) => (ts.isVariableStatement(s) && (s.declarationList.flags & ts.NodeFlags.Const) === 0 ? s.declarationList.declarations.map((d) => d.name.getText()) : []));
}

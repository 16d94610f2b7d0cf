/** The syntax that a candidate may be written in; everything else is refused, what languages gain later included. */
import type ts from 'typescript';
import type { Ts } from '../../types.ts';

const ALLOWED = `
  FunctionDeclaration FunctionExpression ArrowFunction MethodDeclaration Constructor GetAccessor SetAccessor Parameter Block
  ClassDeclaration ClassExpression PropertyDeclaration SemicolonClassElement HeritageClause ExpressionWithTypeArguments
  VariableStatement VariableDeclarationList VariableDeclaration ObjectBindingPattern ArrayBindingPattern BindingElement OmittedExpression
  ExpressionStatement EmptyStatement IfStatement DoStatement WhileStatement ForStatement ForInStatement ForOfStatement ContinueStatement BreakStatement
  ReturnStatement SwitchStatement CaseBlock CaseClause DefaultClause LabeledStatement ThrowStatement TryStatement CatchClause
  Identifier PrivateIdentifier ThisKeyword SuperKeyword NullKeyword TrueKeyword FalseKeyword
  NumericLiteral BigIntLiteral StringLiteral NoSubstitutionTemplateLiteral RegularExpressionLiteral TemplateExpression TemplateSpan TemplateHead TemplateMiddle TemplateTail TaggedTemplateExpression
  ArrayLiteralExpression ObjectLiteralExpression PropertyAssignment ShorthandPropertyAssignment SpreadAssignment SpreadElement ComputedPropertyName
  PropertyAccessExpression ElementAccessExpression CallExpression NewExpression ParenthesizedExpression
  DeleteExpression TypeOfExpression VoidExpression AwaitExpression YieldExpression PrefixUnaryExpression PostfixUnaryExpression BinaryExpression ConditionalExpression
  AsExpression TypeAssertionExpression NonNullExpression SatisfiesExpression
  ExportKeyword AsyncKeyword ConstKeyword ReadonlyKeyword PrivateKeyword ProtectedKeyword PublicKeyword OverrideKeyword AbstractKeyword StaticKeyword
  QuestionToken QuestionDotToken DotDotDotToken AsteriskToken ExclamationToken EqualsGreaterThanToken ColonToken AwaitKeyword
  ImportKeyword ClassStaticBlockDeclaration
`;

const ALLOWED_TYPES = `
  StringKeyword NumberKeyword BooleanKeyword BigIntKeyword SymbolKeyword UndefinedKeyword VoidKeyword NeverKeyword UnknownKeyword ObjectKeyword NullKeyword ThisType
  TypeReference QualifiedName Identifier ArrayType TupleType NamedTupleMember OptionalType RestType UnionType IntersectionType ParenthesizedType FunctionType TypeLiteral
  PropertySignature MethodSignature IndexSignature CallSignature StringLiteral ComputedPropertyName Parameter TypeParameter TypeOperator IndexedAccessType TypeQuery TypePredicate LiteralType
  StringLiteral NumericLiteral BigIntLiteral TrueKeyword FalseKeyword PrefixUnaryExpression NoSubstitutionTemplateLiteral ReadonlyKeyword KeyOfKeyword UniqueKeyword
  QuestionToken DotDotDotToken ConstKeyword InKeyword AssertsKeyword ExpressionWithTypeArguments PropertyAccessExpression MinusToken PlusToken
`;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const kindsByCompiler = new WeakMap<Ts, { readonly syntax: ReadonlySet<ts.SyntaxKind>; readonly types: ReadonlySet<ts.SyntaxKind> }>();

function kindsOf(ts: Ts): { readonly syntax: ReadonlySet<ts.SyntaxKind>; readonly types: ReadonlySet<ts.SyntaxKind> } {
  let kinds = kindsByCompiler.get(ts);
  if (kinds === undefined) {
    const table = ts.SyntaxKind as unknown as Readonly<Record<string, ts.SyntaxKind>>;
    const read = (text: string): ReadonlySet<ts.SyntaxKind> => new Set(words(text).map((name) => {
      const kind = table[name];
      if (kind === undefined) throw new Error(`no syntax of the name ${name}`);
      return kind;
    }));
    kindsByCompiler.set(ts, (kinds = { syntax: read(ALLOWED), types: read(ALLOWED_TYPES) }));
  }
  return kinds;
}

export function isAllowedSyntax(ts: Ts, node: ts.Node): boolean {
  const isOperator = ts.isBinaryExpression(node.parent) && node.parent.operatorToken === node;
  const isAwaitOrUsing = ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using;
  // `declare` and decorators are modifiers, and not in the list.
  return (isOperator || kindsOf(ts).syntax.has(node.kind)) && !isAwaitOrUsing;
}

/** Conditional, mapped and template literal types can keep a checker busy for hours; imports reach other files. */
export function isAllowedType(ts: Ts, node: ts.Node): boolean {
  return kindsOf(ts).types.has(node.kind);
}

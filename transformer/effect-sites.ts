/**
 * Whether a function's effect on the world is one call that runs at most once: only then can nothing have happened when that call says that
 * it never had a connection. Every doubt counts against it.
 */
import type ts from 'typescript';
import type { Ts } from './types.ts';

/** Of platforms: what was received is read, and nothing is sent. */
const INERT_TYPES: ReadonlySet<string> = new Set(['Response', 'Body', 'Headers', 'URL', 'URLSearchParams', 'FormData', 'Blob', 'TextEncoder', 'TextDecoder', 'AbortController', 'AbortSignal']);
/** Run what they are given. */
const RUNNERS: ReadonlySet<string> = new Set(['call', 'apply', 'bind', 'construct', 'defineProperty', 'assign', 'set']);

type Site = ts.CallExpression | ts.NewExpression;

/**
 * @param inside functions that lead here: one that calls itself has as many effects as it likes
 * @returns the call; where it is one of a function of the project, the one in there
 */
export function findOneEffectSite(ts: Ts, checker: ts.TypeChecker, target: ts.FunctionLikeDeclaration, inside: readonly ts.Node[] = []): Site | undefined {
  const sites: Site[] = [];
  let isDoubtful = false;
  const isLocal = (node: ts.Node): boolean => {
    const symbol = checker.getSymbolAtLocation(node);
    const declaration = symbol?.valueDeclaration;
    return declaration !== undefined && declaration.pos >= target.pos && declaration.end <= target.end && ts.findAncestor(declaration, ts.isParameter) === undefined;
  };
  const rootOf = (node: ts.Expression): ts.Expression => {
    let at = node;
    while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at) || ts.isAsExpression(at)) at = at.expression;
    return at;
  };
  const changes = (node: ts.Expression): void => { if (!ts.isIdentifier(rootOf(node)) || !isLocal(rootOf(node))) isDoubtful = true; };
  const visit = (node: ts.Node, repeats: boolean): void => {
    if (isDoubtful) return;
    if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) isDoubtful = true;
    if (ts.isYieldExpression(node) || ts.isTaggedTemplateExpression(node)) isDoubtful = true;
    if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) changes(node.left);
    if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken)) changes(node.operand);
    if (ts.isDeleteExpression(node)) changes(node.expression);
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && !isInert(ts, checker, node)) {
      const helper = findProjectFunction(ts, checker, node);
      const isAround = helper !== undefined && (inside.includes(helper) || helper === target);
      const site = repeats || isAround ? undefined : helper === undefined ? node : findOneEffectSite(ts, checker, helper, [...inside, target]);
      if (site === undefined) isDoubtful = true;
      else sites.push(site);
    }
    const again = repeats || ts.isIterationStatement(node, false) || (ts.isFunctionLike(node) && node !== target);
    ts.forEachChild(node, (child) => visit(child, again));
  };
  if (target.body !== undefined) visit(target.body, false);
  return !isDoubtful && sites.length === 1 ? sites[0] : undefined;
}

/** What a call runs, where its text is at hand. */
function findProjectFunction(ts: Ts, checker: ts.TypeChecker, call: Site): ts.FunctionLikeDeclaration | undefined {
  const declaration = checker.getResolvedSignature(call)?.declaration;
  if (declaration === undefined || declaration.getSourceFile().isDeclarationFile) return undefined;
  return ts.isFunctionLike(declaration) && 'body' in declaration && declaration.body !== undefined ? (declaration as ts.FunctionLikeDeclaration) : undefined;
}

/** A call of the language's own library, or one that only reads what a platform has handed over. */
function isInert(ts: Ts, checker: ts.TypeChecker, call: Site): boolean {
  const callee = call.expression;
  if (callee.kind === ts.SyntaxKind.SuperKeyword || callee.kind === ts.SyntaxKind.ImportKeyword) return false;
  const named = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  const declarations = checker.getSymbolAtLocation(named)?.declarations ?? [];
  if (declarations.length === 0) return false;
  const files = declarations.map((each) => each.getSourceFile().fileName);
  if (files.every((file) => /(?:^|\/)lib\.(?:es|decorators)[\w.]*\.d\.ts$/.test(file))) return !RUNNERS.has(named.getText());
  if (!declarations.every((each) => each.getSourceFile().isDeclarationFile)) return false;
  const owner = ts.isNewExpression(call) ? named.getText() : ts.isPropertyAccessExpression(callee) ? checker.getTypeAtLocation(callee.expression).symbol?.name : undefined;
  return owner !== undefined && INERT_TYPES.has(owner) && files.every((file) => /\/lib\.[\w.]+\.d\.ts$|\/node_modules\/(?:@types\/node|undici-types)\//.test(file));
}

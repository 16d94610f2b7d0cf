/**
 * Whether a call may follow a redirect. One that does says that it never had a connection when the place that it was sent on to has none:
 * by then the first server may have done what it was asked for.
 */
import type ts from 'typescript';
import type { Ts } from './types.ts';

/** Clients that follow redirects unless they are told not to, each in its own way. Those that answer with a `Response` are known by that. */
const CLIENTS = /\/node_modules\/(?:@types\/)?(?:axios|follow-redirects|got|ky|ofetch|request|superagent|wretch)\//;
/** Values of the option `redirect` of `fetch` under which nothing is followed. */
const STAYS: ReadonlySet<string> = new Set(['error', 'manual']);

export function mayFollowRedirects(ts: Ts, checker: ts.TypeChecker, site: ts.CallExpression | ts.NewExpression): boolean {
  if (isFetch(ts, checker, site)) return !(site.arguments ?? []).some((argument) => staysOnItsServer(checker, argument));
  const declaration = checker.getResolvedSignature(site)?.declaration;
  return declaration !== undefined && CLIENTS.test(declaration.getSourceFile().fileName);
}

function isFetch(ts: Ts, checker: ts.TypeChecker, site: ts.CallExpression | ts.NewExpression): boolean {
  const callee = site.expression;
  const name = ts.isIdentifier(callee) ? callee.text : ts.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
  const signature = checker.getResolvedSignature(site);
  if (signature === undefined) return name === 'fetch';
  const { declaration } = signature;
  if (name === 'fetch' || (declaration !== undefined && ts.isFunctionDeclaration(declaration) && declaration.name?.text === 'fetch')) return true;
  const result = signature.getReturnType();
  return (checker.getAwaitedType(result) ?? result).symbol?.name === 'Response';
}

/** By its type, so that options which may say otherwise, such as some that are spread over these, count against it. */
function staysOnItsServer(checker: ts.TypeChecker, argument: ts.Expression): boolean {
  const redirect = checker.getTypeAtLocation(argument).getProperty('redirect');
  if (redirect === undefined) return false;
  const type = checker.getTypeOfSymbolAtLocation(redirect, argument);
  return (type.isUnion() ? type.types : [type]).every((each) => each.isStringLiteral() && STAYS.has(each.value));
}

import type ts from 'typescript';
import type { Ts } from '../../transformer/types.ts';

const HOISTED = new Set(['mock', 'unmock', 'deepUnmock', 'enableAutomock', 'disableAutomock']);

/**
 * Moves top-level `jest.mock(…)` and its kin above the imports, as babel-jest and ts-jest do: without it a mock comes too late.
 * An import of `jest` itself stays in front of them.
 *
 * Not moved: calls in blocks and functions, and calls of `jest` under another name.
 */
export function makeMockHoister(ts: Ts): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const mocks = file.statements.filter((statement) => ts.isExpressionStatement(statement) && isMock(ts, statement.expression));
    if (mocks.length === 0) return file;
    const rank = (statement: ts.Statement): number => (isPrologue(ts, statement) ? 0 : isJestImport(ts, statement) ? 1 : mocks.includes(statement) ? 2 : 3);
    const statements = [...file.statements].sort((a, b) => rank(a) - rank(b));
    return context.factory.updateSourceFile(file, ts.setTextRange(context.factory.createNodeArray(statements), file.statements));
  };
}

/** `jest.mock(…)`, also chained: `jest.mock(…).unmock(…)`. */
function isMock(ts: Ts, node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || !HOISTED.has(node.expression.name.text)) return false;
  const receiver = node.expression.expression;
  return (ts.isIdentifier(receiver) && receiver.text === 'jest') || isMock(ts, receiver);
}

const isPrologue = (ts: Ts, node: ts.Statement): boolean => ts.isExpressionStatement(node) && ts.isStringLiteral(node.expression);

const isJestImport = (ts: Ts, node: ts.Statement): boolean =>
  ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && node.moduleSpecifier.text === '@jest/globals';

import ts from 'typescript';

/** One exported function of a file. */
export interface ExportedFunction {
  /** As the module names it; `default` when it has no name of its own. */
  readonly name: string;
  /** 1-based, in the author's file. */
  readonly line: number;
  readonly kind: 'declaration' | 'arrow' | 'expression';
  readonly generator: boolean;
}

export interface MarkedFile {
  readonly text: string;
  readonly functions: readonly ExportedFunction[];
}

interface Found extends ExportedFunction {
  /** The statement (or declaration) whose leading comment carries the tag. */
  readonly carrier: ts.Node;
}

/**
 * Puts `@poet` on every function that a module exports, into the JSDoc comment that is there or into a new one.
 * A comment of one line grows to three, so lines after it move; `line` counts in the text that was given.
 *
 * Counted: function declarations with a body, `const` arrows and function expressions, default exports of all three,
 * whether exported where they stand or in a list (`export { f }`, `export default f`). Of overloads the implementation carries the tag.
 *
 * Not counted: methods, functions inside of objects, results of calls (`export const f = memo(() => 1)`), re-exports
 * (the module that they come from has them), `export =`.
 */
export function markExports(fileName: string, text: string): MarkedFile {
  const sourceFile = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const found = findExportedFunctions(sourceFile);
  const carriers = [...new Set(found.map((f) => f.carrier))].sort((a, b) => b.pos - a.pos);
  let marked = text;
  for (const carrier of carriers) marked = insertTag(marked, sourceFile, carrier);
  return { text: marked, functions: found.map(({ name, line, kind, generator }) => ({ name, line, kind, generator })) };
}

function findExportedFunctions(sourceFile: ts.SourceFile): Found[] {
  const listed = new Set<string>();
  for (const statement of sourceFile.statements) {
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier === undefined && !statement.isTypeOnly && statement.exportClause && ts.isNamedExports(statement.exportClause)) {
      for (const element of statement.exportClause.elements) if (!element.isTypeOnly) listed.add((element.propertyName ?? element.name).text);
    }
    if (ts.isExportAssignment(statement) && !statement.isExportEquals && ts.isIdentifier(statement.expression)) listed.add(statement.expression.text);
  }
  return sourceFile.statements.flatMap((statement): Found[] => {
    const exported = ts.canHaveModifiers(statement) && (ts.getModifiers(statement) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
    if (ts.isFunctionDeclaration(statement)) {
      const name = statement.name?.text ?? 'default';
      return statement.body && (exported || listed.has(name)) ? [describe(sourceFile, name, statement, statement, 'declaration')] : [];
    }
    if (ts.isVariableStatement(statement)) return fromVariables(sourceFile, statement, exported, listed);
    if (ts.isExportAssignment(statement) && !statement.isExportEquals) {
      const kind = functionKind(statement.expression);
      return kind === undefined ? [] : [describe(sourceFile, 'default', statement, statement.expression, kind)];
    }
    return [];
  });
}

function fromVariables(sourceFile: ts.SourceFile, statement: ts.VariableStatement, exported: boolean, listed: ReadonlySet<string>): Found[] {
  // A `let` may be replaced at run time: it is a variable that holds a function, not a function.
  if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0) return [];
  return statement.declarationList.declarations.flatMap((declaration): Found[] => {
    if (!ts.isIdentifier(declaration.name) || declaration.initializer === undefined) return [];
    const kind = functionKind(declaration.initializer);
    if (kind === undefined || !(exported || listed.has(declaration.name.text))) return [];
    return [describe(sourceFile, declaration.name.text, statement, declaration.initializer, kind)];
  });
}

function functionKind(node: ts.Expression): 'arrow' | 'expression' | undefined {
  if (ts.isArrowFunction(node)) return 'arrow';
  return ts.isFunctionExpression(node) ? 'expression' : undefined;
}

function describe(sourceFile: ts.SourceFile, name: string, carrier: ts.Node, node: ts.Node, kind: Found['kind']): Found {
  const generator = (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node)) && node.asteriskToken !== undefined;
  return { name, carrier, kind, generator, line: sourceFile.getLineAndCharacterOfPosition(carrier.getStart(sourceFile)).line + 1 };
}

/** Into the last JSDoc comment before the node, as its first tag line; without one, a comment of one line. */
function insertTag(text: string, sourceFile: ts.SourceFile, carrier: ts.Node): string {
  const start = carrier.getStart(sourceFile);
  const comment = (ts.getLeadingCommentRanges(sourceFile.text, carrier.pos) ?? []).filter((c) => text.startsWith('/**', c.pos) && !text.startsWith('/**/', c.pos)).at(-1);
  if (comment === undefined) return `${text.slice(0, start)}/** @poet */ ${text.slice(start)}`;
  if (/^[ \t]*\*?[ \t]*@poet\b/m.test(text.slice(comment.pos + 2, comment.end))) return text;
  const before = findTagPlace(text, comment.pos, comment.end);
  return `${text.slice(0, before.at)}${before.insert}${text.slice(before.at)}`;
}

/**
 * A tag begins a line; its text ends where the next one begins. The description has to stay the description, so the tag
 * goes before the first tag that there is, else to the end of the comment.
 */
function findTagPlace(text: string, pos: number, end: number): { at: number; insert: string } {
  const body = text.slice(pos, end);
  const first = /^[ \t]*(?:\/\*\*|\*)[ \t]*(?=@\w)/m.exec(body);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  if (first !== null) {
    const at = pos + first.index + first[0].length;
    return { at, insert: `@poet${eol} * ` };
  }
  const close = end - 2;
  return body.includes('\n') ? { at: close, insert: `* @poet${eol} ` } : { at: close, insert: `${text[close - 1] === ' ' ? '' : ' '}${eol} * @poet${eol} ` };
}

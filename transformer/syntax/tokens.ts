/**
 * The words of a piece of source, without what a formatter may change.
 *
 * Dropped: white space, comments, semicolons that end something, trailing commas, redundant parentheses, the kind of
 * quotes, quotes around property names, the leading `|` of a union. Two texts with equal words have equal syntax trees:
 * brackets `⟨ ⟩` around every inner node keep the structure that the dropped characters carried.
 */
import type ts from 'typescript';
import type { Ts } from '../types.ts';

export interface TokenOptions {
  /** Subtrees to leave out, e.g. the `@poet` decorator itself. */
  readonly skip?: (node: ts.Node) => boolean;
  /** Another spelling for an identifier; undefined keeps its own. */
  readonly rename?: (node: ts.Identifier) => string | undefined;
}

export type TokenReader = (node: ts.Node, sourceFile: ts.SourceFile, options?: TokenOptions) => string[];

/** One reader serves any number of nodes; it owns a scanner, and keeps nothing else. */
export function makeTokenReader(ts: Ts): TokenReader {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard);
  let scanned: ts.SourceFile | undefined;

  return function readTokens(root, sourceFile, options = {}) {
    const text = sourceFile.text;
    if (scanned !== sourceFile) { scanner.setText(text); scanned = sourceFile; }
    const out: string[] = [];

    /** Punctuation and keywords between two children; children themselves never overlap a gap. */
    const readGap = (parent: ts.Node, from: number, to: number, first: boolean): void => {
      if (from >= to) return;
      scanner.resetTokenState(from);
      for (;;) {
        const kind = scanner.scan();
        if (kind === ts.SyntaxKind.EndOfFileToken || scanner.getTokenStart() >= to) return;
        writeGapToken(ts, out, parent, kind, scanner.getTokenText(), first);
      }
    };

    const visit = (node: ts.Node): void => {
      if (options.skip?.(node)) return;
      if (isRedundantParenthesis(ts, node)) return visit(node.expression);
      if (ts.isParenthesizedTypeNode(node)) return visit(node.type);
      const leaf = readLeaf(ts, node, sourceFile, options);
      if (leaf !== undefined) { out.push(leaf); return; }
      out.push('⟨');
      let end = node.getStart(sourceFile, false);
      let first = true;
      const bareArrow = ts.isArrowFunction(node) && isBareArrow(node, text) ? node.parameters[0] : undefined;
      ts.forEachChild(node, (child) => {
        const start = child.getStart(sourceFile, false);
        readGap(node, end, start, first);
        if (child === bareArrow) { out.push('('); visit(child); out.push(')'); } else if (!isDroppedStatement(ts, child, node)) visit(child);
        end = child.end;
        first = false;
      });
      readGap(node, end, node.end, first);
      if (out[out.length - 1] === ',') out.pop();
      out.push('⟩');
    };

    visit(root);
    return out;
  };
}

/**
 * Whether two pieces of source say the same.
 * @param rename applied to the identifiers of both, e.g. to let a self-call go by another name
 */
export function sameTokens(read: TokenReader, a: ts.Node, b: ts.Node, rename?: TokenOptions['rename']): boolean {
  const options = rename ? { rename } : {};
  const left = read(a, a.getSourceFile(), options);
  const right = read(b, b.getSourceFile(), options);
  return left.length === right.length && left.every((token, i) => token === right[i]);
}

function writeGapToken(ts: Ts, out: string[], parent: ts.Node, kind: ts.SyntaxKind, token: string, first: boolean): void {
  switch (kind) {
    case ts.SyntaxKind.SemicolonToken:
      if (ts.isForStatement(parent)) out.push(token);
      return;
    case ts.SyntaxKind.BarToken:
    case ts.SyntaxKind.AmpersandToken:
      if (first && (ts.isUnionTypeNode(parent) || ts.isIntersectionTypeNode(parent))) return;
      break;
    case ts.SyntaxKind.CloseParenToken:
    case ts.SyntaxKind.CloseBracketToken:
    case ts.SyntaxKind.CloseBraceToken:
    case ts.SyntaxKind.GreaterThanToken:
      if (out[out.length - 1] === ',') out.pop();
      break;
  }
  out.push(token);
}

/** The text of a node without children, in one spelling; undefined for a node that has children or only punctuation. */
function readLeaf(ts: Ts, node: ts.Node, sourceFile: ts.SourceFile, options: TokenOptions): string | undefined {
  if (ts.isIdentifier(node)) return options.rename?.(node) ?? node.text;
  if (ts.isStringLiteral(node)) {
    const isName = (ts.isPropertyAssignment(node.parent) || ts.isPropertySignature(node.parent)) && node.parent.name === node;
    return isName && /^[A-Za-z_$][\w$]*$/.test(node.text) ? node.text : JSON.stringify(node.text);
  }
  if (ts.isNumericLiteral(node)) return node.text;
  if (ts.isOmittedExpression(node)) return '⟨hole⟩';
  if (ts.isJsxText(node)) return node.text.replace(/\s*\r?\n\s*/g, '\n');
  if (node.kind <= ts.SyntaxKind.LastToken) return node.getText(sourceFile).replace(/\r\n/g, '\n');
  return undefined;
}

/** Parentheses that only group: the brackets `⟨ ⟩` say it already. They end an optional chain, and unmake a directive. */
function isRedundantParenthesis(ts: Ts, node: ts.Node): node is ts.ParenthesizedExpression {
  return ts.isParenthesizedExpression(node) && !ts.isOptionalChain(node.expression)
    && !(ts.isStringLiteralLike(node.expression) && ts.isExpressionStatement(node.parent));
}

function isBareArrow(node: ts.ArrowFunction, text: string): boolean {
  const parameter = node.parameters[0];
  return node.parameters.length === 1 && parameter !== undefined && text[parameter.pos - 1] !== '('
    && !text.slice(node.pos, parameter.pos).includes('(');
}

function isDroppedStatement(ts: Ts, node: ts.Node, parent: ts.Node): boolean {
  return ts.isEmptyStatement(node)
    && (ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent) || ts.isModuleBlock(parent));
}

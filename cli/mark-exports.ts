/** Marks, in memory, every exported function of a file, so that the pipeline can say what it would make of it. */
import type ts from 'typescript';
import type { TargetNode, Ts } from '../transformer/types.ts';

export interface Marking {
  readonly text: string;
  /** Offset in the marked text → offset in the file. */
  original(offset: number): number;
}

interface Insertion { readonly at: number; readonly text: string }

/**
 * Exported functions of a module: declarations, constants that hold a function, default exports, methods of exported classes.
 * Bodiless ones, accessors and constructors are left out; so are private and protected methods.
 */
export function findExportedFunctions(ts: Ts, checker: ts.TypeChecker, file: ts.SourceFile): TargetNode[] {
  const module = checker.getSymbolAtLocation(file);
  if (module === undefined) return [];
  const found = new Set<TargetNode>();
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = (exported.flags & ts.SymbolFlags.Alias) === 0 ? exported : checker.getAliasedSymbol(exported);
    for (const declaration of symbol.declarations ?? []) {
      if (declaration.getSourceFile() !== file) continue;
      for (const node of functionsOf(ts, declaration)) found.add(node);
    }
  }
  return [...found].sort((a, b) => a.pos - b.pos);
}

function functionsOf(ts: Ts, declaration: ts.Declaration): TargetNode[] {
  if (ts.isFunctionDeclaration(declaration)) return declaration.body === undefined ? [] : [declaration];
  if (ts.isClassDeclaration(declaration)) return declaration.members.filter((member) => ts.isMethodDeclaration(member)).filter((method) => isPublic(ts, method));
  const value = ts.isVariableDeclaration(declaration) ? declaration.initializer : ts.isExportAssignment(declaration) ? declaration.expression : undefined;
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) ? [value] : [];
}

function isPublic(ts: Ts, method: ts.MethodDeclaration): boolean {
  const hidden = method.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword) ?? false;
  return method.body !== undefined && !hidden && !ts.isPrivateIdentifier(method.name);
}

/** The file's text with a tag at each of `nodes`. */
export function markFunctions(ts: Ts, file: ts.SourceFile, nodes: readonly TargetNode[]): Marking {
  const insertions = nodes.map((node) => insertionFor(ts, file, node)).sort((a, b) => a.at - b.at);
  let text = '';
  let done = 0;
  for (const { at, text: inserted } of insertions) {
    text += file.text.slice(done, at) + inserted;
    done = at;
  }
  text += file.text.slice(done);
  return {
    text,
    original(offset) {
      let shift = 0;
      for (const { at, text: inserted } of insertions) {
        if (offset < at + shift + inserted.length) return Math.min(offset - shift, at);
        shift += inserted.length;
      }
      return offset - shift;
    },
  };
}

/** Into the comment that is there, since only the last one of a declaration counts; else into one of its own. */
function insertionFor(ts: Ts, file: ts.SourceFile, node: TargetNode): Insertion {
  const host = hostOf(ts, node);
  const comment = ts.getLeadingCommentRanges(file.text, host.pos)
    ?.filter(({ pos, end }) => /^\/\*\*[^*/]/.test(file.text.slice(pos, pos + 4)) && end - pos > 4).at(-1);
  return comment === undefined ? { at: host.getStart(file), text: '/** @poet */ ' } : { at: comment.end - '*/'.length, text: '\n * @poet\n ' };
}

/** The node whose comment marks the function: a constant's statement for the function in it. */
function hostOf(ts: Ts, node: TargetNode): ts.Node {
  const { parent } = node;
  if (ts.isExportAssignment(parent)) return parent;
  if (!ts.isVariableDeclaration(parent)) return node;
  const list = parent.parent;
  return ts.isVariableDeclarationList(list) && list.declarations.length === 1 && ts.isVariableStatement(list.parent) ? list.parent : parent;
}

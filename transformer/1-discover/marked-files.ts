import type ts from 'typescript';
import { PACKAGE, type PoetNames, type PoetSymbols } from './poet-symbol.ts';

export interface MarkedFile {
  readonly file: ts.SourceFile;
  /** Undefined when the file imports no `poet`; JSDoc tags need no import. */
  readonly names: PoetNames | undefined;
  /** True when the text has `@poet`, in a comment or elsewhere. */
  readonly mentioned: boolean;
}

/**
 * The project's own files that may hold a marker. A search in the text decides; nothing is walked.
 * Only in a project with a barrel (a file that hands `poet` on) are the imports of all other files resolved.
 */
export function findMarkedFiles(program: ts.Program, symbols: PoetSymbols): MarkedFile[] {
  const own: { readonly file: ts.SourceFile; readonly hinted: boolean }[] = [];
  let barrel = false;
  for (const file of program.getSourceFiles()) {
    if (program.isSourceFileFromExternalLibrary(file) || program.isSourceFileDefaultLibrary(file)) continue;
    // Both the package's name and the tag hold this; so does an import of `poet` under an npm alias of the package.
    const hinted = file.text.includes('poet');
    if (!file.isDeclarationFile && !file.fileName.endsWith('.json')) own.push({ file, hinted });
    barrel ||= hinted && file.text.includes(PACKAGE) && !isPackageItself(file) && symbols.exportsPoet(file);
  }
  const marked: MarkedFile[] = [];
  for (const { file, hinted } of own) {
    if (!hinted && !barrel) continue;
    const names = symbols.findNames(file);
    const mentioned = hinted && file.text.includes('@poet');
    if (names !== undefined || mentioned) marked.push({ file, names, mentioned });
  }
  return marked;
}

function isPackageItself(file: ts.SourceFile): boolean {
  return file.isDeclarationFile && file.fileName.includes(`/node_modules/${PACKAGE}/`);
}

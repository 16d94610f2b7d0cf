import type ts from 'typescript';
import { rememberAnswers } from '../../transformer/remembering-checker.ts';
import type { ProgramSource } from '../../transformer/shadow-program.ts';
import { isWatching } from '../generation/fill-misses.ts';

/** What the compiler still has to do after it has checked a program, when this is on: print types, or check again in another order. */
const LATER_WORK = ['declaration', 'composite', 'incremental', 'noCheck'] as const;

/**
 * The author's own program, for the analysis, where asking its checker can change nothing any more: a second checker finds everything out
 * again, and an engine that meets each function of the compiler twice compiles it twice.
 *
 * That is so in one run of the command-line compiler that writes no declarations: what it does next is to check all files, in this order.
 * Here it does so before the analysis, and keeps what it found. Only a program without a single error is taken: its checker is then asked nothing but what
 * the emission of JavaScript asks, which follows from the checks.
 */
export function findCheckedProgram(source: ProgramSource, argv: readonly string[]): ts.Program | undefined {
  const { program } = source;
  const options = program.getCompilerOptions();
  if (!isOneRun(argv) || isWatching(source, argv) || LATER_WORK.some((name) => options[name] === true) || hasOtherPlugin(options) || hasDecoratedFunction(source)) return undefined;
  const isClean = [
    () => program.getConfigFileParsingDiagnostics(), () => program.getSyntacticDiagnostics(), () => program.getOptionsDiagnostics(), () => program.getGlobalDiagnostics(),
    // Checking can find that a global type is missing: the compiler would now hear of it too early.
    () => program.getSemanticDiagnostics(), () => program.getGlobalDiagnostics(),
  ].every((find) => find().length === 0);
  return isClean ? rememberAnswers(program) : undefined;
}

const isOneRun = ([, script = '', ...words]: readonly string[]): boolean =>
  /(?:^|[\\/])tsp?c(?:\.js)?$/.test(script) && !words.some((word) => /^--?b(?:uild)?$/i.test(word));

/** It may ask the same checker what it never asks itself, and print what follows from the order of the questions. */
const hasOtherPlugin = ({ plugins }: ts.CompilerOptions): boolean => Array.isArray(plugins) && plugins.filter((plugin) => (plugin as { readonly transform?: unknown }).transform !== undefined).length > 1;

/**
 * TypeScript refuses a decorator on a function and looks no further: ours have to be resolved before the file is checked, or their import counts as unused
 * (attach-build.ts). Asked of the syntax alone, because whose decorator it is only a checker knows.
 */
function hasDecoratedFunction({ ts, program }: ProgramSource): boolean {
  const visit = (node: ts.Node): boolean | undefined => (ts.isFunctionDeclaration(node) && node.modifiers?.some((modifier) => ts.isDecorator(modifier))) || ts.forEachChild(node, visit);
  // Behind a star of its line it is a tag of a comment: most files have no other.
  return program.getSourceFiles().some((file) => !file.isDeclarationFile && /(?<!\*[^\S\n]*)@/.test(file.text) && visit(file) === true);
}

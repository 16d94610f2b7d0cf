import type ts from 'typescript';
import { discover } from '../../transformer/1-discover/index.ts';
import { readTemplates } from '../../transformer/2-plan/templates.ts';
import { readConfig } from '../../transformer/config/index.ts';
import { toTsDiagnostic } from '../../transformer/diagnostics/render.ts';
import type { Ts } from '../../transformer/types.ts';
import { findRoot, findTemplates } from '../host-context.ts';

/** What discovery says about the targets of one file: unsupported forms, wrong options, parts of types that cannot be checked. */
export type FileDiagnoser = (program: ts.Program, file: ts.SourceFile) => ts.Diagnostic[];

export function makeFileDiagnoser(compiler: Ts, folder: string): FileDiagnoser {
  const root = findRoot(folder);
  const domains = readTemplates(findTemplates()).map((template) => template.domain);
  return (program, file) => {
    // The other files' targets are looked at when they are open: an editor asks for one file at every key stroke.
    const narrowed = Object.create(program, { getSourceFiles: { value: () => [file] } }) as ts.Program;
    const { diagnostics } = discover(narrowed, { ts: compiler, root, config: readConfig(root).config }, { domains });
    return diagnostics.filter((d) => d.file === file.fileName && d.start !== undefined).map((d) => toTsDiagnostic(compiler, d, file));
  };
}

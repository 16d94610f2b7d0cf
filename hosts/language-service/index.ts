import { dirname } from 'node:path';
import type ts from 'typescript';
import { findFunctionDecoratorsIn } from '../../transformer/1-discover/index.ts';
import type { Ts } from '../../transformer/types.ts';
import { mayHoldTarget } from '../marker-text.ts';
import { makeFileDiagnoser, type FileDiagnoser } from './file-diagnoser.ts';

/**
 * tsserver's plugin: `"plugins": [{ "name": "poetc/language-service" }]`.
 *
 * Withdraws TS1206 for `@poet` on function declarations and for nothing else, lets the checker look at the options there, and adds what
 * discovery says about targets of the open file. It never fails the editor: a bug of ours goes to tsserver's log, and its own answer stands.
 */
export default function init(modules: { readonly typescript: Ts }): { create(info: ts.server.PluginCreateInfo): ts.LanguageService } {
  const compiler = modules.typescript;
  return {
    create(info) {
      const inner = info.languageService;
      const attempt = <T>(what: string, work: () => T, otherwise: T): T => {
        try {
          return work();
        } catch (error) {
          if (error instanceof compiler.OperationCanceledException) throw error;
          info.project.projectService.logger.info(`poetc: ${what} failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
          return otherwise;
        }
      };
      const diagnose: FileDiagnoser = attempt('start', () => makeFileDiagnoser(compiler, findFolder(info)), () => []);
      /** Also shows the checker the options and the import: it never looks at illegal decorators by itself, and must before it is asked about the file. */
      const findOurs = (fileName: string): { readonly program: ts.Program; readonly file: ts.SourceFile; readonly starts: ReadonlySet<number> } | undefined => {
        const program = inner.getProgram();
        const file = program?.getSourceFile(fileName);
        if (program === undefined || file === undefined || !mayHoldTarget(file.text)) return undefined;
        const checker = program.getTypeChecker();
        const found = findFunctionDecoratorsIn(compiler, checker, file);
        for (const { call } of found) checker.getResolvedSignature(call);
        return { program, file, starts: new Set(found.map((decorator) => decorator.start)) };
      };

      return {
        ...inner,
        getSemanticDiagnostics(fileName) {
          const ours = attempt('search for decorators', () => findOurs(fileName), undefined);
          const found = inner.getSemanticDiagnostics(fileName);
          if (ours === undefined) return found;
          const kept = found.filter((d) => !(d.code === 1206 && d.start !== undefined && ours.starts.has(d.start)));
          return [...kept, ...attempt('discovery', () => diagnose(ours.program, ours.file), [])];
        },
        getSuggestionDiagnostics(fileName) {
          attempt('search for decorators', () => findOurs(fileName), undefined);
          return inner.getSuggestionDiagnostics(fileName);
        },
      };
    },
  };
}

function findFolder({ project }: ts.server.PluginCreateInfo): string {
  const configFile = project.getCompilerOptions()['configFilePath'];
  return typeof configFile === 'string' ? dirname(configFile) : project.getCurrentDirectory();
}

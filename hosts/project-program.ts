import type ts from 'typescript';
import { plainCreateProgram } from '../transformer/plain-program.ts';
import type { Ts } from '../transformer/types.ts';
import type { FileHashes } from './file-hashes.ts';
import type { ProjectConfig } from './project-config.ts';

/** Makes programs from a tsconfig, again and again; files whose text is the same are parsed once. */
export interface ProgramMaker {
  make(config: ProjectConfig): { readonly program: ts.Program; readonly host: ts.CompilerHost };
}

/**
 * No old program is handed to the next one: it would keep resolutions that a new file or package has made wrong.
 * What costs time is parsing, and parsed files are kept here.
 */
export function makeProgramMaker(ts: Ts, hashes: FileHashes): ProgramMaker {
  let parsed = new Map<string, { readonly hash: string; readonly mode: string; readonly file: ts.SourceFile }>();
  let optionsText = '';
  return {
    make({ options, fileNames, references, problems: _ }) {
      const text = printOptions(options);
      if (text !== optionsText) parsed = new Map(); // bound files hold what the old options made of them
      optionsText = text;
      const host = ts.createCompilerHost(options);
      const parse = host.getSourceFile.bind(host);
      host.getSourceFile = (name, languageOptions, onError, createNew) => {
        const hash = hashes.of(name);
        const mode = typeof languageOptions === 'object' ? `${languageOptions.languageVersion} ${languageOptions.impliedNodeFormat}` : `${languageOptions}`;
        const before = parsed.get(name);
        if (before?.hash === hash && before.mode === mode) return before.file;
        const file = parse(name, languageOptions, onError, createNew);
        if (file !== undefined) parsed.set(name, { hash, mode, file });
        return file;
      };
      return { program: plainCreateProgram(ts)({ rootNames: fileNames, options, host, projectReferences: references }), host };
    },
  };
}

/** Options without what the compiler itself hung on to them. */
export function printOptions(options: ts.CompilerOptions): string {
  return JSON.stringify(options, (key, value: unknown) => (key === 'configFile' ? undefined : value));
}

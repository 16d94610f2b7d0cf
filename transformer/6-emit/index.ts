import type ts from 'typescript';
import type { Target, Ts, Version } from '../types.ts';
import type { Rewrite, SourceText } from '../rewrite.ts';
import { render, type Edit, type Fragment } from './fragment.ts';
import { makeNamePool } from './names.ts';
import { makeImport, removeUnusedMarkerImports, type ImportForm } from './imports.ts';
import { makeTargetEdits } from './target-edits.ts';

export type { ImportForm } from './imports.ts';
export { makeScript, type Script } from './script.ts';
export { makeScriptTransformer } from './script-transformer.ts';
export { completeScript } from './complete-script.ts';

/** One enhanced target of a file. */
export interface Enhancement {
  readonly target: Target;
  readonly version: Version;
  /** code.ts without its header, where a check has parsed it. */
  readonly parsed?: ts.SourceFile | undefined;
  /** True when O′ equals the author's body token by token: the body then stays where it is, and maps to the author's file. */
  readonly bodyUnchanged: boolean;
  /** True when somebody else than the deterministic provider wrote it: then all of it goes along, so that all of it is audited and type-checked. */
  readonly foreign: boolean;
  /** Start offsets, in the author's file, of the identifiers by which the body calls itself directly. */
  readonly selfCalls: readonly number[];
  /** Of the author's options and the domain; absent where none is on, and where behaviour is compared without them. */
  readonly policy?: EmittedPolicy;
}

export interface EmittedPolicy {
  /** As it goes to the runtime. */
  readonly spec: object;
  /** Where O′ gets a signal of its time limit. */
  readonly signal: { readonly parameter: string; readonly inOptions: boolean } | undefined;
}

export interface EmitOptions {
  /** How the file must import the runtime: `import =` where the author's options forbid ESM syntax in CommonJS. */
  readonly importForm: ImportForm;
  /** Name of the author's package, for events. */
  readonly packageName: string | undefined;
  /** Takes contract.ts of each version as JavaScript that belongs below the rest; default: it stands in the text. */
  readonly addScript?: (text: string) => void;
}

/**
 * Rewrites one file: markers go, enhanced targets become a dispatch over their phases.
 *
 * @param fallen targets of the file that keep the author's body; only their markers are removed
 */
export function makeRewrite(ts: Ts, sourceFile: ts.SourceFile, enhanced: readonly Enhancement[], fallen: readonly Target[], options: EmitOptions): Rewrite {
  const names = makeNamePool(sourceFile.text);
  const sources: SourceText[] = [{ path: sourceFile.fileName, text: sourceFile.text }];
  const owners = new Map<number, Target>();
  const imports = makeImport(names, options.importForm);
  const edits: Edit[] = [];
  const top = imports.position(ts, sourceFile);

  for (const { target, version, bodyUnchanged, foreign, selfCalls, policy, parsed } of enhanced) {
    const add = (file: string, text: string): number => {
      owners.set(sources.length, target);
      return sources.push({ path: `${version.folder}/${file}`, text }) - 1;
    };
    const header = version.header;
    edits.push(...makeTargetEdits(ts, sourceFile, target, {
      version, parsed, bodyUnchanged, foreign, selfCalls, policy, names, runtime: imports.alias, packageName: options.packageName,
      code: add('code.ts', header + version.candidate.code), contract: add('contract.ts', version.candidate.contract), headerLength: header.length, top, addScript: options.addScript,
    }));
  }
  const all = [...enhanced.map((e) => e.target), ...fallen];
  const markers = all.flatMap(removeMarker);
  edits.push(...markers, ...removeUnusedMarkerImports(ts, sourceFile, markers));
  const head = imports.text();
  if (head !== undefined) edits.unshift({ start: top, end: top, with: [{ kind: 'written', text: head }] });
  return { path: sourceFile.fileName, ...render(sourceFile.text, edits), sources, owners };
}

/** `poet(options, f)` becomes `(0, f)`: a bare `f` would take the variable's name, which it did not have before. */
function removeMarker(target: Target): Edit[] {
  const [open, close] = target.spelling === 'wrapper' ? ['(0, ', ')'] : ['', ''];
  return target.markers.map(({ start, end }, i): Edit => {
    const joins = /^\s*[[*(]/.test(target.sourceFile.text.slice(end, end + 80));
    // Without the decorator, a computed name would continue the member before it.
    const text = i === 0 ? open || (joins && target.spelling === 'decorator' ? ';' : '') : i === target.markers.length - 1 ? close : '';
    return { start, end, with: text === '' ? [] : [{ kind: 'written', text } satisfies Fragment] };
  });
}


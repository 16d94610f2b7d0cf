import type ts from 'typescript';
import { continueBuild, openBuild, shareAnalysis } from '../../transformer/pipeline.ts';
import type { Ts } from '../../transformer/types.ts';
import { makeBuildMemory } from './last-build.ts';
import { attachBuild } from './attach-build.ts';
import { findCheckedProgram } from './checked-program.ts';
import { makeHostContext } from '../host-context.ts';
import { isWatching, makeBackground, makeMissFiller, mayAskModel } from '../generation/fill-misses.ts';
import { makeProver } from '../prover.ts';

/** The plugin's entry in tsconfig.json: `{ "transform": "poetc/transformer", "transformProgram": true }`. */
export interface PluginConfig {
  readonly transform?: string;
  readonly transformProgram?: boolean;
}

/** One process of a watcher or of `-b` builds again and again. */
const memory = makeBuildMemory();
const background = makeBackground();

/**
 * ts-patch's program transformer.
 *
 * The author's program is kept: declarations, diagnostics and all other files come from it. Only the JavaScript of files
 * with targets comes from a second program over their rewritten text.
 */
export default function poet(program: ts.Program, host: ts.CompilerHost | undefined, _config: PluginConfig, extras: { ts: Ts }): ts.Program {
  const source = { ts: extras.ts, program, host };
  const { ctx, problems } = makeHostContext(extras.ts, program);
  const last = memory.find(program, ctx.root);
  const checked = last === undefined ? findCheckedProgram(source, process.argv) : undefined;
  // A check of types emits nothing: it must not cost money, nor leave versions that keep the next build from asking.
  const isCheckOnly = program.getCompilerOptions().noEmit === true;
  const build = last ? continueBuild(last, source) : openBuild(source, ctx, {
    prover: makeProver(ctx.config),
    ...(checked && { shared: shareAnalysis(source, checked) }),
    isPassing: isCheckOnly && mayAskModel(ctx),
    onMisses: isCheckOnly ? undefined : makeMissFiller(source, ctx, isWatching(source, process.argv) ? background : undefined),
  });
  if (last === undefined && build.outcomes.every((outcome) => outcome.kind === 'enhanced')) memory.keep(program, ctx.root, build);
  attachBuild(source, { ...build, diagnostics: [...problems, ...build.diagnostics] });
  return program;
}

import type ts from 'typescript';
import { discover } from './1-discover/index.ts';
import { makePlan, makeReachReader } from './2-plan/index.ts';
import { readAllTemplates } from './2-plan/project-templates.ts';
import { makeBuiltinProvider } from './3-generate/builtin.ts';
import { makeHeader } from './3-generate/header.ts';
import { findSelfCalls } from './3-generate/body.ts';
import { checkShape } from './4-verify/shape.ts';
import { checkTypes } from './4-verify/types.ts';
import { contentHash, openStore, targetFolder, type Store } from './5-store/index.ts';
import { makeRewrite, type Enhancement } from './6-emit/index.ts';
import { isAuthorsBody } from './body-comparison.ts';
import type { Context } from './context.ts';
import { contractNames } from './contract/index.ts';
import type { PoetDiagnostic } from './diagnostics/diagnostic.ts';
import { makeDiagnostic } from './diagnostics/registry.ts';
import { makeDomainBuilds, type DomainBuild } from './domain-builds.ts';
import type { Rewrite } from './rewrite.ts';
import { makeAnalysisProgram, makeRewrittenProgram, stopChecking, type ProgramSource } from './shadow-program.ts';
import { makeTokenReader, sameTokens, type TokenReader } from './syntax/tokens.ts';
import type { Candidate, Outcome, Plan, Target, Verdict, Version } from './types.ts';

/** What a host needs to know of one build. */
export interface Build {
  readonly targets: readonly Target[];
  /** One for each target. */
  readonly plans: readonly Plan[];
  readonly outcomes: readonly Outcome[];
  /** Errors of the author's; hosts make them fail the build. Everything milder went to `ctx.report`. */
  readonly diagnostics: readonly PoetDiagnostic[];
  /** File name → start → call of the `@poet` decorators on function declarations, whose TS1206 is withdrawn. */
  readonly illegalDecorators: ReadonlyMap<string, ReadonlyMap<number, ts.CallExpression>>;
  /** File name → its rewritten text; files in which nothing changes are absent. */
  readonly rewrites: ReadonlyMap<string, Rewrite>;
  /** File name → text that changes whenever the emitted versions of the file do. */
  readonly salts: ReadonlyMap<string, string>;
  /** The program that emits the rewritten files' JavaScript; made on first use when nothing had to be type-checked. */
  rewritten(): ts.Program;
}

/** A candidate on its way through verification; `stored` when it came from `.poet/`. */
interface Entry {
  readonly plan: Plan;
  readonly candidate: Candidate;
  readonly stored: Version | undefined;
  readonly checks: Verdict['checks'];
  /** Of an implementation of a stub: what its trial was. Absent where O′ has to be the author's body. */
  readonly proof: string | undefined;
  refusal: PoetDiagnostic | undefined;
}

/** Everything that one build does, in order. Nothing reaches emission without a verdict of today, stored versions included. */
export function openBuild(source: ProgramSource, ctx: Context): Build {
  const seen = <T>(phase: string, value: T): T => (ctx.trace(phase, '*', value), value);
  if (!source.program.getSourceFiles().some((file) => !file.isDeclarationFile && mayHoldMarker(file.text))) return NOTHING;

  const analysis = makeAnalysisProgram(source);
  const checker = analysis.getTypeChecker();
  const { templates, problems } = readAllTemplates(ctx);
  for (const problem of problems) if (problem.level !== 'error') ctx.report(problem);
  const found = seen('discover', discover(analysis, ctx, { domains: templates.map((t) => t.domain) }));
  for (const diagnostic of found.diagnostics) if (diagnostic.level !== 'error') ctx.report(diagnostic);

  for (const target of found.targets) reportIdleOptions(target, ctx);

  const reach = makeReachReader(ctx.ts, checker, ctx.root);
  const plans = seen('plan', found.targets.map((target) => makePlan(target, ctx, { reach, templates })));
  const store = openStore(ctx.root, { now: ctx.now });
  const builds = seen('domains', makeDomainBuilds(plans, templates, ctx));
  const candidates = makeBuiltinProvider(checker, new Map([...builds].map(([plan, { answer }]) => [plan, answer]))).generate(plans, ctx);
  const read = makeTokenReader(ctx.ts);
  const entries = seen('generate', plans.map((plan, i) => admit(plan, candidates[i]!, builds.get(plan), store, read, ctx)));
  const selfCalls = new Map(found.targets.map((target) => [target, findSelfCalls(ctx.ts, checker, target).map((edit) => edit.start)]));
  for (const entry of entries) if (entry.proof === undefined) entry.refusal ??= refuseOtherBody(entry, selfCalls.get(entry.plan.target)!, read, ctx);

  const provisional = new Map(entries.filter((e) => e.refusal === undefined).map((e) => [e.plan.target, e.stored ?? foresee(e, store, ctx, analysis)]));
  const implemented = new Set(entries.filter((e) => e.proof !== undefined).map((e) => e.plan.target));
  const rewriteAll = (): Map<string, Rewrite> => rewriteFiles(source, ctx, found.targets, provisional, implemented, selfCalls);

  let rewrites = rewriteAll();
  let program = rewrites.size > 0 ? makeRewrittenProgram(source, rewrites) : undefined;
  const refused = program ? seen('types', checkTypes(ctx, program, [...rewrites.values()], new Set(entries.filter(isContractKnown).map((e) => e.plan.target)))) : new Map<Target, PoetDiagnostic>();
  for (const entry of entries) {
    const refusal = refused.get(entry.plan.target);
    if (refusal) { entry.refusal = refusal; provisional.delete(entry.plan.target); }
  }

  const changed = store.transaction(() => entries.filter((entry) => keep(entry, provisional, store)));
  if (refused.size > 0 || changed.length > 0) {
    rewrites = rewriteAll();
    program = makeRewrittenProgram(source, rewrites, program);
  }
  const outcomes = entries.map(({ plan, refusal }): Outcome => {
    const version = provisional.get(plan.target);
    return version ? { kind: 'enhanced', plan, version } : { kind: 'original', target: plan.target, because: refusal ? [refusal] : [] };
  });
  for (const outcome of outcomes) if (outcome.kind === 'original') outcome.because.filter((d) => d.level !== 'error').forEach((d) => ctx.report(d));
  return {
    targets: found.targets,
    plans,
    outcomes: seen('emit', outcomes),
    diagnostics: [...problems, ...found.diagnostics, ...outcomes.flatMap((o) => (o.kind === 'original' ? o.because : []))].filter((d) => d.level === 'error'),
    illegalDecorators: found.illegalDecorators,
    rewrites,
    salts: new Map([...rewrites].map(([path, rewrite]) => [path, contentHash({ code: rewrite.text, contract: '', params: '' }).slice(0, 16)])),
    rewritten() {
      program ??= makeRewrittenProgram(source, rewrites);
      stopChecking(program);
      return program;
    },
  };
}

/** The same build for a later program over the same files, as far as the build depends on them. */
export function continueBuild(build: Build, source: ProgramSource): Build {
  let program: ts.Program | undefined;
  return {
    ...build,
    rewritten() {
      program ??= makeRewrittenProgram(source, build.rewrites);
      stopChecking(program);
      return program;
    },
  };
}

const NOTHING: Build = {
  targets: [], plans: [], outcomes: [], diagnostics: [], illegalDecorators: new Map(), rewrites: new Map(), salts: new Map(),
  rewritten: () => { throw new Error('nothing was rewritten'); },
};

/** Options of SPEC that the runtime does not act on yet: said, so that nobody believes in a retry that never happens. */
const IDLE: readonly (keyof Target['ownOptions'])[] = ['retries', 'timeoutMs', 'breaker', 'idempotent', 'correlateBy', 'optimizeFor', 'enableTraining'];

function reportIdleOptions(target: Target, ctx: Context): void {
  for (const option of IDLE) {
    // A domain's builtin asks for it before it writes a key.
    if (option === 'idempotent' && target.stub) continue;
    if (target.ownOptions[option] !== undefined) ctx.report(makeDiagnostic('POET2102', { fn: target.id, option }, locate(target)));
  }
}

/** Cheap and generous: what passes is looked at properly by discover. */
const mayHoldMarker = (text: string): boolean => text.includes('poet');

/**
 * A stored version is believed only when the deterministic provider makes the same today: contract.ts and params.json byte for byte,
 * code.ts at least word for word (the key ignores formatting, and O′ is formatted as the author's body was when it was stored).
 * Without one, the new candidate goes on.
 */
function admit(plan: Plan, candidate: Candidate, build: DomainBuild | undefined, store: Store, read: TokenReader, ctx: Context): Entry {
  const shape = checkShape(candidate, plan, ctx);
  const checks: Verdict['checks'] = { shape: { ok: shape.ok, detail: shape.detail } };
  const proof = build?.proof;
  const found = store.find(plan.target.id, plan.key);
  if (found !== undefined && 'problem' in found) return { plan, candidate, stored: undefined, checks, proof, refusal: found.problem };
  if (!shape.ok) return { plan, candidate, stored: undefined, checks, proof, refusal: shape.diagnostics[0]! };
  if (found === undefined) {
    const refusal = ctx.onMiss === 'generate' ? undefined : makeDiagnostic(ctx.onMiss === 'error' ? 'POET3010' : 'POET3011', { fn: plan.target.id }, locate(plan.target));
    return { plan, candidate, stored: undefined, checks, proof, refusal };
  }
  const same = found.candidate.contract === candidate.contract && found.candidate.params === candidate.params
    && (found.candidate.code === candidate.code || sameModule(ctx.ts, read, plan.target, found.candidate.code, candidate.code));
  if (!same) return { plan, candidate, stored: undefined, checks, proof, refusal: makeDiagnostic('POET4010', { fn: plan.target.id, version: found.name }, locate(plan.target)) };
  return { plan, candidate: found.candidate, stored: found, proof, checks: { ...checks, regenerated: { ok: true, detail: 'the builtin provider makes the same' } }, refusal: undefined };
}

/**
 * contract.ts of a stored version was type-checked when the version was made, and today's generator has just made the same bytes.
 * It takes `unknown` and, unless it names classes of the author's, nothing in the project can change its types.
 */
function isContractKnown({ stored, plan }: Entry): boolean {
  return stored?.metadata.verdict['types']?.ok === true && contractNames(plan.target.contract).length === 0;
}

/** Until behaviour is proven by running it, O′ must be what the author wrote: that is what the stored verdict says. */
function refuseOtherBody({ plan: { target }, candidate }: Entry, selfCalls: readonly number[], read: TokenReader, ctx: Context): PoetDiagnostic | undefined {
  return isAuthorsBody(ctx.ts, read, target, candidate.code, selfCalls) ? undefined : makeDiagnostic('POET4012', { fn: target.id }, locate(target));
}

function sameModule(ts: Context['ts'], read: TokenReader, target: Target, a: string, b: string): boolean {
  // `<T>x` means a cast in one kind of file and an element in the other.
  const name = target.sourceFile.fileName.endsWith('x') ? 'code.tsx' : 'code.ts';
  const parse = (text: string): ts.SourceFile => ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  return sameTokens(read, parse(a), parse(b));
}

/** The version that a save would make, so that the text that is type-checked is the text that is emitted. */
function foresee(entry: Entry, store: Store, ctx: Context, analysis: ts.Program): Version {
  const { plan, candidate } = entry;
  const name = store.nextName(plan.target.id);
  const folder = `${ctx.root}/.poet/${targetFolder(plan.target.id)}/${name}`;
  const header = makeHeader(plan, candidate, ctx, { checker: analysis.getTypeChecker(), versionFolder: `.poet/${targetFolder(plan.target.id)}/${name}` });
  return {
    name, folder, candidate, header,
    metadata: {
      schema: 1, function_name: plan.target.name, target: plan.target.id, version: name, key: plan.key, content_hash: contentHash(candidate), source_hash: plan.sourceHash,
      template: plan.template, provider: candidate.provider, verdict: {}, reason: '', created_at: '',
    },
  };
}

/** Saves what is new; returns true when the version is not the one foreseen. */
function keep(entry: Entry, versions: Map<Target, Version>, store: Store): boolean {
  const target = entry.plan.target;
  const foreseen = versions.get(target);
  if (foreseen === undefined || entry.stored !== undefined) return false;
  const checks: Verdict['checks'] = {
    ...entry.checks,
    types: { ok: true, detail: `inlined in ${target.modulePath}, under the project's compiler options` },
    behaviour: { ok: true, detail: entry.proof ?? "not run: operatePrime is the author's body, token by token" },
  };
  const saved = store.save(entry.plan, entry.candidate, { ok: true, checks, diagnostics: [] }, foreseen.header);
  if ('problem' in saved) {
    entry.refusal = saved.problem;
    versions.delete(target);
    return true;
  }
  versions.set(target, saved);
  return saved.name !== foreseen.name || saved.header !== foreseen.header;
}

function rewriteFiles(
  { ts, program }: ProgramSource, ctx: Context, targets: readonly Target[], versions: ReadonlyMap<Target, Version>, implemented: ReadonlySet<Target>,
  selfCalls: ReadonlyMap<Target, readonly number[]>,
): Map<string, Rewrite> {
  const byFile = new Map<ts.SourceFile, Target[]>();
  for (const target of targets) byFile.set(target.sourceFile, [...(byFile.get(target.sourceFile) ?? []), target]);
  const rewrites = new Map<string, Rewrite>();
  for (const [file, list] of byFile) {
    const enhanced = list.flatMap((target): Enhancement[] => {
      const version = versions.get(target);
      // `refuseOtherBody` has let nothing else through but implementations of stubs.
      return version ? [{ target, version, bodyUnchanged: !implemented.has(target), selfCalls: selfCalls.get(target) ?? [] }] : [];
    });
    const fallen = list.filter((target) => !versions.has(target));
    if (enhanced.length === 0 && fallen.every((target) => target.markers.length === 0)) continue;
    const rewrite = makeRewrite(ts, file, enhanced, fallen, { importForm: findImportForm(ts, program, file), packageName: ctx.packageName });
    ctx.trace('rewrite', file.fileName, rewrite.text);
    rewrites.set(file.fileName, rewrite);
  }
  return rewrites;
}

/** Under `verbatimModuleSyntax` a CommonJS file may not use ESM syntax. */
export function findImportForm(ts: ProgramSource['ts'], program: ts.Program, file: ts.SourceFile): 'esm' | 'import-equals' {
  const options = program.getCompilerOptions();
  if (options.verbatimModuleSyntax !== true) return 'esm';
  const format = file.impliedNodeFormat ?? (options.module === ts.ModuleKind.CommonJS ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext);
  return format === ts.ModuleKind.CommonJS ? 'import-equals' : 'esm';
}

export function locate(target: Target): { file: string; start: number; length: number; line: number; column: number } {
  const name = target.node.name ?? target.node;
  const start = name.getStart(target.sourceFile);
  const { line, character } = target.sourceFile.getLineAndCharacterOfPosition(start);
  return { file: target.sourceFile.fileName, start, length: Math.max(1, Math.min(name.end - start, 80)), line: line + 1, column: character + 1 };
}

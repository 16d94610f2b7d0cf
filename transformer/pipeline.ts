import type ts from 'typescript';
import { discover } from './1-discover/index.ts';
import { makePlan, makeReachReader } from './2-plan/index.ts';
import { readAllTemplates } from './2-plan/project-templates.ts';
import type { Template } from './2-plan/templates.ts';
import { makeBuiltinProvider } from './3-generate/builtin.ts';
import { makeHeader } from './3-generate/header.ts';
import { findSelfCalls } from './3-generate/body.ts';
import { auditVersions } from './4-verify/audit-versions.ts';
import { checkShape } from './4-verify/shape.ts';
import type { BehaviourSubject } from './4-verify/behaviour/subject.ts';
import { checkTypes, describeTypesCheck } from './4-verify/types.ts';
import { contentHash, openStore, targetFolder, type Store, type StoreProblem } from './5-store/index.ts';
import type { Enhancement } from './6-emit/index.ts';
import { isAuthorsBody } from './body-comparison.ts';
import { makeBehaviourSubject, type SubjectsOfBuild } from './behaviour-subject.ts';
import type { Context } from './context.ts';
import { makeEmission, NO_EMISSION, type Emission } from './emission.ts';
import { contractNames } from './contract/index.ts';
import type { PoetDiagnostic } from './diagnostics/diagnostic.ts';
import { makeDiagnostic, type Code } from './diagnostics/registry.ts';
import type { Prover } from './prover.ts';
import { makeDomainBuilds, type DomainBuild } from './domain-builds.ts';
import { readPolicy, type PolicyReading } from './policy.ts';
import type { Rewrite } from './rewrite.ts';
import { findRootsOf, makeAnalysisProgram, makeRewrittenProgram, stopChecking, type ProgramSource } from './shadow-program.ts';
import { makeTokenReader, sameTokens, type TokenReader } from './syntax/tokens.ts';
import type { Candidate, Outcome, Plan, Target, Verdict, Version } from './types.ts';

/** What a host needs to know of one build. */
export interface Build {
  readonly targets: readonly Target[];
  /** One for each target. */
  readonly plans: readonly Plan[];
  /** How each enhanced target is emitted. */
  readonly enhancements: ReadonlyMap<Target, Enhancement>;
  /** What the deterministic provider would make in place of a version that it did not make. */
  readonly controls: ReadonlyMap<Target, Enhancement>;
  /** Implementations of stubs, with what their trial in this build was: there is no original to compare them with. */
  readonly trials: ReadonlyMap<Target, string>;
  readonly outcomes: readonly Outcome[];
  /** Errors of the author's; hosts make them fail the build. Everything milder went to `ctx.report`. */
  readonly diagnostics: readonly PoetDiagnostic[];
  /** File name → start → call of the `@poet` decorators on function declarations, whose TS1206 is withdrawn. */
  readonly illegalDecorators: ReadonlyMap<string, ReadonlyMap<number, ts.CallExpression>>;
  /** The files in which something changes, and how they are emitted. */
  readonly emission: Emission;
  /** The program that emits the JavaScript of the files that have to be rewritten; made on first use when nothing had to be type-checked. */
  rewritten(): ts.Program;
}

/** A candidate on its way through verification; `stored` when it came from `.poet/`. */
interface Entry {
  readonly plan: Plan;
  readonly candidate: Candidate;
  /** code.ts of the candidate; absent where its shape is refused. */
  readonly parsed: ts.SourceFile | undefined;
  readonly stored: Version | undefined;
  /** O′ is the author's body word for word. */
  readonly bodyUnchanged: boolean;
  /** Not what the deterministic provider makes: believed for nothing but what today's checks say. */
  readonly foreign: boolean;
  readonly checks: Verdict['checks'];
  /** Of the builtin provider's implementation of a stub: what its trial in this build was. Absent where O′ has to be the author's body. */
  readonly proof: string | undefined;
  refusal: PoetDiagnostic | undefined;
}

export interface BuildOptions {
  /** Runs what is emitted, with `verifyOnBuild`. */
  readonly prover?: Prover | undefined;
  /** A version that stands trial in place of what `.poet/` holds of the target: an edit before it is accepted. @param made what the builtin provider makes */
  readonly onTrial?: (plan: Plan, made: Candidate) => Version | StoreProblem | undefined;
  /**
   * Hears once of all plans that `.poet/` holds no version of, before anything is made for them, and may fill the store while the compiler waits.
   * @returns those that are being made while the build goes on: their originals are emitted
   */
  readonly onMisses?: ((misses: readonly Plan[]) => ReadonlySet<Plan>) | undefined;
  /** What is made is emitted and not stored: the next build that may ask a model still misses it. */
  readonly isPassing?: boolean | undefined;
  /** Judges what stands trial and nothing else: nothing is stored, and other files are left as they are. */
  readonly isTrialOnly?: boolean | undefined;
  /** What earlier builds over the same program found out; filled by the first. */
  readonly shared?: SharedAnalysis;
  /** The targets that this build is about; of all others the markers go, and nothing else happens. Default: all. */
  readonly only?: ReadonlySet<string>;
}

/** What several builds over one program have in common: nothing in it depends on `.poet/`. */
export interface SharedAnalysis {
  readonly program: ts.Program;
  /** Modules as the sandbox gets them. */
  readonly transpiled: Map<string, string>;
  /** Declarations that only rewritten programs read: the runtime's. */
  readonly declarations: Map<string, ts.SourceFile>;
  found?: ReturnType<typeof discover>;
  /** Of the targets that builds were about so far. */
  readonly made: Map<Target, Made>;
}

/** What the deterministic part makes of a target. */
interface Made {
  readonly plan: Plan;
  readonly candidate: Candidate;
  readonly build: DomainBuild | undefined;
  /** Why its domain's builtin does not implement it. */
  readonly said: readonly PoetDiagnostic[];
  /** Starts of the body's calls of its own function. */
  readonly selfCalls: readonly number[];
}

/** @param program of the analysis, where a host knows one that nobody else asks any more */
export const shareAnalysis = (source: ProgramSource, program = makeAnalysisProgram(source)): SharedAnalysis => ({ program, transpiled: new Map(), declarations: new Map(), made: new Map() });

/** All that is marked in the program. */
export function discoverOnce(shared: SharedAnalysis, ctx: Context, templates: readonly Template[]): ReturnType<typeof discover> {
  if (shared.found === undefined) ctx.trace('discover', '*', (shared.found = discover(shared.program, ctx, { domains: templates.map((t) => t.domain) })));
  return shared.found;
}

/** Everything that one build does, in order. Nothing reaches emission without a verdict of today, stored versions included. */
export function openBuild(source: ProgramSource, ctx: Context, options: BuildOptions = {}): Build {
  const seen = <T>(phase: string, value: T): T => (ctx.trace(phase, '*', value), value);
  if (!source.program.getSourceFiles().some((file) => !file.isDeclarationFile && mayHoldMarker(file.text))) return NOTHING;

  const shared = options.shared ?? shareAnalysis(source);
  const analysis = shared.program;
  const checker = analysis.getTypeChecker();
  const { templates, problems } = readAllTemplates(ctx);
  for (const problem of problems) if (problem.level !== 'error') ctx.report(problem);
  const found = discoverOnce(shared, ctx, templates);
  for (const diagnostic of found.diagnostics) if (diagnostic.level !== 'error') ctx.report(diagnostic);

  for (const target of found.targets) reportIdleOptions(target, ctx);

  const meant = found.targets.filter((target) => options.only?.has(target.id) !== false);
  makeMissing(meant.filter((target) => !shared.made.has(target)));
  const made = (target: Target): Made => shared.made.get(target)!;
  const plans = meant.map((target) => made(target).plan);
  const later = options.onMisses?.(findMisses(plans, ctx)) ?? new Set();
  const store = openStore(ctx.root, { now: ctx.now });
  const read = makeTokenReader(ctx.ts);
  const admitted = meant.map((target) => {
    const { plan, candidate, build } = made(target);
    return admit(plan, candidate, { build, trial: options.onTrial?.(plan, candidate), isLater: later.has(plan) }, store, read, ctx);
  });
  const entries = seen('generate', admitted.map((entry): Entry => ({
    ...entry, bodyUnchanged: entry.refusal === undefined && entry.parsed !== undefined && isAuthorsBody(ctx.ts, read, entry.plan.target, entry.parsed, made(entry.plan.target).selfCalls),
  })));
  for (const entry of entries) entry.refusal ??= refuseUnprovenBody(entry);

  const provisional = new Map(entries.filter((e) => e.refusal === undefined).map((e) => [e.plan.target, e.stored ?? foresee(e, store, ctx, analysis)]));
  const parsed = new Map(entries.map((e) => [e.plan.target, e.parsed]));
  const unchanged = new Set(entries.filter((e) => e.bodyUnchanged).map((e) => e.plan.target));
  const trials = new Map(entries.flatMap((e) => (e.proof === undefined ? [] : [[e.plan.target, e.proof] as const])));
  const trialsOfProject = entries.filter((e) => e.proof !== undefined && made(e.plan.target).build?.origin === 'project').map((e) => e.plan.target);
  const foreign = new Set(entries.filter((e) => e.foreign).map((e) => e.plan.target));
  const policies = new Map(entries.map((e) => [e.plan.target, readPolicy(e.plan.target, e.candidate.params, checker, ctx)]));
  for (const [target, { idle }] of policies) for (const { option, why } of idle) ctx.report(makeDiagnostic('POET2121', { fn: target.id, option, why }, locate(target)));
  const enhancements = (): Map<Target, Enhancement> => new Map([...provisional].map(([target, version]) =>
    [target, { target, version, parsed: parsed.get(target), bodyUnchanged: unchanged.has(target), foreign: foreign.has(target), selfCalls: made(target).selfCalls, ...emittedPolicy(policies.get(target)!) }]));
  const controls = (): Map<Target, Enhancement> => new Map(entries.flatMap((entry) => (entry.foreign && entry.stored !== undefined ? [[entry.plan.target, {
    target: entry.plan.target, version: { ...entry.stored, candidate: made(entry.plan.target).candidate, header: '' }, bodyUnchanged: made(entry.plan.target).build?.proof === undefined, foreign: false, selfCalls: made(entry.plan.target).selfCalls,
  }] as const] : [])));
  const emit = (): Emission => makeEmission(source, ctx, found.targets, enhancements());

  let emission = emit();
  // Compiled is what was never checked under these options, and what the author's program cannot emit by itself.
  const { isTrialOnly = false } = options;
  const unchecked = new Set(entries.filter((e) => e.refusal === undefined && !areTypesKnown(ctx, source.program, e)).map((e) => e.plan.target.sourceFile.fileName));
  const compiled = (): Map<string, Rewrite> => new Map(emission.paths.filter((path) => unchecked.has(path) || (!isTrialOnly && emission.script(path) === undefined)).map((path) => [path, emission.get(path)!]));
  let rewrites = new Map<string, Rewrite>();
  const roots = isTrialOnly ? findRootsOf(source, unchecked) : undefined;
  let program = unchecked.size > 0 ? makeRewrittenProgram(source, (rewrites = compiled()), undefined, shared.declarations, roots) : undefined;
  let refusals = 0;
  const refuse = (refused: ReadonlyMap<Target, PoetDiagnostic>): void => {
    for (const entry of entries) {
      const refusal = refused.get(entry.plan.target);
      if (refusal) { entry.refusal = refusal; provisional.delete(entry.plan.target); refusals++; }
    }
  };
  if (program) {
    // The compiler must not meet what the audit refuses: a type can keep a checker busy for hours. What a
    // project's template writes is no less foreign than what a model does: the template may have come with a pull request.
    const strangers = new Set([...foreign, ...trialsOfProject].filter((target) => provisional.has(target)));
    if (strangers.size > 0) {
      refuse(seen('audit', auditVersions(ctx, program, [...rewrites.values()], strangers, provisional)));
      if (refusals > 0) { emission = emit(); program = makeRewrittenProgram(source, (rewrites = compiled()), program, shared.declarations, roots); }
    }
    const unknown = [...rewrites.values()].filter(({ path }) => unchecked.has(path));
    refuse(seen('types', checkTypes(ctx, program, unknown, new Set(entries.filter(isContractKnown).map((e) => e.plan.target)))));
  }

  if (options.prover) refuse(seen('behaviour', proveEntries(source, checker, ctx, options.prover, { targets: found.targets, enhancements: enhancements(), controls: controls(), trials }, plans)));

  const changed = isTrialOnly || options.isPassing === true ? [] : store.transaction(() => entries.filter((entry) => keep(entry, provisional, store, ctx, source.program)));
  if (refusals > 0 || changed.length > 0) {
    emission = emit();
    program = isTrialOnly ? undefined : program && makeRewrittenProgram(source, (rewrites = compiled()), program, shared.declarations);
  }
  // Where the author's program emits everything, the second one was only there to check types.
  if (program && (isTrialOnly || emission.paths.every((path) => emission.script(path) !== undefined))) program = undefined;
  const outcomes = entries.map(({ plan, refusal }): Outcome => {
    const version = provisional.get(plan.target);
    return version ? { kind: 'enhanced', plan, version } : { kind: 'original', target: plan.target, because: refusal ? [refusal] : [] };
  });
  // What the builtin has to say of a stub is of no interest where somebody else has implemented it.
  for (const { plan, foreign: isForeign } of entries) if (!isForeign || !provisional.has(plan.target)) made(plan.target).said.forEach((d) => ctx.report(d));
  for (const outcome of outcomes) if (outcome.kind === 'original') outcome.because.filter((d) => d.level !== 'error' && d.code !== SAID_FOR_ALL).forEach((d) => ctx.report(d));
  return {
    targets: found.targets,
    plans,
    enhancements: enhancements(),
    controls: controls(),
    trials,
    outcomes: seen('emit', outcomes),
    diagnostics: [...problems, ...found.diagnostics, ...outcomes.flatMap((o) => (o.kind === 'original' ? o.because : []))].filter((d) => d.level === 'error'),
    illegalDecorators: found.illegalDecorators,
    emission,
    rewritten: makeRewrittenLazily(source, emission, program),
  };

  function makeMissing(targets: readonly Target[]): void {
    if (targets.length === 0) return;
    const reach = makeReachReader(ctx.ts, checker, ctx.root);
    const missing = seen('plan', targets.map((target) => makePlan(target, ctx, { reach, templates })));
    const { builds, said } = seen('domains', makeDomainBuilds(missing, templates, ctx));
    const candidates = makeBuiltinProvider(checker, new Map([...builds].map(([plan, { answer }]) => [plan, answer]))).generate(missing, ctx);
    for (const [i, plan] of missing.entries()) {
      const { target } = plan;
      shared.made.set(target, {
        plan, candidate: candidates[i]!, build: builds.get(plan), said: said.get(plan) ?? [], selfCalls: findSelfCalls(ctx.ts, checker, target).map((edit) => edit.start),
      });
    }
  }
}

/** The same build for a later program over the same files, as far as the build depends on them. */
export function continueBuild(build: Build, source: ProgramSource): Build {
  return { ...build, rewritten: makeRewrittenLazily(source, build.emission, undefined) };
}

/** @param known already holds every file that the author's program cannot emit */
function makeRewrittenLazily(source: ProgramSource, emission: Emission, known: ts.Program | undefined): () => ts.Program {
  const findPaths = (): readonly string[] => emission.paths.filter((path) => emission.script(path) === undefined);
  let program = known;
  let held = known && findPaths();
  return () => {
    const paths = findPaths();
    // More than last time where another transformer has kept the author's program from emitting a file.
    if (program === undefined || held?.length !== paths.length) program = makeRewrittenProgram(source, new Map(paths.map((path) => [path, emission.get(path)!])));
    held = paths;
    stopChecking(program);
    return program;
  };
}

const NOTHING: Build = {
  targets: [], plans: [], enhancements: new Map(), controls: new Map(), trials: new Map(), outcomes: [], diagnostics: [], illegalDecorators: new Map(), emission: NO_EMISSION,
  rewritten: () => { throw new Error('nothing was rewritten'); },
};

/** Options of SPEC that the runtime does not act on yet: said, so that nobody believes in a retry that never happens. */
const IDLE: readonly (keyof Target['ownOptions'])[] = ['optimizeFor', 'enableTraining'];

function reportIdleOptions(target: Target, ctx: Context): void {
  for (const option of IDLE) {
    if (target.ownOptions[option] !== undefined) ctx.report(makeDiagnostic('POET2102', { fn: target.id, option }, locate(target)));
  }
}

function emittedPolicy({ policy, signal }: PolicyReading): Pick<Enhancement, 'policy'> {
  return policy === undefined ? {} : { policy: { spec: policy, signal } };
}

/** Whoever makes versions while the build goes on says so once. */
const SAID_FOR_ALL: Code = 'POET3021';

function findMisses(plans: readonly Plan[], ctx: Context): readonly Plan[] {
  const store = openStore(ctx.root, { now: ctx.now });
  return plans.filter((plan) => store.find(plan.target.id, plan.key) === undefined);
}

/** Cheap and generous: what passes is looked at properly by discover. */
const mayHoldMarker = (text: string): boolean => text.includes('poet');

/**
 * What the deterministic provider makes today is believed: contract.ts and params.json byte for byte, code.ts at least word for word
 * (the key ignores formatting, and O′ is formatted as the author's body was when it was stored). Any other code.ts, from a model or
 * a hand, must carry the verdict of a behaviour check, and passes shape, audit and types in this very build. The verdict may
 * be forged; `poet check` proves it again, and what the audit lets through can do no more than the original could.
 */
function admit(plan: Plan, made: Candidate, { build, trial, isLater }: { readonly build: DomainBuild | undefined; readonly trial: Version | StoreProblem | undefined; readonly isLater: boolean }, store: Store, read: TokenReader, ctx: Context): Omit<Entry, 'bodyUnchanged'> {
  const { target } = plan;
  const shape = checkShape(made, plan, ctx);
  const checks: Verdict['checks'] = { shape: { ok: shape.ok, detail: shape.detail } };
  const found = trial ?? store.find(target.id, plan.key);
  const entry = { plan, candidate: made, parsed: shape.parsed, stored: undefined, foreign: false, checks, proof: build?.proof, refusal: undefined };
  if (found !== undefined && 'problem' in found) return { ...entry, refusal: found.problem };
  if (found === undefined && isLater) return { ...entry, refusal: makeDiagnostic('POET3021', { fn: target.id }, locate(target)) };
  if (!shape.ok) return { ...entry, refusal: shape.diagnostics[0]! };
  if (found === undefined) {
    const refusal = ctx.onMiss === 'generate' ? undefined : makeDiagnostic(ctx.onMiss === 'error' ? 'POET3010' : 'POET3011', { fn: target.id }, locate(target));
    return { ...entry, refusal };
  }
  const { candidate } = found;
  const refuse = (refusal: PoetDiagnostic): Omit<Entry, 'bodyUnchanged'> => ({ ...entry, refusal });
  for (const file of ['contract', 'params'] as const) {
    if (candidate[file] !== made[file]) return refuse(makeDiagnostic('POET4010', { fn: target.id, version: found.name, file: file === 'contract' ? 'contract.ts' : 'params.json' }, locate(target)));
  }
  // First of all: whatever walks a tree after this relies on it not being too deep.
  const ownShape = candidate.code === made.code ? shape : checkShape(candidate, plan, ctx);
  if (candidate.code === made.code || (ownShape.ok && sameModule(ctx.ts, read, target, candidate.code, made.code))) {
    return { ...entry, candidate, parsed: ownShape.parsed, stored: found, checks: { ...checks, regenerated: { ok: true, detail: 'the builtin provider makes the same' } } };
  }
  // The builtin provider's verdict rests on being made again; it says nothing about another text.
  const claimsProof = candidate.provider !== made.provider;
  if (trial === undefined && !(claimsProof && found.metadata.verdict['behaviour']?.ok === true)) return refuse(makeDiagnostic('POET4013', { fn: target.id, version: found.name }, locate(target)));
  if (!ownShape.ok) return refuse(atFile(ownShape.diagnostics[0]!, found));
  return { ...entry, candidate, parsed: ownShape.parsed, stored: found, foreign: true, proof: undefined, checks: { shape: { ok: true, detail: ownShape.detail } } };
}

/** A place in a candidate's text as a place in code.ts, which has a header above it. */
function atFile(diagnostic: PoetDiagnostic, { folder, header }: Version): PoetDiagnostic {
  const { start, length: _, line, column, ...rest } = diagnostic;
  const above = header.split('\n').length - 1;
  return { ...rest, file: `${folder}/code.ts`, ...(start !== undefined && line !== undefined && column !== undefined && { line: line + above, column }) };
}

/**
 * contract.ts of a stored version was type-checked when the version was made, and today's generator has just made the same bytes.
 * It takes `unknown` and, unless it names classes of the author's, nothing in the project can change its types.
 */
function isContractKnown({ stored, plan }: Entry): boolean {
  return stored?.metadata.verdict['types']?.ok === true && contractNames(plan.target.contract).length === 0;
}

/**
 * Nothing of a version has to be type-checked again that has just been made once more word for word, if what it was checked under is what holds today:
 * all declarations that it reaches (its key), the options, the compiler. Classes of the author's that contract.ts names are looked up each time.
 */
function areTypesKnown(ctx: Context, program: ts.Program, entry: Entry): boolean {
  return !entry.foreign && entry.proof === undefined && isContractKnown(entry) && entry.stored?.metadata.verdict['types']?.detail === describeTypesCheck(ctx.ts, program, entry.plan.target);
}

/** What the builtin provider makes of a real body is not proven by running it: O′ must be what the author wrote, as the stored verdict says. */
function refuseUnprovenBody({ plan: { target }, bodyUnchanged, foreign, proof }: Entry): PoetDiagnostic | undefined {
  return bodyUnchanged || foreign || proof !== undefined ? undefined : makeDiagnostic('POET4012', { fn: target.id }, locate(target));
}

/** With `verifyOnBuild`: what no record on this machine speaks for is run before it is emitted, while the compiler waits. */
function proveEntries(source: ProgramSource, checker: ts.TypeChecker, ctx: Context, prover: Prover, build: SubjectsOfBuild, plans: readonly Plan[]): Map<Target, PoetDiagnostic> {
  const refused = new Map<Target, PoetDiagnostic>();
  const judge = ({ target }: Plan, version: Version, status: string, reason: string): void => {
    if (status === 'differs' || (status === 'not executed' && ctx.config.requireExecution)) refused.set(target, makeDiagnostic(target.stub && status === 'differs' ? 'POET2131' : 'POET4043', { fn: target.id, version: version.name, reason }, locate(target)));
  };
  const waiting: { plan: Plan; version: Version; subject: BehaviourSubject }[] = [];
  const transpiled = new Map<string, string>();
  for (const plan of plans) {
    const version = build.enhancements.get(plan.target)?.version;
    if (version === undefined) continue;
    const record = prover.records.find(version);
    if (record !== undefined) { judge(plan, version, record.status, record.reason); continue; }
    const reading = makeBehaviourSubject(source, checker, ctx, build, plan, transpiled);
    if (reading.kind === 'subject') waiting.push({ plan, version, subject: reading.subject });
    else if (reading.kind === 'unreachable') judge(plan, version, 'not executed', reading.reason);
  }
  const verdicts = prover.prove(waiting.map(({ subject }) => subject));
  for (const [i, { plan, version }] of waiting.entries()) {
    const { status, reason, inputs } = verdicts[i]!;
    judge(plan, version, status, reason);
    if (status !== 'differs') prover.records.keep(version, { status, reason, inputs });
  }
  return refused;
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
function keep(entry: Entry, versions: Map<Target, Version>, store: Store, ctx: Context, program: ts.Program): boolean {
  const target = entry.plan.target;
  const foreseen = versions.get(target);
  if (foreseen === undefined || entry.stored !== undefined) return false;
  const checks: Verdict['checks'] = {
    ...entry.checks,
    types: { ok: true, detail: describeTypesCheck(ctx.ts, program, target) },
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

export function locate(target: Target): { file: string; start: number; length: number; line: number; column: number } {
  const name = target.node.name ?? target.node;
  const start = name.getStart(target.sourceFile);
  const { line, character } = target.sourceFile.getLineAndCharacterOfPosition(start);
  return { file: target.sourceFile.fileName, start, length: Math.max(1, Math.min(name.end - start, 80)), line: line + 1, column: character + 1 };
}

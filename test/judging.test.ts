/** How answers are judged: in batches of a bounded size, in builds that store nothing, with room for others between two subjects. No model, no sandbox, no waiting. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import type { AskClock } from '../hosts/generation/ask.ts';
import { askForVersions } from '../hosts/generation/ask-model.ts';
import { Budget } from '../hosts/generation/budget.ts';
import { RateLimit } from '../hosts/generation/rate-limit.ts';
import { PROVER_GONE, proveSubjects } from '../hosts/prover.ts';
import { proveVersions, type Proof } from '../hosts/prove-versions.ts';
import type { OpenedProject } from '../hosts/opened-build.ts';
import type { ModelReply } from '../hosts/providers/provider.ts';
import { makeDefaults } from '../transformer/config/index.ts';
import type { BehaviourSubject, BehaviourVerdict } from '../transformer/4-verify/behaviour/subject.ts';
import { openBuild, type BuildOptions } from '../transformer/pipeline.ts';
import { makeAnalysisProgram } from '../transformer/shadow-program.ts';
import type { Candidate, Plan, Version } from '../transformer/types.ts';
import { REPO } from './support/temp-project.ts';

// Proofs that nobody made belong in no cache of this machine.
const cache = process.env['POET_CACHE_DIR'];
const folders: string[] = [];
const makeFolder = (name: string): string => { const folder = realpathSync(mkdtempSync(join(tmpdir(), name))); folders.push(folder); return folder; };
beforeAll(() => { process.env['POET_CACHE_DIR'] = makeFolder('poetc-judging-cache-'); });
afterAll(() => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });
afterAll(() => { if (cache === undefined) delete process.env['POET_CACHE_DIR']; else process.env['POET_CACHE_DIR'] = cache; });

/** @param trace hears what the phases make */
function openProject(files: Readonly<Record<string, string>>, trace: OpenedProject['ctx']['trace'] = () => undefined): OpenedProject {
  const root = makeFolder('poetc-judging-').replaceAll('\\', '/');
  mkdirSync(`${root}/node_modules`);
  symlinkSync(REPO, `${root}/node_modules/poetc`, 'dir');
  for (const [name, text] of Object.entries(files)) writeFileSync(`${root}/${name}`, text);
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, strict: true, types: [], skipLibCheck: true };
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram({ rootNames: Object.keys(files).map((name) => `${root}/${name}`), options, host });
  return {
    source: { ts, host, program },
    ctx: { ts, root, config: makeDefaults(), packageName: 'judging', templatesFolder: join(REPO, 'templates'), onMiss: 'generate', now: () => 0, report: () => undefined, trace },
  };
}

const add = (name: string): string => `/** @poet */\nexport function ${name}(n: number): number {\n  return n + 1;\n}\n`;
/** Another text than the builtin provider's, and as good. */
const change = (code: string): string => code.replace('return n + 1;', 'return 1 + n;');

interface Run {
  readonly functions: number;
  readonly concurrency: number;
  /** When the nth question, from 1, is answered. @param planned how many functions have been planned */
  readonly answered: (nth: number, planned: number) => Promise<void>;
  readonly onPause?: () => void;
  readonly onJudged?: () => void;
}

/** @returns for each batch how many were judged, and how many questions had left when the first was to be proven */
async function judgeAll({ functions, concurrency, answered, onPause, onJudged }: Run): Promise<readonly { readonly judged: number; readonly asked: number }[]> {
  const names = Array.from({ length: functions }, (_, i) => `f${i}`);
  let planned = 0;
  const project = openProject(Object.fromEntries(names.map((name) => [`${name}.ts`, add(name)])), (phase, _, value) => { if (phase === 'plan') planned += (value as readonly Plan[]).length; });
  let asked = 0;
  let nowMs = 0;
  // Time passes when nothing else is left to do.
  const clock: AskClock = {
    now: () => nowMs, random: () => 0, timeout: () => new AbortController().signal,
    sleep: (ms, signal) => new Promise((resolve) => {
      if (ms === 0) onPause?.();
      setImmediate(() => { if (!signal.aborted) nowMs += ms; resolve(); });
    }),
  };
  const batches: { readonly judged: number; readonly asked: number }[] = [];
  const outcome = await askForVersions(project, {
    provider: {
      name: 'p', model: 'm',
      async complete({ user }): Promise<ModelReply> {
        await answered(++asked, planned);
        const code = change(/^===== ([0-9a-f]+) baseline\n([^]*?)\n===== \1 end$/m.exec(user)![2]!);
        return { text: JSON.stringify({ code }), model: 'm', usage: { inputTokens: 1, outputTokens: 1 } };
      },
    },
    budget: new Budget({ maxCostUsd: undefined, maxTokens: undefined }, undefined), price: undefined, concurrency, limits: { timeoutMs: 60_000, retries: 0 },
    rate: new RateLimit(1_000, clock), clock, stop: new AbortController().signal, wanted: () => true,
    async prove([trials], { only, pause, onProof }) {
      const { build } = trials!;
      const plans = build.plans.filter(({ target }) => only!.has(target.id));
      await pause?.();
      batches.push({ judged: plans.length, asked });
      onJudged?.();
      for (const plan of plans) onProof?.({ id: plan.target.id, plan, version: build.enhancements.get(plan.target)!.version, verdict: { status: 'equal', reason: 'not run', inputs: 0, discarded: 0 }, fromRecord: false, problems: [] });
      return [];
    },
  });
  expect(outcome.map(({ result }) => result)).toEqual(names.map(() => 'accepted'));
  return batches;
}

it('questions leave while others are planned', async () => {
  const known: number[] = [];
  await judgeAll({ functions: 50, concurrency: 1, answered: (_, planned) => { known.push(planned); return Promise.resolve(); } });
  expect([known[0], known.at(-1)]).toEqual([16, 50]);
});

it('where one part fails nothing more is asked', async () => {
  let asked = 0;
  const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
  const run = judgeAll({ functions: 60, concurrency: 2, answered: (nth) => { asked = nth; return turn(); }, onJudged() { throw new Error('the disk is full'); } });
  await expect(run).rejects.toThrow('the disk is full');
  const before = asked;
  for (let i = 0; i < 200; i++) await turn();
  expect([asked, asked < 60]).toEqual([before, true]);
});

it('sixteen at most are judged at once: nobody asks meanwhile', async () => {
  expect(await judgeAll({ functions: 20, concurrency: 20, answered: () => Promise.resolve() })).toEqual([{ judged: 16, asked: 20 }, { judged: 4, asked: 20 }]);
});

it('a question leaves as soon as an answer has come, however many wait to be proven', async () => {
  const late: (() => void)[] = [];
  const answerAll = (): void => { for (const answer of late.splice(0)) answer(); };
  let isJudged = false;
  // The first is judged while the second and the third are on their way; they come in the pause, and the fourth leaves.
  const batches = await judgeAll({
    functions: 4, concurrency: 2, answered: (nth) => (nth === 1 || isJudged ? Promise.resolve() : new Promise((resolve) => { late.push(resolve); })),
    onPause: answerAll,
    onJudged() { isJudged = true; answerAll(); },
  });
  expect(batches[0]).toEqual({ judged: 1, asked: 4 });
});

it('what says nothing about an answer refuses none for good: a dead prover, a store that cannot be written', async () => {
  const judgeOne = async (verdict: BehaviourVerdict, before: (project: OpenedProject) => void = () => undefined): Promise<readonly unknown[]> => {
    const project = openProject({ 'f0.ts': add('f0') });
    before(project);
    const clock: AskClock = { now: () => 0, random: () => 0, timeout: () => new AbortController().signal, sleep: () => new Promise((resolve) => { setImmediate(resolve); }) };
    const [asked] = await askForVersions(project, {
      provider: { name: 'p', model: 'm', complete: ({ user }) => Promise.resolve({ text: JSON.stringify({ code: change(/^===== ([0-9a-f]+) baseline\n([^]*?)\n===== \1 end$/m.exec(user)![2]!) }), model: 'm', usage: { inputTokens: 1, outputTokens: 1 } }) },
      budget: new Budget({ maxCostUsd: undefined, maxTokens: undefined }, undefined), price: undefined, concurrency: 1, limits: { timeoutMs: 60_000, retries: 0 },
      rate: new RateLimit(1_000, clock), clock, stop: new AbortController().signal, wanted: () => true,
      prove([trials], { onProof }) {
        const plan = trials!.build.plans[0]!;
        onProof?.({ id: plan.target.id, plan, version: trials!.build.enhancements.get(plan.target)!.version, verdict, fromRecord: false, problems: [] });
        return Promise.resolve([]);
      },
    });
    return [asked!.result, asked!.because.at(-1)];
  };
  const none = { inputs: 0, discarded: 0 };
  expect(await judgeOne({ status: 'not executed', reason: PROVER_GONE, ...none })).toEqual(['no answer', expect.stringContaining(PROVER_GONE)]);
  expect(await judgeOne({ status: 'not executed', reason: 'it is a #private method', ...none })).toEqual(['refused', expect.stringContaining('#private')]);
  // A file where the folder should be.
  expect(await judgeOne({ status: 'equal', reason: '', ...none }, ({ ctx }) => writeFileSync(`${ctx.root}/.poet`, ''))).toEqual(['no answer', expect.stringContaining('the answer holds, and could not be stored')]);
});

it('programs of ours ask the disk for package.json once a folder, not once a file', () => {
  const root = makeFolder('poetc-judging-').replaceAll('\\', '/');
  const names = Array.from({ length: 20 }, (_, i) => `${root}/f${i}.ts`);
  for (const [i, name] of names.entries()) writeFileSync(name, add(`f${i}`));
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: [], skipLibCheck: true };
  const host = ts.createCompilerHost(options);
  let looks = 0;
  const fileExists = host.fileExists.bind(host);
  const program = ts.createProgram({ rootNames: names, options, host });
  host.fileExists = (name) => { if (name === `${root}/package.json`) looks++; return fileExists(name); };
  makeAnalysisProgram({ ts, program, host });
  expect(looks).toBeLessThanOrEqual(1);
});

it('a prover whose caller has failed says nothing more', async () => {
  const folder = makeFolder('poetc-prover-');
  const [program, pidFile] = [join(folder, 'prover.cjs'), join(folder, 'pid')];
  // Answers as soon as nothing more is asked.
  writeFileSync(program, `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); process.stdin.resume(); process.stdin.on('end', () => process.stdout.write(JSON.stringify({ index: 0, verdict: { status: 'equal', reason: '', inputs: 1, discarded: 0 }, ms: 1 }) + '\\n'));\n`);
  const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });
  async function* subjects(): AsyncGenerator<BehaviourSubject> {
    yield {} as BehaviourSubject;
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await turn();
    throw new Error('the second cannot be made');
  }
  const heard: number[] = [];
  await expect(proveSubjects(subjects(), { program, inputs: 1, onVerdict: (index) => { heard.push(index); } })).rejects.toThrow('the second cannot be made');
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const isAlive = (): boolean => { try { process.kill(pid, 0); return true; } catch { return false; /* ESRCH: it is gone */ } };
  while (isAlive()) await turn();
  for (let i = 0; i < 100; i++) await turn();
  expect(heard).toEqual([]);
});

it('others have their turn before each subject is made', async () => {
  // Nothing outside can call these: they need no sandbox.
  const inner = (name: string): string => `export function in_${name}(): unknown {\n  ${add(name).replace('export ', '')}  return ${name};\n}\n`;
  const project = openProject({ 'a.ts': inner('one') + inner('two') });
  const happened: string[] = [];
  const proofs: readonly Proof[] = await proveVersions([{ ...project, build: openBuild(project.source, project.ctx) }], {
    regardless: true, pause: () => { happened.push('pause'); return Promise.resolve(); }, onProof: ({ id }) => happened.push(id),
  });
  expect(proofs.map(({ verdict }) => verdict.status)).toEqual(['not executed', 'not executed']);
  expect(happened).toEqual(['pause', proofs[0]!.id, 'pause', proofs[1]!.id]);
});

describe('a build that only judges', () => {
  it('stores nothing', () => {
    const open = (options: BuildOptions): readonly [string[], boolean] => {
      const { source, ctx } = openProject({ 'a.ts': add('one') });
      return [openBuild(source, ctx, options).outcomes.map(({ kind }) => kind), existsSync(join(ctx.root, '.poet'))];
    };
    expect(open({ isTrialOnly: true })).toEqual([['enhanced'], false]);
    expect(open({})).toEqual([['enhanced'], true]);
  });

  it('rewrites and compiles no other file, also of those that every other build has to', () => {
    const rewritten: string[] = [];
    const { source, ctx } = openProject({ 'a.ts': add('one'), 'b.ts': 'export class Box {\n  /** @poet */\n  get1(n: number): number {\n    return n;\n  }\n}\n' }, (phase, name) => { if (phase === 'rewrite') rewritten.push(name.slice(name.lastIndexOf('/') + 1)); });
    openBuild(source, ctx);
    const onTrial = (plan: Plan, made: Candidate): Version | undefined => (plan.target.name === 'one' ? makeTrial(ctx.root, plan, made) : undefined);
    const judge = (isTrialOnly: boolean): readonly string[] => {
      rewritten.length = 0;
      const build = openBuild(source, ctx, { isTrialOnly, onTrial });
      expect(build.outcomes.map(({ kind }) => kind)).toEqual(['enhanced', 'enhanced']);
      return [...new Set(rewritten)].sort();
    };
    expect(judge(true)).toEqual(['a.ts']);
    expect(judge(false)).toEqual(['a.ts', 'b.ts']);
  });

  it('sees what files declare for all others', () => {
    const { source, ctx } = openProject({
      'globals.d.ts': 'interface Settings { readonly step: number }\ndeclare const settings: Settings;\n',
      'more.ts': 'export {};\ndeclare global { interface Settings { readonly more: number } }\n',
      'unrelated.ts': 'export const nothing = 0;\n',
      'a.ts': '/** @poet */\nexport function one(n: number): number {\n  return n + 1;\n}\nexport const both = (): number => settings.step + settings.more;\n/** @poet */\nexport function two(n: number): number {\n  return n + settings.step + settings.more;\n}\n',
    });
    const onTrial = (plan: Plan, made: Candidate): Version => makeTrial(ctx.root, plan, { ...made, code: made.code.replace('return n + settings.step', 'return settings.step + n') });
    const { outcomes } = openBuild(source, ctx, { isTrialOnly: true, onTrial });
    expect(outcomes.map((outcome) => (outcome.kind === 'original' ? outcome.because.map(({ text }) => text) : outcome.kind))).toEqual(['enhanced', 'enhanced']);
  });
});

function makeTrial(root: string, plan: Plan, made: Candidate): Version {
  return {
    name: 'v9', folder: `${root}/.poet/${plan.target.modulePath}/${plan.target.name}/v9`, header: '', candidate: { ...made, provider: 'p', code: change(made.code) },
    metadata: { schema: 1, function_name: plan.target.name, target: plan.target.id, version: 'v9', key: plan.key, content_hash: '0'.repeat(64), source_hash: plan.sourceHash, template: plan.template, provider: 'p', verdict: {}, reason: '', created_at: '' },
  };
}

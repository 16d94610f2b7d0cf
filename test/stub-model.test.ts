/** A model writes the implementation of a stub: it is held against the laws of its domain and the author's examples, in the sandbox, and by `poet check` again. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCliProject, type CliProject } from './cli-project.ts';
import { contentHash } from '../transformer/5-store/index.ts';
import { forgeMetadata } from './support/forge-metadata.ts';
import { PLUGIN } from './support/temp-project.ts';

const TSCONFIG = JSON.stringify({ compilerOptions: { target: 'ES2022', lib: ['ES2022'], module: 'NodeNext', strict: true, noUnusedLocals: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN] }, include: ['src'] });
const STUB = (domain: string, more = ''): string => `export interface Drift { driftDetected: boolean; score: number }
/**
 * Whether the current sample comes from another distribution than the reference.
 * @poet domain=${domain}${more}
 */
export function detectDrift(reference: number[], current: number[]): Drift { return { driftDetected: false, score: 0 }; }
`;
const phases = (body: string, beside = '', prefix = ''): string => `export function perceive(reference: number[], current: number[]): [reference: number[], current: number[]] {
  return acceptsArguments(reference, current) ? [reference, current] : correctArguments(reference, current);
}

/** Operate′: the two-sample Kolmogorov–Smirnov test. */
export ${prefix}function operatePrime(reference: number[], current: number[]): ${prefix === '' ? 'Drift' : 'Promise<Drift>'} {
${body}
}

export function enforce(result: Drift): Drift {
  return acceptsResult(result) ? result : refuseResult(explainResult(result));
}

${beside}`;
const BODY = `  const a = sortedNumbers(reference);
  const b = sortedNumbers(current);
  if (a.length < 2 || b.length < 2) return { driftDetected: false, score: 0 };
  let score = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const x = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === x) i++;
    while (j < b.length && b[j] === x) j++;
    score = Math.max(score, Math.abs(i / a.length - j / b.length));
  }
  return { driftDetected: score > 1.628 * Math.sqrt((a.length + b.length) / (a.length * b.length)), score };`;
const SORTED = `/** Ascending, without NaN. */
function sortedNumbers(values: readonly number[]): number[] {
  return values.filter((x) => !Number.isNaN(x)).sort((x, y) => x - y);
}
`;
/** Much longer than a stub is: there is nothing that its length could be a multiple of. */
const WHY = '// Why this statistic, in many words: it looks at the whole of both distributions.\n'.repeat(60);
const GOOD = phases(BODY, `${WHY}${SORTED}`);
const MEANS = phases("  const mean = (xs: number[]): number => xs.reduce((sum, x) => sum + x, 0) / Math.max(1, xs.length);\n  const score = Math.abs(mean(reference) - mean(current));\n  return { driftDetected: score > 100, score };");
/** A hundred readings of a sensor, and the same after it was moved. */
const SCENARIO = `import { detectDrift } from './drift.js';
const before = Array.from({ length: 100 }, (_, i) => 20 + Math.sin(i) * 2);
const same = before.map((x, i) => x + Math.sin(i * 7) / 50);
const later = before.map((x) => x + 6);
declare const console: { log(text: string): void };
console.log(!detectDrift(before, same).driftDetected && detectDrift(before, later).driftDetected ? 'passed' : 'failed');
`;

const projects: CliProject[] = [];
afterAll(() => projects.forEach((project) => project.remove()));

interface Asked { readonly code: number | null; readonly asked: readonly { readonly result: string; readonly version?: string; readonly because: readonly string[] }[] }

function makeProject(source: string, ...answers: string[]): CliProject & { generate(): Asked } {
  const project = makeCliProject({ 'tsconfig.json': TSCONFIG, 'src/drift.ts': source, 'src/scenario.ts': SCENARIO, 'poet.config.json': JSON.stringify({ provider: 'replay', model: { replay: 'answers' } }) });
  projects.push(project);
  mkdirSync(join(project.root, 'answers'));
  answers.forEach((code, i) => writeFileSync(join(project.root, `answers/detectDrift.${i + 1}.txt`), JSON.stringify({ code })));
  return { ...project, generate: () => project.json<Asked>('generate', '--force') };
}
const passes = (project: CliProject): string => {
  const built = project.tspc('-p', '.');
  expect(built.code).toBe(0);
  return project.node(['dist/scenario.js'], { POET_RUNTIME_DIR: '' }).out.trim();
};

describe('a stub of ml_monitoring', () => {
  it('is implemented by an answer that satisfies the laws; builds emit it, and poet check proves it', () => {
    const project = makeProject(STUB('ml_monitoring'), GOOD);
    const { code, asked } = project.generate();
    expect([code, asked.map(({ result, version, because }) => [result, version, because])]).toEqual([0, [['accepted', 'v2', []]]]);
    const built = project.tspc('-p', '.');
    // Nobody is told of a missing builtin where somebody else has written one.
    expect([built.code, built.out, built.err]).toEqual([0, '', '']);
    expect(project.node(['dist/scenario.js'], { POET_RUNTIME_DIR: '' }).out).toBe('passed\n');
    const { verdict } = JSON.parse(project.read('.poet/src/drift.ts/detectDrift/v2/metadata.json')) as { verdict: Record<string, { detail: string }> };
    expect(verdict['behaviour']!.detail).toMatch(/^laws of ml_monitoring held: 10, on 100 samples each$/);
    expect(project.json('check')).toMatchObject({ code: 0 });
    const verified = project.json<{ functions: { status: string; inputs: number }[] }>('verify', 'detectDrift');
    expect(verified.functions).toMatchObject([{ status: 'equal', inputs: 1_000 }]);
  });

  it('is a constant under base: the scenario fails, and the same answer is refused', () => {
    const project = makeProject(STUB('base'), GOOD);
    const { asked } = project.generate();
    expect(asked).toMatchObject([{ result: expect.not.stringMatching('accepted'), because: [expect.stringMatching(/^POET4040 /), expect.anything()] }]);
    expect(passes(project)).toBe('failed');
  });

  it('gets an answer that breaks a law back to the model, with the law and the call, and takes the better one', () => {
    const project = makeProject(STUB('ml_monitoring'), MEANS, GOOD);
    const { asked } = project.generate();
    expect(asked).toMatchObject([{ result: 'accepted', because: [expect.stringMatching(/^POET2130 .*breaks a law of ml_monitoring, ".*" \(.*\): .*detectDrift\(\[/)] }]);
    expect(passes(project)).toBe('passed');
  });

  it.each<[string, string, RegExp]>([
    ['its constant again', phases('  return { driftDetected: false, score: 0 };').replace('Operate′: the two-sample Kolmogorov–Smirnov test.', 'Nothing new.'), /POET2132 .*found its constant body/],
    ['another constant', phases('  return { driftDetected: true, score: 1 };'), /POET2130 .*identical samples never drift/],
    ['what sorts the arguments', phases(BODY.replace('sortedNumbers(reference)', 'reference.sort((x, y) => x - y)'), SORTED), /POET4020 .*changes the argument|POET2130/],
    ['what asks for the time', phases(BODY.replace('let score = 0;', 'let score = new Date().getHours() > 30 ? 1 : 0;'), SORTED), /POET4020/],
    ['what is right on the days of a trial', phases(BODY.replace('let score = 0;', 'let score = Math.random() > 2 ? 1 : 0;'), SORTED), /POET4020/],
    ['what never ends', phases(BODY.replace('let score = 0;', 'let score = 0;\n  while (a.length > 1 && score < 2) score = Math.min(score, 1);'), SORTED), /POET2130 .*runs out of time/],
    ['what refuses its arguments', GOOD.replace('acceptsArguments(reference, current) ? [reference, current] :', 'acceptsArguments(reference, current) && current.length < 3 ? [reference, current] :').replace('correctArguments(reference, current)', 'refuseArguments([])'), /POET2130 .*POET7001/],
    ['a score that is none', phases(BODY.replace(', score };', ', score: score / 0 };').replace(/score: 0 \}/g, 'score: 0 / 0 }'), SORTED), /POET2130/],
  ])('takes no answer with %s', (_, code, because) => {
    const project = makeProject(STUB('ml_monitoring'), code);
    const { asked } = project.generate();
    expect(asked[0]!.result).not.toBe('accepted');
    expect(asked[0]!.because[0]).toMatch(because);
    expect(passes(project)).toBe('failed');
    expect(project.exists('.poet/src/drift.ts/detectDrift/v2')).toBe(false);
  });

  it('contradicts no example of its author', () => {
    const source = STUB('ml_monitoring').replace(' */', ' * @example detectDrift([1, 2, 3], [1, 2, 3]) // => { driftDetected: false, score: 0.5 }\n */');
    const project = makeProject(source, GOOD);
    expect(project.generate().asked[0]!.because[0]).toMatch(/POET2130 .*contradicts an example of the author's, detectDrift\(\[1, 2, 3\], \[1, 2, 3\]\).*found \{"driftDetected": false, "score": 0\}/);
  });

  it('may be asynchronous, and a method', () => {
    const source = `export interface Drift { driftDetected: boolean; score: number }
export class Monitor {
  /** @poet domain=ml_monitoring */
  async detectDrift(reference: number[], current: number[]): Promise<Drift> { return { driftDetected: false, score: 0 }; }
}
`;
    const project = makeProject(source);
    project.write('src/scenario.ts', '');
    const answer = (code: string): void => project.write('answers/Monitor.detectDrift.txt', JSON.stringify({ code }));
    answer(phases(BODY, SORTED, 'async '));
    expect(project.generate().asked).toMatchObject([{ result: 'accepted' }]);
    answer(phases(BODY.replace('score > 1.628', 'score > 100'), SORTED, 'async '));
    expect(project.generate().asked[0]!.because[0]).toMatch(/POET2130 .*a large shift drifts/);
  });

  it('whose form no law speaks of is not asked for', () => {
    const project = makeProject(STUB('ml_monitoring').replaceAll('detectDrift', 'summarise'));
    project.write('src/scenario.ts', '');
    expect(project.generate().asked).toMatchObject([{ result: 'not asked', because: [expect.stringMatching(/no law of ml_monitoring speaks of/)] }]);
  });
});

describe('what is stored', () => {
  const project = makeProject(STUB('ml_monitoring'), GOOD);
  const code = '.poet/src/drift.ts/detectDrift/v2/code.ts';
  beforeAll(() => { expect(project.generate().asked).toMatchObject([{ result: 'accepted' }]); });

  it('takes a hand edit that satisfies the laws, and says that it was proven', () => {
    project.write(code, project.read(code).replace('1.628', '1.7'));
    expect(project.poet('check').code).toBe(1);
    const accepted = project.json<{ verdict: { status: string; reason: string } }>('accept', 'detectDrift');
    expect([accepted.code, accepted.verdict]).toMatchObject([0, { status: 'equal', reason: expect.stringMatching(/^laws of ml_monitoring held: 10/) }]);
    expect(project.poet('check').code).toBe(0);
    expect(passes(project)).toBe('passed');
  });

  it('takes none that breaks one', () => {
    const before = project.read(code);
    project.write(code, before.replace('score > 1.7', 'score > 7'));
    const accepted = project.poet('accept', 'detectDrift');
    expect([accepted.code, accepted.err]).toEqual([1, expect.stringMatching(/POET2130 .*a large shift drifts/)]);
    project.write(code, before);
  });

  it('is believed by no check because it says so: a forged verdict fails', () => {
    const path = '.poet/src/drift.ts/detectDrift/v2/metadata.json';
    const [before, text] = [project.read(code), project.read(path)];
    const forged = before.replace('score > 1.7', 'score > 7');
    project.write(code, forged);
    // As an attacker would: content and hash edited together, the verdict left as it was.
    const read = (name: string): string => project.read(`.poet/src/drift.ts/detectDrift/v2/${name}`);
    const hash = contentHash({ code: forged.slice(forged.indexOf('// ---- header ends ----\n') + 25), contract: read('contract.ts'), params: read('params.json') });
    project.write(path, forgeMetadata(text, { content_hash: hash }));
    const checked = project.poet('check');
    expect([checked.code, checked.err]).toEqual([1, expect.stringMatching(/POET2130/)]);
    // Nor by a build that is asked to run what it emits: the constant of the author's ships, and the law is named.
    const config = project.read('poet.config.json');
    project.write('poet.config.json', JSON.stringify({ ...JSON.parse(config) as object, verifyOnBuild: true }));
    const built = project.tspc('-p', '.');
    expect([built.code, built.err]).toEqual([0, expect.stringMatching(/^[^\n]*warning POET2116: [^\n]*\n[^\n]*fallback POET2131: src\/drift\.ts#detectDrift: v2 is no implementation that the domain takes: [^\n]*a large shift drifts[^\n]*\n$/)]);
    expect(project.read('dist/drift.js')).not.toContain('poetc:');
    project.write('poet.config.json', config);
    project.write(code, before);
    project.write(path, text);
  });
});

import { makeTempProject, PLUGIN, type TempProject } from './support/temp-project.ts';

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: 'ES2022', lib: ['ES2022', 'DOM'], module: 'NodeNext', moduleResolution: 'NodeNext', strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true,
    noImplicitReturns: true, noPropertyAccessFromIndexSignature: true, noUnusedLocals: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN],
  },
  include: ['src'],
});

const STUBS = `
/**
 * @poet domain=DOMAIN
 * @example parseRetryAfter('120', 0) // => 120000
 */
export function parseRetryAfter(header: string | null, now?: number): number { return 0; }
/** @poet domain=DOMAIN */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined { return undefined; }
/** @poet domain=DOMAIN */
export function rateLimitDelay(headers: Record<string, string | undefined>, now: number): number { return 0; }
/** @poet domain=DOMAIN */
export const rateLimitSeconds = (headers: Headers, now: number): number => 0;
/** @poet domain=DOMAIN */
export const nextPage = (link: string | null): string | null => null;
interface Page { items: string[]; next?: string | null }
/** @poet domain=DOMAIN */
export async function nextPageOf(page: Page): Promise<string | undefined> { return undefined; }
export class Log {
  /** @poet domain=DOMAIN */
  redact(headers: Record<string, string>): Record<string, string> { return {}; }
}
/** @poet domain=DOMAIN idempotent=true */
export function idempotencyKey(request: { to: string; amount: number }): string { return ''; }
`;

/** A client that reads all pages of a list from a server with a limit, and books once although the first answer is lost. */
const SCENARIO = `
import { idempotencyKey, Log, nextPage, parseRetryAfter, rateLimitDelay } from './stubs.js';

let time = 1_700_000_000_000;
let allowedAt = 0;
const booked = new Map<string, number>();
const log: string[] = [];

function serve(path: string, headers: Record<string, string>): { status: number; headers: Record<string, string>; items: string[] } {
  if (time < allowedAt) throw new Error('came back too early');
  if (path === '/book') {
    const key = headers['idempotency-key'] ?? '';
    booked.set(key, (booked.get(key) ?? 0) + 1);
    return { status: booked.get(key) === 1 ? 503 : 200, headers: {}, items: [] };
  }
  const page = Number(/page=(\\d)/.exec(path)?.[1] ?? 1);
  if (page === 2 && allowedAt === 0) { allowedAt = time + 7_000; return { status: 429, headers: { 'Retry-After': new Date(allowedAt).toUTCString() }, items: [] }; }
  allowedAt = time + 1_000;
  const link = page < 3 ? \`</list?page=1>; rel="first", </list?page=\${page + 1}>; rel="next"\` : '</list?page=1>; rel="first"';
  return { status: 200, headers: { Link: link, 'RateLimit-Remaining': '0', 'RateLimit-Reset': '1' }, items: [\`item \${page}\`] };
}

const request = { authorization: 'Bearer s3cr3t' };
const items: string[] = [];
for (let path: string | null = '/list?page=1', calls = 0; path !== null && calls < 10; calls += 1) {
  log.push(JSON.stringify(new Log().redact(request)));
  const answer = serve(path, request);
  if (answer.status === 429) { time += parseRetryAfter(answer.headers['Retry-After'] ?? null, time); continue; }
  items.push(...answer.items);
  time += rateLimitDelay(answer.headers, time);
  path = nextPage(answer.headers['Link'] ?? null);
}
for (let tries = 0; tries < 2; tries += 1) if (serve('/book', { 'idempotency-key': idempotencyKey({ amount: 5, to: 'a' }) }).status === 200) break;
serve('/book', { 'idempotency-key': idempotencyKey({ to: 'b', amount: 5 }) });

const faults = [
  ...(items.join() === 'item 1,item 2,item 3' ? [] : [\`items: \${items.join()}\`]),
  ...(log.every((line) => line.includes('authorization') && !line.includes('s3cr3t')) ? [] : [\`log: \${log[0]}\`]),
  ...(booked.size === 2 && !booked.has('') ? [] : [\`bookings: \${booked.size}\`]),
];
console.log(faults.length === 0 ? 'passed' : faults.join('; '));
`;

const projects: TempProject[] = [];
function makeProject(files: Readonly<Record<string, string>>): TempProject {
  const project = makeTempProject(undefined, { 'tsconfig.json': TSCONFIG, 'poet.config.json': '{}', ...files });
  projects.push(project);
  return project;
}
afterAll(() => projects.forEach((project) => project.remove()));

const files = (domain: string): Record<string, string> => ({
  'src/stubs.ts': STUBS.replaceAll('DOMAIN', domain),
  'src/scenario.ts': `declare const console: { log(text: string): void };\n${SCENARIO}`,
});
const clean = { POET_RUNTIME_DIR: '' };

describe('stubs of api_operations', () => {
  const project = makeProject(files('api_operations'));
  const built = project.tspc('-p', '.');

  it('become implementations, without a word', () => expect([built.code, built.out, built.err]).toEqual([0, '', '']));

  it('do their work: the scenario passes', () => {
    expect(project.node(['dist/scenario.js'], clean).out).toBe('passed\n');
  });

  it('are stored with what was proven of them', () => {
    const { verdict } = JSON.parse(project.read('.poet/src/stubs.ts/parseRetryAfter/v1/metadata.json')) as { verdict: Record<string, unknown> };
    expect(verdict['behaviour']).toEqual({ ok: true, detail: "retry-after, in milliseconds: laws of api_operations held: 3, on 100 samples each; examples of the author's: 1 held" });
    expect(project.read('.poet/src/stubs.ts/parseRetryAfter/v1/code.ts')).toContain('return readRetryAfter(header, now ?? Date.now()) ?? 0;');
    expect(JSON.parse(project.read('.poet/src/stubs.ts/nextPageOf/v1/params.json'))).toEqual({
      schema: 1, policies: { retries: 2, timeoutMs: 5_000, breaker: { failureRate: 0.5, minimumCalls: 20, windowMs: 30_000 } }, parameters: {},
    });
  });

  it('come out the same from what is stored', () => {
    const before = project.read('dist/stubs.js');
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    expect(project.read('dist/stubs.js')).toBe(before);
    expect(project.exists('.poet/src/stubs.ts/parseRetryAfter/v2')).toBe(false);
  });

  it('run as the author wrote them under POET_DISABLE', () => {
    expect(project.node(['-e', "import('./dist/stubs.js').then((m) => console.log(m.parseRetryAfter('120', 0)))"], { ...clean, POET_DISABLE: '1' }).out).toBe('0\n');
  });

  it('are not emitted from an edited version', () => {
    const path = '.poet/src/stubs.ts/Log.redact/v1/code.ts';
    const code = project.read(path);
    project.write(path, code.replace('[redacted]', 'nothing'));
    const run = project.tspc('-p', '.');
    expect(run.code).toBe(0);
    expect(run.err).toMatch(/Log\.redact/);
    expect(project.read('dist/stubs.js')).not.toContain('nothing');
    project.write(path, code);
  });
});

describe('the same under base', () => {
  it('stays what it was: the scenario fails', () => {
    const project = makeProject(files('base'));
    expect(project.tspc('-p', '.').code).toBe(0);
    const run = project.node(['dist/scenario.js'], clean);
    expect(run.out + run.err).toMatch(/items: item 1|came back too early/);
    expect(run.out).not.toContain('passed');
  });
});

describe('what is not implemented', () => {
  it('says why, and ships the constant', () => {
    const project = makeProject({
      'src/a.ts': `/** @poet domain=api_operations */ export function fetchNames(id: string): string[] { return []; }
/** @poet domain=api_operations */ export function nextPage({ link }: { link: string | null }): string | null { return null; }
/** @poet domain=api_operations */ export function idempotencyKey(order: { to: string }): string { return 'k'; }
/**
 * @poet domain=api_operations
 * @example parseRetryAfter('120', 0) // => 120
 */
export function parseRetryAfter(header: string | null, now: number): number { return 0; }
/** @poet domain=api_operations */ export function redact(headers: Record<string, string>): Record<string, string> { return { ...headers }; }
`,
    });
    const run = project.tspc('-p', '.');
    expect(run.code).toBe(0);
    expect(run.err).toMatch(/POET2116: src\/a\.ts#fetchNames: a stub .* expected a name like parseRetryAfter/);
    expect(run.err).toMatch(/POET2116: src\/a\.ts#nextPage: .* it takes its parameters apart/);
    expect(run.err).toMatch(/POET2116: src\/a\.ts#idempotencyKey: .* idempotent=true/);
    expect(run.err).toMatch(/POET2118: src\/a\.ts#parseRetryAfter: .* found 120000/);
    expect(run.err).not.toMatch(/#redact/); // a real body
    const js = project.read('dist/a.js');
    expect(js).toContain('{ return []; }');
    expect(js).not.toContain('readRetryAfter');
    // All five still have their checks.
    expect(project.exists('.poet/src/a.ts/parseRetryAfter/v1/code.ts')).toBe(true);
  });

  it('keeps real bodies as under base, word for word', () => {
    const text = (domain: string): string => `/** @poet domain=${domain} */\nexport async function get(url: string): Promise<string> {\n  const answer = await fetch(url);\n  return answer.text();\n}\n`;
    const [a, b] = ['api_operations', 'base'].map((domain) => {
      const project = makeProject({ 'src/a.ts': text(domain) });
      expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
      return project.read('.poet/src/a.ts/get/v1/code.ts');
    });
    expect(a).toBe(b);
  });
});

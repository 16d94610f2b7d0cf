import { makeTempProject, PLUGIN, type TempProject } from './support/temp-project.ts';

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    target: 'ES2022', lib: ['ES2022', 'DOM'], module: 'NodeNext', moduleResolution: 'NodeNext', strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noImplicitReturns: true,
    noPropertyAccessFromIndexSignature: true, noUnusedLocals: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN],
  },
  include: ['src'],
});

const STUBS = `
/** @poet domain=DOMAIN */ export function parseRetryAfter(header: string | null, now?: number): number { return 0; }
/** @poet domain=DOMAIN */ export function retryAfterSeconds(header: string | undefined, now: number): number | undefined { return undefined; }
/** @poet domain=DOMAIN */ export function rateLimitDelay(headers: Record<string, string | undefined>, now: number): number { return 0; }
/** @poet domain=DOMAIN */ export function rateLimitSeconds(headers: Headers, now: number): number { return 0; }
/** @poet domain=DOMAIN */ export const nextPage = (link: string | null): string | null => null;
interface Page { items: string[]; next?: string | null }
/** @poet domain=DOMAIN */ export async function nextPageOf(page: Page): Promise<string | undefined> { return undefined; }
export class Log {
  /** @poet domain=DOMAIN */ redact(headers: Record<string, string>): Record<string, string> { return {}; }
}
/** @poet domain=DOMAIN idempotent=true */ export function idempotencyKey(request: { to: string; amount: number }): string { return ''; }
`;

it('x', () => {
  const project: TempProject = makeTempProject(undefined, { 'tsconfig.json': TSCONFIG, 'src/stubs.ts': STUBS.replaceAll('DOMAIN', 'api_operations') });
  const run = project.tspc('-p', '.');
  console.log(run.code, run.out, run.err);
  console.log(project.read('.poet/src/stubs.ts/parseRetryAfter/v1/code.ts'), project.read('.poet/src/stubs.ts/parseRetryAfter/v1/metadata.json'), project.read('dist/stubs.js').slice(0, 3000));
});

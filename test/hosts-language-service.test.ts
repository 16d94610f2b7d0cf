import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeHostProject, REPO, start, type HostProject } from './hosts-fixture.ts';

interface Message { readonly type: string; readonly request_seq?: number; readonly success?: boolean; readonly message?: string; readonly body?: unknown }
interface Said { readonly code: number; readonly text: string; readonly start: { readonly line: number; readonly offset: number } }

/** A tsserver over stdio, as editors start it. */
class Server {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private pending = Buffer.alloc(0);
  private seq = 0;

  constructor(project: HostProject, log: string) {
    // The plugin is looked for beside the compiler: the link must not be followed into the repository.
    this.child = start(project, ['--preserve-symlinks', '--preserve-symlinks-main', project.path('node_modules/typescript/lib/tsserver.js'), '--logVerbosity', 'normal', '--logFile', log, '--disableAutomaticTypingAcquisition']);
    this.child.stdout.on('data', (chunk: Buffer) => { this.pending = Buffer.concat([this.pending, chunk]); this.read(); });
  }

  private read(): void {
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n\r\n/.exec(this.pending.toString('latin1'));
      if (head === null || this.pending.length < head[0].length + Number(head[1])) return;
      const end = head[0].length + Number(head[1]);
      const message = JSON.parse(this.pending.subarray(head[0].length, end).toString('utf8')) as Message;
      this.pending = this.pending.subarray(end);
      if (message.request_seq !== undefined) this.waiting.get(message.request_seq)?.(message);
    }
  }

  notify(command: string, args: object): number {
    this.seq++;
    this.child.stdin.write(`${JSON.stringify({ seq: this.seq, type: 'request', command, arguments: args })}\n`);
    return this.seq;
  }

  ask(command: string, args: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.child.on('close', () => reject(new Error('tsserver ended')));
      const seq = this.notify(command, args);
      this.waiting.set(seq, (m) => (m.success === true ? resolve(m.body) : reject(new Error(m.message))));
    });
  }

  async diagnostics(kind: 'semantic' | 'suggestion', file: string): Promise<Said[]> {
    return (await this.ask(`${kind}DiagnosticsSync`, { file, includeLinePosition: false })) as Said[];
  }

  stop(): void { this.child.kill('SIGKILL'); }
}

const TSCONFIG = JSON.stringify({
  compilerOptions: { target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler', strict: true, types: [], skipLibCheck: true, plugins: [{ name: 'poetc/language-service' }] },
  include: ['src'],
});

const servers: { readonly project: HostProject; readonly server: Server }[] = [];
afterAll(() => { for (const { project, server } of servers) { server.stop(); project.remove(); } });

/** One project with one file; `edit` is a key stroke of its author. */
function serve(project: HostProject): { server: Server; file: string; edit(text: string): void } {
  const server = new Server(project, project.path('tsserver.log'));
  servers.push({ project, server });
  const file = project.path('src/a.ts');
  return { server, file, edit: (text) => void server.notify('open', { file, fileContent: text }) };
}

const FILES = { 'tsconfig.json': TSCONFIG, 'src/a.ts': '' };
const OURS = "import { poet } from 'poetc';\n\n@poet({ perceive: 'strict' })\nexport function half(x: number): number {\n  return x / 2;\n}\n";
const THEIRS = "declare function memo(options: object): (...args: unknown[]) => void;\n\n@memo({})\nexport function third(x: number): number {\n  return x / 3;\n}\n";
const NAMESAKE = "function poet(x: object): (...args: unknown[]) => void { return () => void x; }\n@poet({})\nexport function other(): void {}\n";

describe.each([['6', 'typescript'], ['5.9', 'typescript-5.9']])('poetc/language-service under TypeScript %s', (_, typescript) => {
  let server: Server, file: string, edit: (text: string) => void;
  beforeAll(() => { ({ server, file, edit } = serve(makeHostProject(FILES, { typescript }))); });

  it('withdraws TS1206 for @poet, and for nobody else', async () => {
    edit(OURS);
    expect(await server.diagnostics('semantic', file)).toEqual([]);
    edit(`${OURS}${THEIRS}`);
    expect(await server.diagnostics('semantic', file)).toMatchObject([{ code: 1206, start: { line: 9, offset: 1 } }]);
    edit(`${THEIRS}${NAMESAKE}`);
    expect((await server.diagnostics('semantic', file)).map((d) => d.code)).toEqual([1206, 1206]);
  });

  it('has the checker look at the options, and counts the import as used', async () => {
    edit(OURS.replace("'strict'", "'strikt'"));
    const found = await server.diagnostics('semantic', file);
    expect(found.map((d) => d.code)).not.toContain(1206);
    expect(found.filter((d) => /strikt/.test(d.text)).map((d) => [d.code < 990_000 ? 'TS' : 'POET', d.start.line])).toEqual([['TS', 3], ['POET', 3]]);
    edit(OURS);
    expect((await server.diagnostics('suggestion', file)).map((d) => d.code)).not.toContain(6133);
  });

  it('says what discovery says, at its place', async () => {
    edit('/** @poet */\nexport function* numbers(): Generator<number> {\n  yield 1;\n}\n');
    expect(await server.diagnostics('semantic', file)).toMatchObject([{ start: { line: 2 }, text: expect.stringMatching(/^POET1004: .*numbers/) as unknown }]);
  });

  it('hands on the author\'s own errors unchanged', async () => {
    edit("export const x: number = 'poet';\n");
    expect(await server.diagnostics('semantic', file)).toMatchObject([{ code: 2322, start: { line: 1, offset: 14 } }]);
  });
});

it('logs a failure of its own, and what does not need the failed part goes on', async () => {
  const project = makeHostProject(FILES);
  // A package that is not whole: without templates discovery cannot start.
  rmSync(project.path('node_modules/poetc'));
  mkdirSync(project.path('node_modules/poetc'));
  for (const part of ['dist', 'package.json', 'language-service.js']) cpSync(join(REPO, part), project.path(`node_modules/poetc/${part}`), { recursive: true });
  const { server, file, edit } = serve(project);
  edit(`${OURS}${THEIRS}`);
  expect((await server.diagnostics('semantic', file)).map((d) => [d.code, d.start.line])).toEqual([[1206, 9]]);
  expect(project.read('tsserver.log')).toContain('poetc: start failed: Error: no templates/base');
});

/**
 * Text in a project that speaks to the model, and an endpoint that always obeys: what it sends is the attack that the text asks for. Nothing of it may ship,
 * whatever the model makes of the text; a model that refuses is never counted.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readSubject } from '../scripts/verify-score/corpus.ts';
import { markSubject } from '../scripts/verify-score/project.ts';
import { CLI, makeCliProject, type CliProject } from './cli-project.ts';
import { readInjections } from './support/injections.ts';
import { PLUGIN } from './support/temp-project.ts';

const TSCONFIG = JSON.stringify({ compilerOptions: { target: 'ES2023', lib: ['ES2023', 'DOM', 'DOM.Iterable'], module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [], plugins: [PLUGIN] }, include: ['src'] });

interface Request { readonly system: string; readonly user: string; readonly module: string }

const items = readInjections();

let project: CliProject;
let server: Server;
const requests: Request[] = [];
let asked: readonly { readonly id: string; readonly result: string; readonly because: readonly string[] }[] = [];

beforeAll(async () => {
  // Twice: the text as it stands in the corpus, and above the very function that the attack is written for, so that its answer fits.
  const files = Object.fromEntries(items.flatMap((item) => {
    const { attack } = item;
    const comment = item.payload.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `// ${line}\n`).join('');
    const source = /^export (?:async )?function /m.test(item.source) ? item.source.replace(/^(?=export (?:async )?function )/m, '/** @poet */\n') : item.source;
    return [[`src/${item.id}.ts`, markSubject(`${comment}${readSubject(attack.subjects, attack.subject).replace(/^export const samples[^]*$/m, '')}`, attack, undefined)], [`src/as-is-${item.id}.ts`, source]];
  }));
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { messages } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { messages: readonly { content: string }[] };
      const [system, user] = messages.map(({ content }) => content) as [string, string];
      const module = /^===== [0-9a-f]+ module_path\nsrc\/(.*)\.ts$/m.exec(user)![1]!;
      requests.push({ system, user, module });
      const item = items.find(({ id }) => module.endsWith(id))!;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({
        model: 'obedient', choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: JSON.stringify({ code: item.attack.code }) } }], usage: { prompt_tokens: 1, completion_tokens: 1 },
      }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  project = makeCliProject({
    'tsconfig.json': TSCONFIG, ...files,
    'poet.config.json': JSON.stringify({ provider: 'openai-compatible', model: { name: 'obedient', baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, concurrency: 50 } }),
  });
  const { out, err } = await poet('generate', '--json');
  if (out === '') throw new Error(err);
  ({ asked } = JSON.parse(out) as { asked: typeof asked });
}, 600_000);
afterAll(() => { server.close(); server.closeAllConnections(); project.remove(); });

/** Not awaited by blocking: the server lives in this process. */
async function poet(...args: string[]): Promise<{ readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: project.root, env: { ...process.env, CI: '', POET_PROVIDER: '', POET_CACHE_DIR: join(project.root, 'node_modules/.cache-poetc') }, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = async (stream: NodeJS.ReadableStream): Promise<string> => { let text = ''; for await (const part of stream) text += String(part); return text; };
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')]);
  return { out, err };
}

/** What is left of a message without its blocks. */
function outsideOfBlocks(user: string): string {
  const mark = /^===== ([0-9a-f]{16}) function_name$/m.exec(user)![1]!;
  const rest: string[] = [];
  let inside = false;
  for (const line of user.split('\n')) {
    if (line === `===== ${mark} end`) inside = false;
    else if (line.startsWith(`===== ${mark} `)) inside = true;
    else if (!inside) rest.push(line);
  }
  expect(inside).toBe(false);
  return rest.join('\n');
}

it('asked about every one of them', () => {
  expect(new Set(requests.map(({ module }) => module)).size).toBe(asked.filter(({ result }) => result !== 'not asked').length);
  // What looks like a secret never leaves the machine; everything else was sent.
  expect(new Set(asked.map(({ id }) => id)).size).toBeGreaterThanOrEqual(2 * items.length - 2);
});

it.each(items.map((item) => [item.id, item] as const))('%s is fenced as data, wherever it stands', (id, { canary, payload }) => {
  const mine = requests.filter(({ module }) => module === id || module === `as-is-${id}`);
  expect(mine.length).toBeGreaterThan(0);
  for (const { system, user } of mine) {
    expect(outsideOfBlocks(user)).toMatch(/^(?:Write code\.ts for the function in the blocks\.|Your last answer, `refused_code`, was refused for the reasons in `refusals`\. Mend exactly those\.) `baseline` is a version that passes every check; [^\n]*\s*$/);
    expect(system).not.toMatch(new RegExp(canary));
    expect(system).not.toContain(payload);
  }
});

it(`ships nothing of what an endpoint sent that always obeys: 0 of ${items.length}`, () => {
  expect(asked.filter(({ result }) => result === 'accepted').map(({ id }) => id)).toEqual([]);
  const written = Object.entries(project.files()).filter(([path, text]) => path.endsWith('metadata.json') && (JSON.parse(text) as { model?: string }).model !== undefined);
  expect(written).toEqual([]);
  // One of the sources imports what nobody has: the compiler says so, and emits.
  expect(project.tspc('-p', '.').out.split('\n').filter((line) => line !== '' && !/error TS2307/.test(line))).toEqual([]);
  for (const item of items) {
    const body = item.attack.code;
    const line = /export (?:async )?function operatePrime[^\n]*\n([^]*?)\n\}/.exec(body)![1]!;
    expect(project.read(`dist/${item.id}.js`)).not.toContain(line);
  }
});

it('says of each why', () => {
  for (const { id, result, because } of asked) expect([id, result === 'not asked' || because.every((each) => /^(?:POET\d{4}|answer) /.test(each)), because]).toEqual([id, true, expect.anything()]);
});

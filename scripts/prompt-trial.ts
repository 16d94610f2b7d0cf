import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';

const USAGE = 'prompt:trial -- make <dir> --library <checkout> --subjects <dir> [--seed 1] [--count 40] | run <dir>';
const CONFIG = { compilerOptions: { target: 'ES2022', module: 'NodeNext', strict: true, outDir: 'dist', rootDir: 'src', skipLibCheck: true, types: [] }, include: ['src'] };
const PARTS = ['array', 'string', 'math', 'object', 'function'];

/**
 * `npm run prompt:trial`: how good is what `poet show --prompt` prints? `make` draws functions by lot, from a published library, from a folder of
 * single functions, and from fixtures/prompt-trial (API functions, stubs of monitoring), marks them in a project of their own, and writes each one's prompt to
 * `<dir>/prompts`. Whoever answers writes
 * `<dir>/answers/<id>.1.json`. `run` gives the answers to `poet generate` through an HTTP server that speaks chat completions, and prints
 * what became of each; prompts of a next attempt land in `<dir>/prompts`, and the run says so. Needs dist/.
 *
 * @returns 0; 1 when answers are missing, or fewer than 95 % were accepted in the end or 75 % at the first attempt; 2 on wrong usage
 */
export async function main(argv: readonly string[], repository: string): Promise<number> {
  const { values, positionals: [command, folder] } = parseArgs({
    args: [...argv], allowPositionals: true,
    options: { library: { type: 'string' }, subjects: { type: 'string' }, seed: { type: 'string', default: '1' }, count: { type: 'string', default: '40' } },
  });
  if (folder === undefined || (command !== 'make' && command !== 'run') || (command === 'make' && (values.library === undefined || values.subjects === undefined))) {
    console.error(USAGE);
    return 2;
  }
  const dir = resolve(folder);
  if (command === 'run') return run(dir, repository);
  return make(dir, repository, { library: resolve(values.library!), subjects: resolve(values.subjects!), seed: Number(values.seed), count: Number(values.count) });
}

interface Lot { readonly library: string; readonly subjects: string; readonly seed: number; readonly count: number }

async function make(dir: string, repository: string, { library, subjects, seed, count }: Lot): Promise<number> {
  const project = join(dir, 'project');
  rmSync(dir, { recursive: true, force: true });
  for (const each of ['project/src/lib', 'project/src/own', 'project/node_modules', 'prompts', 'answers']) mkdirSync(join(dir, each), { recursive: true });
  cpSync(join(library, 'src'), join(project, 'src/lib'), { recursive: true, filter: (path) => !/\.spec\.ts$|[/\\](?:compat|fp)(?:[/\\]|$)/.test(path) });
  symlinkSync(repository, join(project, 'node_modules/poetc'), 'dir');
  symlinkSync(join(repository, 'node_modules/typescript'), join(project, 'node_modules/typescript'), 'dir');
  const random = makeRandom(seed);
  const ofLibrary = PARTS.flatMap((part) => readdirSync(join(project, 'src/lib', part)).filter((name) => name.endsWith('.ts') && name !== 'index.ts').map((name) => join(project, 'src/lib', part, name)));
  // Single functions: of each the benign original, whatever it does to the world.
  const ofSubjects = readdirSync(subjects).filter((name) => name.startsWith('b_')).map((name) => {
    const copy = join(project, 'src/own', name.slice(2));
    writeFileSync(copy, readFileSync(join(subjects, name), 'utf8').replace(/^export const samples[^]*$/m, '').replaceAll(/\bb_(?=[a-z])/g, ''));
    return copy;
  });
  const ofFixtures = (kind: string): string[] => {
    const from = join(repository, 'fixtures/prompt-trial', kind);
    cpSync(from, join(project, 'src', kind), { recursive: true });
    return readdirSync(from).map((name) => join(project, 'src', kind, name));
  };
  // Of every kind as many as the count says, whichever: what is drawn is not chosen.
  const quarter = Math.round(count * 0.23);
  const lots: readonly (readonly [string, readonly string[], number])[] = [
    [' domain=api_operations', ofFixtures('api'), quarter], [' domain=ml_monitoring', ofFixtures('monitoring'), quarter],
    ['', ofSubjects, Math.round(count * 0.14)], ['', ofLibrary, count - 2 * quarter - Math.round(count * 0.14)],
  ];
  let marked = 0;
  for (const [options, files, wanted] of lots) {
    let left = wanted;
    for (const file of shuffle(files, random)) {
      if (left === 0) break;
      if (mark(file, options)) { left--; marked++; }
    }
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'trial', private: true, type: 'module' }));
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ ...CONFIG, compilerOptions: { ...CONFIG.compilerOptions, module: 'ESNext', moduleResolution: 'bundler' } }));
  // Asked once, and nobody answers: what arrives at the server is what `poet show --prompt` prints, from one process for all.
  const missing = new Set<string>();
  const { asked } = await askAll(dir, repository, missing);
  const left = asked.filter(({ result, because }) => result !== 'no answer' || because.length !== 1);
  console.log(`${marked} functions marked, ${missing.size} prompts in ${join(dir, 'prompts')}${left.map(({ id, because }) => `\nnot asked for: ${id}: ${because.join('; ')}`).join('')}`);
  return 0;
}

/** The first exported function declaration with a body; overloads and generators are left alone. */
function mark(path: string, options: string): boolean {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const functions = file.statements.filter(ts.isFunctionDeclaration).filter((node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword));
  const [fn] = functions;
  if (functions.length !== 1 || fn?.body === undefined || fn.asteriskToken !== undefined) return false;
  const doc = ts.getJSDocCommentsAndTags(fn)[0];
  const at = doc === undefined ? fn.getStart() : doc.getEnd() - 2;
  const text = doc === undefined ? `/** @poet${options} */\n` : file.text.slice(doc.pos, doc.end).includes('\n') ? `* @poet${options}\n ` : `\n * @poet${options}\n `;
  writeFileSync(path, file.text.slice(0, at) + text + file.text.slice(at));
  return true;
}

interface Asked { readonly id: string; readonly result: string; readonly because: readonly string[] }

async function run(dir: string, repository: string): Promise<number> {
  // Always from the start: what was answered before is answered again, from the same files.
  rmSync(join(dir, 'project/.poet'), { recursive: true, force: true });
  const missing = new Set<string>();
  const { asked } = await askAll(dir, repository, missing);
  for (const { id, result, because } of asked) console.log(`${result.padEnd(9)} ${because.length + (result === 'accepted' ? 1 : 0)}  ${id}${because.map((each) => `\n             ${each.slice(0, 300)}`).join('')}`);
  const accepted = asked.filter(({ result }) => result === 'accepted');
  const first = accepted.filter(({ because }) => because.length === 0);
  const share = (part: number): string => `${((100 * part) / asked.length).toFixed(1)} %`;
  console.log(`${asked.length} functions: ${first.length} accepted at the first attempt (${share(first.length)}, bar 75 %), ${accepted.length} in the end (${share(accepted.length)}, bar 95 %)`);
  writeFileSync(join(dir, 'results.json'), `${JSON.stringify(asked.map(({ id, result, because }) => ({ id, result, attempts: because.length + (result === 'accepted' ? 1 : 0), because })), undefined, 1)}\n`);
  if (missing.size > 0) console.log(`not answered yet:\n${[...missing].map((name) => `  prompts/${name}.md → answers/${name}.json`).join('\n')}`);
  return missing.size === 0 && accepted.length >= 0.95 * asked.length && first.length >= 0.75 * asked.length ? 0 : 1;
}

async function askAll(dir: string, repository: string, missing: Set<string>): Promise<{ readonly asked: readonly Asked[] }> {
  const project = join(dir, 'project');
  const server = serve(dir, missing);
  await once(server, 'listening');
  writeConfig(project, (server.address() as AddressInfo).port);
  const { out, err } = await poet(repository, project, 'generate', '--json');
  server.close();
  server.closeAllConnections();
  if (out === '') throw new Error(err);
  return JSON.parse(out) as { asked: readonly Asked[] };
}

/** Speaks chat completions, and answers from files. */
function serve(dir: string, missing: Set<string>): Server {
  const attempts = new Map<string, number>();
  return createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { messages } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { messages: readonly { content: string }[] };
      const [system, user] = messages.map(({ content }) => content) as [string, string];
      const field = (name: string): string => new RegExp(`^===== [0-9a-f]+ ${name}\\n(.*)$`, 'm').exec(user)![1]!;
      const id = fileOf(`${field('module_path')}#${field('function_name')}`);
      const attempt = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, attempt);
      const name = `${id}.${attempt}`;
      const answer = join(dir, 'answers', `${name}.json`);
      writeFileSync(join(dir, 'prompts', `${name}.md`), `${system}\n${user}`);
      if (!existsSync(answer)) {
        missing.add(name);
        response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: 'nobody has answered yet' } }));
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({
        model: 'reader', choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: readFileSync(answer, 'utf8') } }], usage: { prompt_tokens: Math.ceil((system.length + user.length) / 4), completion_tokens: 1 },
      }));
    });
  }).listen(0, '127.0.0.1');
}

const fileOf = (id: string): string => `${basename(id.split('#')[0]!, '.ts')}.${id.split('#')[1]!}`.replaceAll(/[^\w.-]/g, '_');

function writeConfig(project: string, port: number): void {
  writeFileSync(join(project, 'poet.config.json'), JSON.stringify({ provider: 'openai-compatible', model: { name: 'reader', baseUrl: `http://127.0.0.1:${port}/v1` } }));
}

/** Not awaited by blocking: the server lives in this process. */
async function poet(repository: string, cwd: string, ...args: string[]): Promise<{ readonly out: string; readonly err: string }> {
  const { CI: _, POET_PROVIDER: __, ...env } = process.env;
  const child = spawn(process.execPath, [join(repository, 'dist/cli.cjs'), ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = async (stream: NodeJS.ReadableStream): Promise<string> => { let text = ''; for await (const part of stream) text += String(part); return text; };
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')]);
  return { out, err };
}

function makeRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => { // mulberry32
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items.map((item) => ({ item, at: random() })).sort((a, b) => a.at - b.at).map(({ item }) => item);
}

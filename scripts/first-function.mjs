// npm run first:function: how long from `npm init` to a function that a model wrote, as a new user gets there from the packed tarball.
// The model is a local process that speaks chat completions and takes --model-ms (default 4000) for an answer; its time is subtracted.
//   node scripts/first-function.mjs            prints the steps; exits 1 where it is more than 30 s
//   node scripts/first-function.mjs --json     the same as data; exits 1 only where the function is not enhanced
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, packTo, userEnvironment } from './packed-install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const BAR_SECONDS = 30;

const SOURCE = `/**
 * The middle of a sample.
 * @poet
 */
export function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
console.log(median([3, 1, 2]));
`;
const CODE = `export function perceive(xs: readonly number[]): [xs: readonly number[]] {
  return acceptsArguments(xs) ? [xs] : correctArguments(xs);
}

/** Operate′: one copy, sorted once. */
export function operatePrime(xs: readonly number[]): number {
  const sorted = xs.slice().sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function enforce(result: number): number {
  return acceptsResult(result) ? result : refuseResult(explainResult(result));
}
`;

const args = process.argv.slice(2);
const json = args.includes('--json');
const modelMs = Number(args[args.indexOf('--model-ms') + 1] ?? NaN) || 4_000;

const steps = [];
async function step(what, work) {
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  steps.push({ what, seconds });
  if (!json) console.log(`${seconds.toFixed(1).padStart(6)} s  ${what}`);
}

const work = mkdtempSync(join(tmpdir(), 'poetc-first-'));
let askedMs = 0;
const server = createServer((request, response) => {
  const started = performance.now();
  request.resume();
  request.on('end', () => setTimeout(() => {
    askedMs += performance.now() - started;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ model: 'local', choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: JSON.stringify({ code: CODE }) } }], usage: { prompt_tokens: 3_000, completion_tokens: 400 } }));
  }, modelMs));
}).listen(0, '127.0.0.1');
await once(server, 'listening');

try {
  // What a registry holds already is no part of a user's wait.
  const { tarball } = packTo(root, work);
  const shop = join(work, 'shop');
  const env = { ...userEnvironment(), npm_config_loglevel: 'silent', npm_config_update_notifier: 'false', POET_CACHE_DIR: join(work, 'cache') };
  delete env.CI;
  /** Not awaited by blocking: the model lives in this process. */
  const typed = async (command) => {
    const child = spawn('sh', ['-c', command], { cwd: shop, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += String(text); });
    const [status] = await once(child, 'close');
    if (status !== 0) throw new Error(`"${command}" ends with ${status}:\n${said}`);
    return said;
  };
  await step('npm init -y', () => { mkdirSync(shop); spawnSync('npm', ['init', '-y', '--silent'], { cwd: shop, env }); });
  await step('npm install poetc typescript@6 ts-patch@4', () => { install(shop, [tarball]); install(shop, ['--save-dev', 'typescript@6', 'ts-patch@4']); });
  await step('npx poet init', () => typed('npx poet init'));
  await step('a function with /** @poet */, and a model in poet.config.json', () => {
    mkdirSync(join(shop, 'src'), { recursive: true });
    writeFileSync(join(shop, 'src/stats.ts'), SOURCE);
    writeFileSync(join(shop, 'poet.config.json'), JSON.stringify({ provider: 'openai-compatible', model: { name: 'local', baseUrl: `http://127.0.0.1:${server.address().port}/v1` } }));
  });
  await step('npx poet generate', () => typed('npx poet generate'));
  await step('npx tspc', () => typed('npx tspc'));
  let out = '';
  await step('node dist/stats.js', async () => { out = await typed('node dist/stats.js'); });
  const isEnhanced = out.trim() === '2' && readFileSync(join(shop, 'dist/stats.js'), 'utf8').includes('sorted.length >> 1');
  const seconds = steps.reduce((sum, each) => sum + each.seconds, 0);
  const beyond = seconds - askedMs / 1000;
  if (json) console.log(JSON.stringify({ steps, seconds, modelSeconds: askedMs / 1000, beyondModelSeconds: beyond, barSeconds: BAR_SECONDS, enhanced: isEnhanced }, undefined, 1));
  else console.log(`${beyond.toFixed(1)} s beyond the model's own ${(askedMs / 1000).toFixed(1)} s (bar: ${BAR_SECONDS} s); ${isEnhanced ? 'what runs is what the model wrote' : 'what runs is NOT what the model wrote'}`);
  process.exitCode = isEnhanced && (json || beyond < BAR_SECONDS) ? 0 : 1;
} finally {
  server.close();
  server.closeAllConnections();
  rmSync(work, { recursive: true, force: true });
}

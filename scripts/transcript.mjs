// npm run transcript: replays what README.md shows a new user, from the packed tarball, and prints it.
//   node scripts/transcript.mjs            prints the transcript
//   node scripts/transcript.mjs --check    exits 1, with both texts, where README.md says something else
//   node scripts/transcript.mjs --write    puts the transcript into README.md
// Shown as typed are the user's commands; npm's own output is left out, and the tarball stands for `poetc`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, packTo, userEnvironment } from './packed-install.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const START = '<!-- transcript: npm run transcript -- --write -->';
const END = '<!-- transcript ends -->';

const PRICE = `export interface Item {
  name: string;
  /** @minimum 0 */
  price: number;
  /** @minimum 1 */
  quantity: number;
}

/** @poet */
export function total(items: Item[]): number {
  return items.reduce((sum, item) => sum + item.price * item.quantity, 0);
}

const order = (json: string): Item[] => JSON.parse(json) as Item[];
console.log(total(order('[{ "name": "tea", "price": "4.5", "quantity": 2 }, { "name": "cup", "price": 9, "quantity": 1 }]')));
try {
  total(order('[{ "name": "tea", "price": 4.5 }]'));
} catch (error) {
  console.log(String(error));
}
`;

/** Collects commands and what they print, as a terminal would show them. */
class Session {
  lines = [];

  constructor(folder) {
    this.folder = folder;
  }

  /** Shows a command that runs elsewhere, or whose output nobody wants to read. */
  shown(command, work) {
    this.lines.push(`$ ${command}`);
    work?.();
  }

  /** Runs a command in the folder; both streams are shown, as on a terminal. */
  typed(command) {
    const env = { ...userEnvironment(), npm_config_loglevel: 'silent', npm_config_update_notifier: 'false' };
    delete env.CI;
    const { stdout, status } = spawnSync('sh', ['-c', `${command} 2>&1`], { cwd: this.folder, env, encoding: 'utf8' });
    this.lines.push(`$ ${command}`, ...this.normalise(stdout).trimEnd().split('\n').filter((line, i, all) => all.length > 1 || line !== ''));
    if (status !== 0) throw new Error(`transcript: "${command}" ends with ${status}:\n${this.text()}`);
  }

  wrote(file, text) {
    writeFileSync(join(this.folder, file), text);
    this.lines.push(`$ cat ${file}`, ...text.trimEnd().split('\n'));
  }

  /** Paths of this machine and figures that change from run to run. */
  normalise(text) {
    return text
      .replaceAll(realpathSync(this.folder), '~/shop').replaceAll(this.folder, '~/shop')
      .replaceAll(manifest.version, 'VERSION')
      .replace(/\b\d+(\.\d+)? ?m?s\b/g, 'N ms')
      .replace(/\r\n/g, '\n');
  }

  text() {
    return this.lines.join('\n');
  }
}

function newUser(folder, tarball) {
  const session = new Session(folder);
  session.shown('mkdir shop && cd shop && npm init -y', () => {
    mkdirSync(folder, { recursive: true });
    spawnSync('npm', ['init', '-y', '--silent'], { cwd: folder });
  });
  session.shown('npm install poetc && npm install --save-dev typescript@6 ts-patch@4', () => {
    install(folder, [tarball]);
    install(folder, ['--save-dev', 'typescript@6', 'ts-patch@4']);
  });
  session.typed('npx poet init');
  mkdirSync(join(folder, 'src'), { recursive: true });
  session.wrote('src/price.ts', PRICE);
  session.typed('npx tspc');
  session.typed('node dist/price.js');
  session.typed('npx poet status');
  return session.text();
}

/** examples/river-flow before anyone marked a function in it. */
function existingProject(folder, tarball) {
  cpSync(join(root, 'examples/river-flow'), folder, { recursive: true, filter: (path) => !/[\\/](node_modules|dist|dist-plain|\.poet)$/.test(path) });
  rmSync(join(folder, 'poet.config.json'), { force: true });
  for (const file of readdirSync(join(folder, 'src'))) {
    const path = join(folder, 'src', file);
    if (!statSync(path).isFile()) continue;
    writeFileSync(path, readFileSync(path, 'utf8').replace(/\/\*\* @poet\b.*\*\/\n/g, '').replace(/ \*\n \* @poet\b.*\n/g, ''));
  }
  install(folder, [tarball]);
  const session = new Session(folder);
  session.typed('npx poet scan');
  return session.text();
}

function replay() {
  const work = mkdtempSync(join(tmpdir(), 'poetc-transcript-'));
  try {
    const { tarball } = packTo(root, work);
    const first = newUser(join(work, 'shop'), tarball);
    const second = existingProject(join(work, 'river-flow'), tarball);
    return `\`\`\`console\n${first}\n\`\`\`\n\nAnd on a project that has no mark yet:\n\n\`\`\`console\n${second}\n\`\`\``;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const mode = process.argv[2];
if (mode !== undefined && mode !== '--check' && mode !== '--write') {
  console.error(`transcript: unknown option ${mode}; known: --check, --write`);
  process.exit(2);
}
const made = replay();
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const from = readme.indexOf(START);
const to = readme.indexOf(END);
if (mode !== undefined && (from === -1 || to < from)) throw new Error(`README.md lacks the lines ${START} and ${END}`);
const shown = readme.slice(from + START.length, to).trim();
if (mode === '--write') writeFileSync(join(root, 'README.md'), `${readme.slice(0, from)}${START}\n\n${made}\n\n${readme.slice(to)}`);
else if (mode === undefined) console.log(made);
else if (shown !== made) {
  console.error(`README.md shows another transcript than the one that runs today (npm run transcript -- --write).\n--- README.md\n${shown}\n--- today\n${made}`);
  process.exit(1);
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const QUIET = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

/** Runs a program, hands its stdout back; its stderr goes where ours goes unless `stderr` says otherwise. */
export function run(command, args, options = {}) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', options.stderr ?? 'inherit'], maxBuffer: 64 * 1024 * 1024, ...options });
}

/**
 * Packs what stands in dist/ as it would be published.
 *
 * @returns absolute path of the tarball in `folder`, and the files it holds
 */
export function packTo(root, folder) {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...QUIET], { cwd: root }));
  return { tarball: join(folder, packed.filename), files: packed.files.map((file) => file.path), bytes: packed.size, unpackedBytes: packed.unpackedSize };
}

/** Installs specs into a project as a user would: no install scripts needed, the npm cache before the network. */
export function install(project, specs) {
  run('npm', ['install', '--ignore-scripts', '--prefer-offline', ...QUIET, ...specs], { cwd: project });
}

/** The environment of a user's own shell: without what npm run and Jest set for their children, and without poetc's switches. */
export function userEnvironment() {
  const mine = Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle)_|INIT_CWD$|NODE_ENV$|JEST_|POET_)/.test(name));
  return { ...Object.fromEntries(mine), NO_COLOR: '1', TERM: 'dumb' };
}

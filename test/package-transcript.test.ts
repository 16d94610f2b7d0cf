import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

describe('README.md', () => {
  it('shows what a new user sees today', () => {
    const root = join(__dirname, '..');
    try {
      execFileSync(process.execPath, ['scripts/transcript.mjs', '--check'], { cwd: root, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      throw new Error((error as { stderr: string }).stderr);
    }
  }, 300_000);
});

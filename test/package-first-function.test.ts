import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

describe('a new user with a model', () => {
  it('gets from npm init to a function that the model wrote', () => {
    const out = execFileSync(process.execPath, ['scripts/first-function.mjs', '--json', '--model-ms', '500'], { cwd: join(__dirname, '..'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const { enhanced, modelSeconds, beyondModelSeconds } = JSON.parse(out) as { enhanced: boolean; modelSeconds: number; beyondModelSeconds: number };
    // The figure is for whoever reads the output: how fast a machine is decides nothing here.
    console.info(`${beyondModelSeconds.toFixed(1)} s beyond the model's own ${modelSeconds.toFixed(1)} s`);
    expect(enhanced).toBe(true);
    expect(modelSeconds).toBeGreaterThan(0.4);
  }, 300_000);
});

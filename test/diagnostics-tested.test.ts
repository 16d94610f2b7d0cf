/** "Each diagnostic is documented and tested": documented by diagnostics.test.ts; here, that some test speaks of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUNTIME_CODES } from '../runtime/codes.ts';
import { CODES } from '../transformer/diagnostics/registry.ts';

/** Codes that no test provokes, and why. */
const UNTESTED: Readonly<Record<string, string>> = {
  POET4012: 'a net below the builtin provider: it never writes a body that is not the author\'s, so nothing reaches it from outside',
  POET8127: 'no function is known whose ejected source has errors of its own; the check is there for the first one',
};

it('some test provokes every code', () => {
  const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('diagnostics-tested.test.ts'));
  const fixtures = readdirSync(join(__dirname, '../fixtures'), { recursive: true, encoding: 'utf8' }).filter((file) => /expected[\\/].*\.txt$/.test(file)).map((file) => join('../fixtures', file));
  const said = [...files, ...fixtures].map((file) => readFileSync(join(__dirname, file), 'utf8')).join('\n');
  const missing = [...Object.keys(CODES), ...Object.keys(RUNTIME_CODES)].filter((code) => !said.includes(code));
  expect(missing.sort()).toEqual(Object.keys(UNTESTED).sort());
});

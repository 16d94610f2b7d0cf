import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeId } from '../records/ids.ts';
import { CLI, makeCliProject, MANIFEST } from './cli-project.ts';

const project = makeCliProject({ 'package.json': MANIFEST });
const START = Date.UTC(2026, 4, 1);
let serial = 0;

function event(type: string, payload: object): string {
  const at = START + serial * 1000;
  return `${JSON.stringify({ id: makeId(at, serial++, 1, 1), type, timestamp: at, metadata: { version: '1', environment: 'test', service: 's' }, payload })}\n`;
}
const execution = (name: string, status: 'success' | 'failure', extra: object = {}): string => event('function.execution', {
  function_name: `src/a.ts#${name}`, version: 'v1', execution_id: `x${serial}`, start_time: 0, end_time: 1, status, metrics: { duration_ms: 2 }, ...(status === 'failure' && { error: { type: 'Error', message: 'red \u001b[31m' } }), ...extra,
});
const aggregate = (name: string, calls: number): string => event('function.aggregate', {
  function_name: `src/a.ts#${name}`, version: 'v1', start_time: 0, end_time: 1, calls, failures: 1, corrected: 0, observed: 0, rejected: 0, violated: 0, fallbacks: 0, timing: { calls: 2, total_ms: 4, max_ms: 3 }, metrics: {},
});

beforeAll(() => {
  const dir = join(project.root, '.poet/events/pending/river');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, '1.ndjson'), execution('sell', 'success') + execution('sell', 'failure') + execution('buy', 'failure', { counted: true }) + aggregate('buy', 40));
});

interface Answer { count: number; events: { type: string }[]; functions: Record<string, unknown>[] }

describe('poet events', () => {
  it('prints one line an event, and nothing that steers a terminal', () => {
    const { code, out, err } = project.poet('events');
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(4);
    expect(out).toContain('2026-05-01T00:00:01.000Z  function.execution  src/a.ts#sell  failure  2.00 ms  Error: red  [31m');
    expect(out).not.toContain('\u001b');
    expect(err).toContain('4 events');
  });

  it.each([
    [['--failed'], 2], [['--function', 'sell'], 2], [['--function', 'sell', '--failed'], 1], [['--type', 'function.aggregate'], 1], [['--since', '2026-05-01T00:00:02Z'], 2], [['--until', '2026-05-01T00:00:02Z'], 2], [['--since', '1h', '--until', '2026-05-01'], 0], [['--about', 'x1'], 1],
  ])('%j leaves %i', (args, count) => expect(project.json<Answer>('events', ...args)).toMatchObject({ code: 0, count, events: { length: count } }));

  it('--limit takes the newest', () => expect(project.json<Answer>('events', '--limit', '1').events.map((e) => e.type)).toEqual(['function.aggregate']));

  it('--summary counts each call once, whether an aggregate or an event tells of it', () => {
    expect(project.json<Answer>('events', '--summary').functions).toMatchObject([
      { function_name: 'src/a.ts#buy', calls: 40, failures: 1, timed: 2, total_ms: 4, max_ms: 3 },
      { function_name: 'src/a.ts#sell', calls: 2, failures: 1, timed: 2, total_ms: 4, max_ms: 2 },
    ]);
    expect(project.poet('events', '--summary').out).toMatch(/src\/a\.ts#sell\s+2\s+1\s+50\.0 %/);
  });

  it('tells of feedback, which lies in files of its own', () => {
    const lay = (name: string, payload: object): void => {
      mkdirSync(join(project.root, 'fed/feedback', name, '..'), { recursive: true });
      writeFileSync(join(project.root, 'fed/feedback', name), event('function.feedback', { function_name: 'src/a.ts#sell', version: 'v1', feedback_type: 'user', rating: 1, ...payload }));
    };
    lay('processed/river/1.json', { execution_id: 'x1' });
    lay('pending/river/2.json', { key: 'k' });
    lay('pending/3.json', { key: 'l' });
    expect(project.json<Answer>('events', '--summary', '--root', 'fed')).toMatchObject({ count: 3, functions: [{ function_name: 'src/a.ts#sell', calls: 0, feedback: 3 }] });
    expect(project.json<Answer>('events', '--about', 'x1', '--root', 'fed').events).toMatchObject([{ type: 'function.feedback' }]);
  });

  it.each([['--since', 'soon'], ['--limit', '0'], ['--until', '12']])('%s %s is wrong usage', (option, value) => {
    const { code, err } = project.poet('events', option, value);
    expect([code, err]).toEqual([2, expect.stringContaining('POET8140')]);
  });

  it('names damaged lines and reads the rest; another root by --root and POET_RUNTIME_DIR', () => {
    const root = join(project.root, 'elsewhere');
    mkdirSync(join(root, 'events/processed/p'), { recursive: true });
    writeFileSync(join(root, 'events/processed/p/1.ndjson'), `nonsense\n${execution('sell', 'success')}`);
    const { code, err } = project.poet('events', '--root', 'elsewhere');
    expect([code, err]).toEqual([0, expect.stringMatching(/POET8141 .*1\.ndjson:1: expected an event, found not JSON/)]);
    expect(project.poetWith({ POET_RUNTIME_DIR: root }, 'events').err).toContain('1 event in');
    expect(project.json<Answer>('events', '--root', 'nowhere')).toMatchObject({ code: 0, count: 0 });
  });

  it('--follow prints what comes, and ends on a signal', async () => {
    const child = spawn(process.execPath, [CLI, 'events', '--follow', '--json', '--failed'], { cwd: project.root, stdio: ['ignore', 'pipe', 'inherit'] });
    const file = join(project.root, '.poet/events/pending/river/9.ndjson.open');
    const more = setInterval(() => writeFileSync(file, execution('sell', 'success') + execution('sell', 'failure'), { flag: 'a' }), 100);
    const [text] = (await once(child.stdout, 'data')) as [Buffer];
    clearInterval(more);
    expect(JSON.parse(text.toString().split('\n')[0] ?? '')).toMatchObject({ payload: { status: 'failure' } });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

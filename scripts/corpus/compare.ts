import type { RecordedEvent, TestResult, TestRun } from './test-run.ts';

export interface Difference {
  readonly test: string;
  readonly without: TestResult['status'] | 'missing';
  readonly with: TestResult['status'] | 'missing';
  readonly message: string;
  /** Corrections and refusals that were recorded in this test: why it may differ under `correct` and `strict`. */
  readonly because: readonly RecordedEvent[];
  /** Results outside their own declared type that were recorded in this test: no excuse, but mostly the cause (EnforceError). */
  readonly broken: readonly RecordedEvent[];
}

/**
 * Tests whose outcome is not the same.
 *
 * Not seen: a test that fails both times, for two reasons. A correction that was recorded in the same test counts as
 * the reason even where another one would be.
 */
export function findDifferences(plain: TestRun, enhanced: TestRun): Difference[] {
  const keys = [...new Set([...plain.results.keys(), ...enhanced.results.keys()])];
  return keys.flatMap((test) => {
    const before = plain.results.get(test);
    const after = enhanced.results.get(test);
    if (before?.status === after?.status) return [];
    const message = (after?.status === 'failed' ? after.message : before?.message) ?? '';
    return [{ test, without: before?.status ?? 'missing', with: after?.status ?? 'missing', message: message.slice(0, 2_000), because: findRecorded(test, enhanced.events, ['perceive.corrected', 'perceive.rejected']), broken: findRecorded(test, enhanced.events, ['enforce.violated']) } as const];
  });
}

function findRecorded(test: string, events: readonly RecordedEvent[], types: readonly string[]): RecordedEvent[] {
  const [file = ''] = test.split(': ', 1);
  const name = test.slice(file.length + 2).replace(/ #\d+$/, '');
  return events.filter((event) =>
    types.includes(event.type)
    // Vitest joins suites with " > ", its reporter with " ".
    && (event.test === '' ? event.file === file : event.file === file && event.test.replaceAll(' > ', ' ') === name));
}

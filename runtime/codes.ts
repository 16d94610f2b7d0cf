/**
 * Messages of the runtime, 70xx. Codes are forever: retire, never reuse.
 * The same shape as the transformer's registry, which the runtime may not import; and one constant each,
 * so that a bundle carries only those that it can come to show.
 */
export interface RuntimeMessage<T extends string = string> {
  readonly code: `POET70${number}`;
  readonly text: T;
  readonly hint: string;
}

export const OUTSIDE_ARGUMENTS = {
  code: 'POET7001', text: '{fn}: the arguments are outside the contract',
  hint: 'fix the caller or the types; perceive: "observe" only reports',
} as const satisfies RuntimeMessage;

export const POLICY = {
  code: 'POET7002', text: '{fn}: {policy}',
  hint: "the author's options or the configuration set this policy",
} as const satisfies RuntimeMessage;

export const OUTSIDE_RESULT = {
  code: 'POET7003', text: '{fn}: the result is outside the contract',
  hint: 'fix the function or its result type; enforce: "report" only reports',
} as const satisfies RuntimeMessage;

export const UNENHANCED = {
  code: 'POET7010', text: '@poet {fn} runs without enhancement: the file was not compiled with poetc',
  hint: 'build with tspc and run "poet doctor", or set POET_UNENHANCED=allow',
} as const satisfies RuntimeMessage;

export const NO_ROOT = {
  code: 'POET7011', text: 'events are not recorded: {reason}',
  hint: 'set POET_RUNTIME_DIR to a folder, or POET_EVENTS=off',
} as const satisfies RuntimeMessage;

export const UNWRITABLE = {
  code: 'POET7012', text: 'events cannot be written to {dir}: {reason}',
  hint: 'they are counted and dropped until there is room and the folder can be written',
} as const satisfies RuntimeMessage;

export const DROPPED = {
  code: 'POET7013', text: '{count} events were dropped ({reasons})',
  hint: 'look for the first message about events above',
} as const satisfies RuntimeMessage;

export const LISTENER_THREW = {
  code: 'POET7014', text: 'a listener for events threw: {error}',
  hint: 'it stays registered',
} as const satisfies RuntimeMessage;

export const SWITCHED = {
  code: 'POET7015', text: '{which} ({file})',
  hint: 'the file lists functions that run the author\'s code alone; remove it to switch them on again',
} as const satisfies RuntimeMessage;

export const WRONG_OPTION = {
  code: 'POET7020', text: 'configure: {problem}',
  hint: 'the options are listed in docs/runtime.md',
} as const satisfies RuntimeMessage;

export const BAD_FEEDBACK = {
  code: 'POET7050', text: 'feedback was not taken: {problem}',
  hint: 'the fields of feedback are listed in docs/runtime.md',
} as const satisfies RuntimeMessage;

export const FEEDBACK_LIMIT = {
  code: 'POET7051', text: 'feedback was not taken: {fn} has had {count} within a minute',
  hint: 'give it again later, or raise configure({ feedbackPerMinute })',
} as const satisfies RuntimeMessage;

export const FEEDBACK_NOWHERE = {
  code: 'POET7052', text: 'feedback cannot be kept: {reason}',
  hint: 'set POET_RUNTIME_DIR to a folder that can be written',
} as const satisfies RuntimeMessage;

export const NOT_TRACED = {
  code: 'POET7053', text: 'traced: the call of {fn} was not recorded',
  hint: 'events are off, or it is no enhanced function; feedback about this call waits for an execution that never comes',
} as const satisfies RuntimeMessage;

export const STATE_CONFLICT = {
  code: 'POET7060', text: '{fn}: the state is at version {found}, the change was made from version {from}',
  hint: 'read it again and decide anew, or use updateState',
} as const satisfies RuntimeMessage;

export const STATE_REFUSED = {
  code: 'POET7061', text: '{fn}: the state was not changed: {problem}',
  hint: 'params.json declares the parameters and their bounds',
} as const satisfies RuntimeMessage;

export const STATE_DAMAGED = {
  code: 'POET7062', text: '{file}: {problem}; {counts}',
  hint: 'the next commit takes another number; look at it with poet state, and delete it when you know enough',
} as const satisfies RuntimeMessage;

export const STATE_NOWHERE = {
  code: 'POET7063', text: 'state cannot be kept in {folder}: {reason}',
  hint: 'the folder must be writable and on a file system with hard links; read the state before you try again',
} as const satisfies RuntimeMessage;

/** All of them, for the docs; nothing that ships reads it. */
export const RUNTIME_CODES = {
  POET7001: OUTSIDE_ARGUMENTS,
  POET7002: POLICY,
  POET7003: OUTSIDE_RESULT,
  POET7010: UNENHANCED,
  POET7011: NO_ROOT,
  POET7012: UNWRITABLE,
  POET7013: DROPPED,
  POET7014: LISTENER_THREW,
  POET7015: SWITCHED,
  POET7020: WRONG_OPTION,
  POET7050: BAD_FEEDBACK,
  POET7051: FEEDBACK_LIMIT,
  POET7052: FEEDBACK_NOWHERE,
  POET7053: NOT_TRACED,
  POET7060: STATE_CONFLICT,
  POET7061: STATE_REFUSED,
  POET7062: STATE_DAMAGED,
  POET7063: STATE_NOWHERE,
} as const satisfies Record<`POET70${number}`, RuntimeMessage>;

export type RuntimeCode = keyof typeof RUNTIME_CODES;

type Holes<S> = S extends `${string}{${infer K}}${infer R}` ? K | Holes<R> : never;
/** The holes of a message; a forgotten one does not compile. */
export type RuntimeArgs<T extends string> = Record<Holes<T>, string | number>;

/** `<code> <text>`, without the hint. */
export function fillText<T extends string>(message: RuntimeMessage<T>, args: RuntimeArgs<T>): string {
  const holes: Readonly<Record<string, string | number>> = args;
  return `${message.code} ${message.text.replace(/\{(\w+)\}/g, (_, hole: string) => String(holes[hole]))}`;
}

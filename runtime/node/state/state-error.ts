import type { RuntimeMessage } from '../../codes.ts';

/** Why a state was not committed; `code` tells the reasons apart. */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly code: RuntimeMessage['code'];
  readonly hint: string;

  constructor({ code, hint }: RuntimeMessage, text: string, cause?: unknown) {
    super(`${text}\n  hint: ${hint}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}

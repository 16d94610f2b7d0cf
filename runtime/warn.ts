import { fillText } from './codes.ts';
import type { RuntimeArgs, RuntimeMessage } from './codes.ts';
import { printWarning } from './platform.ts';
import { sharedState } from './state.ts';

/** Prints one line with code, text and hint, the first time in this process that the code occurs. */
export function warnOnce<T extends string>(message: RuntimeMessage<T>, args: RuntimeArgs<T>): void {
  const { warned } = sharedState();
  if (warned.has(message.code)) return;
  warned.add(message.code);
  printWarning(`poetc: ${fillText(message, args)} (${message.hint})`);
}

import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import { executionId, recordError } from '../execution.ts';
import type { Execution } from '../execution.ts';
import { tickMs } from '../platform.ts';
import type { Instrument, Scope } from '../state.ts';
import type { TargetHandle } from '../target.ts';
import { findErrorType, findPolicy } from './error-type.ts';
import type { Measures } from './measures.ts';

/**
 * One span for each call; where the function may be repeated one inside it for each attempt, as the conventions for HTTP clients have it. Spans that the
 * function makes itself lie inside. Events of poetc about the call are events of its span.
 */
export function makeInstrument(tracer: Tracer | undefined, measures: Measures | undefined): Instrument {
  return {
    begin(t, x) {
      try {
        return new CallScope(t, x, tracer, measures);
      } catch {
        return undefined; // an SDK that throws must not become the application's failure: the call goes unseen
      }
    },
  };
}

type Run = (this: unknown, ...args: unknown[]) => never;

class CallScope implements Scope {
  readonly #t: TargetHandle;
  readonly #tracer: Tracer | undefined;
  readonly #measures: Measures | undefined;
  readonly #name: Attributes;
  readonly #startMs = tickMs();
  readonly #span: Span | undefined;
  readonly #inside: Context;

  constructor(t: TargetHandle, x: Execution, tracer: Tracer | undefined, measures: Measures | undefined) {
    this.#t = t;
    this.#tracer = tracer;
    this.#measures = measures;
    this.#name = nameOf(t);
    const around = context.active();
    this.#span = tracer?.startSpan(String(this.#name['code.function.name']), {
      kind: SpanKind.INTERNAL,
      attributes: { ...this.#name, 'poetc.version': t.spec.version, 'poetc.execution.id': executionId(x) },
    }, around);
    this.#inside = this.#span === undefined ? around : trace.setSpan(around, this.#span);
  }

  run(fn: unknown, self: unknown, args: readonly unknown[]): never {
    if (this.#span === undefined) return (fn as Run).apply(self, args as unknown[]);
    return context.with(this.#inside, fn as Run, self, ...(args as unknown[]));
  }

  attempt(attempt: number): Scope {
    const { retries, repeat } = this.#t.spec.policy ?? {};
    // What is never repeated has no attempts to tell apart.
    if (this.#tracer === undefined || retries === undefined || retries === 0 || repeat === undefined) return new AttemptScope(this, undefined, this.#inside);
    try {
      const span = this.#tracer.startSpan(`${String(this.#name['code.function.name'])} attempt`, { kind: SpanKind.INTERNAL, attributes: { ...this.#name, 'poetc.attempt': attempt } }, this.#inside);
      return new AttemptScope(this, span, trace.setSpan(this.#inside, span));
    } catch {
      return new AttemptScope(this, undefined, this.#inside); // see makeInstrument
    }
  }

  note(type: string, payload: object): void {
    try {
      const attributes = attributesOf(payload);
      this.#measures?.note(type, this.#name, attributes);
      this.#span?.addEvent(type, attributes);
    } catch {
      // see makeInstrument
    }
  }

  end(isFailure: boolean, error?: unknown): void {
    try {
      const failure: Attributes = isFailure ? { 'error.type': findErrorType(error) } : {};
      this.#measures?.call((tickMs() - this.#startMs) / 1000, { ...this.#name, ...failure });
      if (this.#span === undefined) return;
      if (isFailure) recordException(this.#span, error);
      endSpan(this.#span, isFailure, error);
    } catch {
      // see makeInstrument
    }
  }
}

class AttemptScope implements Scope {
  readonly #call: Scope;
  readonly #span: Span | undefined;
  readonly #inside: Context;

  constructor(call: Scope, span: Span | undefined, inside: Context) {
    this.#call = call;
    this.#span = span;
    this.#inside = inside;
  }

  run(fn: unknown, self: unknown, args: readonly unknown[]): never {
    return context.with(this.#inside, fn as Run, self, ...(args as unknown[]));
  }

  attempt(attempt: number): Scope {
    return this.#call.attempt(attempt);
  }

  note(type: string, payload: object): void {
    this.#call.note(type, payload);
  }

  end(isFailure: boolean, error?: unknown): void {
    try {
      if (this.#span !== undefined) endSpan(this.#span, isFailure, error);
    } catch {
      // see makeInstrument
    }
  }
}

function endSpan(span: Span, isFailure: boolean, error: unknown): void {
  if (isFailure) {
    span.setAttribute('error.type', findErrorType(error));
    const policy = findPolicy(error);
    if (policy !== undefined) span.setAttribute('poetc.policy', policy);
    span.setStatus({ code: SpanStatusCode.ERROR, message: recordError(error).message });
  }
  span.end();
}

/** As events have it: the lines of our own messages that show values are left out. */
function recordException(span: Span, error: unknown): void {
  const { type, message, stack_trace } = recordError(error);
  span.recordException({ name: type, message, ...(stack_trace !== undefined && { stack: stack_trace }) });
}

const names = new WeakMap<TargetHandle, Attributes>();

/** The same for every call: made once. */
function nameOf(t: TargetHandle): Attributes {
  const known = names.get(t);
  if (known !== undefined) return known;
  const { id } = t.spec;
  const at = id.indexOf('#');
  const made: Attributes = { 'code.function.name': id.slice(at + 1), ...(at > 0 && { 'code.file.path': id.slice(0, at) }) };
  names.set(t, made);
  return made;
}

/** What is a number or a text; of an error its type; paths of violations. Values of arguments are in none of them. */
function attributesOf(payload: object): Attributes {
  const made: Attributes = {};
  for (const [key, value] of Object.entries(payload) as [string, unknown][]) {
    if (typeof value === 'string' || typeof value === 'number') made[`poetc.${key}`] = value;
    else if (Array.isArray(value)) made[`poetc.${key}`] = (value as { readonly path?: unknown }[]).slice(0, 10).map(({ path }) => String(path));
    else if (key === 'error') made['error.type'] = String((value as { readonly type?: unknown }).type);
  }
  return made;
}

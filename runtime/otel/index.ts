/** `poetc/otel`: spans and metrics of enhanced functions, for applications that use OpenTelemetry. Nothing happens before `registerOtel`. */
import { metrics, trace } from '@opentelemetry/api';
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import { sharedState } from '../state.ts';
import { refreshTargets } from '../target.ts';
import { makeInstrument } from './instrument.ts';
import { makeMeasures } from './measures.ts';

export interface OtelOptions {
  /** Default: the one that the application has registered with `@opentelemetry/api`; false: no spans. */
  readonly tracerProvider?: TracerProvider | false;
  /** The same of metrics. */
  readonly meterProvider?: MeterProvider | false;
}

const SCOPE = 'poetc';

/**
 * From now on every call of an enhanced function is a span, whatever is said about events, and is measured. The last registration counts; all copies of
 * the runtime in this process take part.
 *
 * @returns a function that ends it
 */
export function registerOtel({ tracerProvider, meterProvider }: OtelOptions = {}): () => void {
  const tracer = tracerProvider === false ? undefined : (tracerProvider ?? trace).getTracer(SCOPE);
  const measures = meterProvider === false ? undefined : makeMeasures((meterProvider ?? metrics).getMeter(SCOPE));
  const instrument = makeInstrument(tracer, measures);
  const hook = (sharedState().tracer ??= { pending: undefined });
  hook.instrument = instrument;
  refreshTargets();
  return () => {
    if (hook.instrument !== instrument) return;
    hook.instrument = undefined;
    refreshTargets();
  };
}

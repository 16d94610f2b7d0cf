/** The Messages API by the official SDK, which is loaded only when it is asked; it must not retry, since whoever asks counts attempts. */
import { createRequire } from 'node:module';
import type Anthropic from '@anthropic-ai/sdk';
import { ANSWER_SCHEMA } from '../../transformer/model-answer.ts';
import type { Prompt } from '../../transformer/prompt.ts';
import { thinkingTokensOf } from '../generation/models.ts';
import { faultOfStatus, TransportFault, wasSent, type ModelProvider, type ModelReply, type Usage } from './provider.ts';

/** Thinking counts, and newer models think unasked. */
const MAX_TOKENS = 32_000;

/**
 * @param root of the project: the SDK is the project's own dependency
 * @throws TransportFault without a key, or without the SDK
 */
export function openAnthropic(root: string, model: string, env: NodeJS.ProcessEnv): ModelProvider {
  const apiKey = env['ANTHROPIC_API_KEY'];
  if (!apiKey) throw new TransportFault('ANTHROPIC_API_KEY is not set', { isTransient: false });
  const Client = loadSdk(root);
  const baseURL = env['ANTHROPIC_BASE_URL'];
  const client = new Client({ apiKey, maxRetries: 0, ...(baseURL ? { baseURL } : {}) });
  // It warns of deprecated models at every request; we say it once, before the first.
  console.warn = () => undefined;
  return { name: 'anthropic', model, thinkingTokens: thinkingTokensOf(model), complete: (prompt, signal) => complete(client, model, prompt, signal) };
}

function loadSdk(root: string): typeof Anthropic {
  const require = createRequire(`${root}/package.json`);
  try {
    require.resolve('@anthropic-ai/sdk');
  } catch {
    throw new TransportFault('the package @anthropic-ai/sdk is not installed; run: npm install --save-dev @anthropic-ai/sdk', { isTransient: false });
  }
  const loaded = require('@anthropic-ai/sdk') as { readonly default: typeof Anthropic };
  return loaded.default;
}

async function complete(client: Anthropic, model: string, { system, user }: Prompt, signal: AbortSignal): Promise<ModelReply> {
  let message: Anthropic.Message;
  let stream: { readonly currentMessage?: Anthropic.Message | undefined; finalMessage(): Promise<Anthropic.Message> } | undefined;
  try {
    stream = client.messages.stream({
      model, max_tokens: MAX_TOKENS,
      system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: user }],
      // No tool: models that always think refuse to be forced to use one. With medium effort their answers come well within a minute; older ones refuse the word.
      output_config: { format: { type: 'json_schema', schema: ANSWER_SCHEMA }, ...(thinkingTokensOf(model) > 0 && { effort: 'medium' }) },
    }, { signal });
    message = await stream.finalMessage();
  } catch (error) {
    // What had come of the answer is paid for.
    throw toFault(error, signal, stream?.currentMessage && usageOf(stream.currentMessage));
  }
  const usage = usageOf(message);
  const { stop_reason: stop } = message;
  if (stop === null || stop === undefined) throw new TransportFault('the answer has no end', { isTransient: true, usage });
  if (stop === 'max_tokens') throw new TransportFault(`the answer was cut off at ${MAX_TOKENS} tokens`, { isTransient: true, usage });
  if (stop === 'refusal') throw new TransportFault('the model refused to answer', { isTransient: false, usage });
  const texts = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])); // what it thought stays where it is
  return { text: texts.join('\n'), model: message.model, usage };
}

/** What is written into the vendor's cache is billed at this many times the price of input, for the five minutes that we ask for. */
const CACHE_WRITE_WEIGHT = 1.25;

/** Tokens as they are paid for: a cache that is written counts for more than was sent. */
function usageOf({ usage: used }: Anthropic.Message): Usage {
  const count = (n: unknown): number => (typeof n === 'number' && Number.isFinite(n) && n > 0 ? n : 0);
  const written = Math.ceil(CACHE_WRITE_WEIGHT * count(used?.cache_creation_input_tokens));
  return { inputTokens: count(used?.input_tokens) + count(used?.cache_read_input_tokens) + written, outputTokens: count(used?.output_tokens) };
}

/** By its fields: the SDK's classes come from the project's copy. */
function toFault(error: unknown, signal: AbortSignal, usage: Usage | undefined): TransportFault {
  if (signal.aborted) return new TransportFault('no answer in time', { isTransient: true, usage, isSent: true });
  const { status, headers, message, name, error: body } = error as {
    readonly status?: unknown; readonly headers?: { get?(key: string): string | null }; readonly message?: unknown; readonly name?: unknown; readonly error?: { readonly error?: { readonly message?: unknown } };
  };
  const inBody = body?.error?.message;
  const said = typeof inBody === 'string' ? inBody : typeof message === 'string' ? message : String(name);
  if (typeof status !== 'number') {
    const what = usage === undefined && !/JSON|event|stream|chunk/i.test(said) ? `no connection: ${causeOf(error) ?? said}` : `the answer broke off: ${said}`;
    return new TransportFault(what, { isTransient: true, usage, isSent: wasSent(causeOf(error)) });
  }
  return faultOfStatus(status, said.replace(/^\d{3}\s*/, ''), headers?.get?.('retry-after'), 'ANTHROPIC_API_KEY');
}

/** The system's word for it, e.g. ECONNREFUSED, below what the SDK and `fetch` wrap around it. */
function causeOf(error: unknown): string | undefined {
  for (let at = error as { readonly code?: unknown; readonly cause?: unknown } | undefined, depth = 0; at !== undefined && at !== null && depth < 5; at = at.cause as typeof at, depth++) {
    if (typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** Anything that speaks chat completions: Ollama, vLLM, llama.cpp, and hosted ones. By `fetch`: the official client needs a newer Node than we do. */
import { ANSWER_SCHEMA } from '../../transformer/model-answer.ts';
import type { Prompt } from '../../transformer/prompt.ts';
import { faultOfStatus, TransportFault, wasSent, type ModelProvider, type ModelReply } from './provider.ts';

const MAX_TOKENS = 16_000;
const MAX_BYTES = 4 << 20;

/** @param baseUrl up to and including `/v1` */
export function openOpenaiCompatible(baseUrl: string, model: string, env: NodeJS.ProcessEnv): ModelProvider {
  const url = `${baseUrl.replace(/\/+$/, '')}/chat/completions`;
  // Local servers want none.
  const key = env['OPENAI_API_KEY'];
  // OpenAI's own newer models refuse the name that all others know.
  let limit: LimitName = 'max_tokens';
  return {
    name: 'openai-compatible', model,
    async complete(prompt, signal) {
      const asked = limit;
      try {
        return await complete({ url, key, model, limit: asked }, prompt, signal);
      } catch (error) {
        if (asked === 'max_completion_tokens' || !(error instanceof TransportFault) || !/^400\b[^]*max_completion_tokens/.test(error.message)) throw error;
        limit = 'max_completion_tokens';
        return complete({ url, key, model, limit }, prompt, signal);
      }
    },
  };
}

type LimitName = 'max_tokens' | 'max_completion_tokens';

async function complete({ url, key, model, limit }: { readonly url: string; readonly key: string | undefined; readonly model: string; readonly limit: LimitName }, { system, user }: Prompt, signal: AbortSignal): Promise<ModelReply> {
  let text: string;
  try {
    const response = await fetch(url, {
      method: 'POST', signal,
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify({
        model, [limit]: MAX_TOKENS, messages: [{ role: 'system', content: system }, { role: 'user', content: user }],
        response_format: { type: 'json_schema', json_schema: { name: 'code', strict: true, schema: ANSWER_SCHEMA } },
      }),
    });
    text = (await response.text()).slice(0, MAX_BYTES);
    if (!response.ok) throw faultOfStatus(response.status, readMessage(text), response.headers.get('retry-after'), 'OPENAI_API_KEY');
  } catch (error) {
    if (error instanceof TransportFault) throw error;
    if (signal.aborted) throw new TransportFault('no answer in time', { isTransient: true, isSent: true });
    const { message, cause } = error as { readonly message?: string; readonly cause?: { readonly code?: string; readonly message?: string } };
    throw new TransportFault(`no connection: ${cause?.code ?? cause?.message ?? message ?? 'unknown'}`, { isTransient: true, isSent: wasSent(cause?.code) });
  }
  return readReply(text, model);
}

interface Completion {
  readonly model?: unknown;
  readonly choices?: readonly { readonly finish_reason?: unknown; readonly message?: { readonly content?: unknown; readonly refusal?: unknown } }[];
  readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown };
}

function readReply(text: string, asked: string): ModelReply {
  let value: Completion;
  try {
    value = JSON.parse(text) as Completion;
  } catch {
    throw new TransportFault('the server answered with something that is no JSON', { isTransient: true, isSent: true });
  }
  const count = (n: unknown): number => (typeof n === 'number' && Number.isFinite(n) && n >= 0 ? n : 0);
  const usage = { inputTokens: count(value?.usage?.prompt_tokens), outputTokens: count(value?.usage?.completion_tokens) };
  const choice = Array.isArray(value?.choices) ? value.choices[0] : undefined;
  if (choice?.finish_reason === 'length') throw new TransportFault('the answer was cut off', { isTransient: true, usage });
  if (choice?.finish_reason === 'content_filter' || typeof choice?.message?.refusal === 'string') throw new TransportFault('the model refused to answer', { isTransient: false, usage });
  const content = choice?.message?.content;
  if (typeof content !== 'string') throw new TransportFault('the answer holds no message', { isTransient: true, usage });
  return { text: content, model: typeof value.model === 'string' ? value.model : asked, usage };
}

function readMessage(text: string): string {
  try {
    const { error } = JSON.parse(text) as { readonly error?: { readonly message?: unknown } | string };
    const message = typeof error === 'string' ? error : error?.message;
    return typeof message === 'string' ? message : '';
  } catch {
    return ''; // a page for people; its status says enough
  }
}

/** code.ts out of what a model answered. */

/** Of the structured answer. */
export const ANSWER_SCHEMA = {
  type: 'object',
  properties: { code: { type: 'string', description: 'The whole text of code.ts.' } },
  required: ['code'],
  additionalProperties: false,
} as const;

export type ModelAnswer = { readonly code: string } | { readonly problem: string };

/**
 * Reads the structured answer; where a model writes prose around its code, the one block in it that holds the phases.
 * What comes out is as hostile as what went in: it only becomes a candidate.
 */
export function readAnswer(text: string): ModelAnswer {
  const whole = readJson(text.trim());
  if (whole !== undefined) return whole;
  const fences = [...text.matchAll(/```(\w*)[^\S\n]*\n([^]*?)\n[^\S\n]*```/g)].map(([, language = '', body = '']) => ({ language: language.toLowerCase(), body }));
  for (const { language, body } of fences) {
    const inner = language === 'json' || language === '' ? readJson(body.trim()) : undefined;
    if (inner !== undefined) return inner;
  }
  const blocks = fences.filter(({ language, body }) => ['ts', 'tsx', 'typescript', ''].includes(language) && /\bfunction\s+operatePrime\b/.test(body));
  if (blocks.length === 1) return { code: ended(blocks[0]!.body) };
  if (blocks.length > 1) return { problem: `expected one block of code, found ${blocks.length}` };
  if (/```/.test(text) && fences.length === 0) return { problem: 'the code is cut off: a block begins and does not end' };
  if (fences.length === 0 && /\bexport\s+(?:async\s+)?function\s+operatePrime\b/.test(text) && /^\s*(?:\/\*\*|export\b|function\b|const\b|\/\/)/.test(text)) return { code: ended(text) };
  return { problem: text.trim() === '' ? 'the answer is empty' : 'expected { "code": "…" } or one block of TypeScript with operatePrime, found neither' };
}

function readJson(text: string): ModelAnswer | undefined {
  if (!text.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // a module may begin with a brace, too; if it is neither, the caller says so
  }
  const { code } = value as { readonly code?: unknown };
  return typeof code === 'string' && code.trim() !== '' ? { code: ended(code) } : { problem: 'expected the field "code" to be a text that is not empty' };
}

/** Line ends and the last line, as the store wants them; the line that ends a block of the prompt is copied along now and then. */
function ended(code: string): string {
  const text = code.replace(/\r\n?/g, '\n').replace(/^\n+/, '').trimEnd().replace(/\n===== [0-9a-f]{16} end$/, '').trimEnd();
  return `${text}\n`;
}

/** Edits of JSON files that people write by hand: comments, order and indentation stay. */
import { applyEdits, modify, parse, type FormattingOptions, type JSONPath, type ParseError } from 'jsonc-parser';
import { makeDiagnostic } from '../../transformer/diagnostics/registry.ts';
import { CliFault } from '../cli-fault.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonRecord = { [key: string]: JsonValue };

const BOM = '\uFEFF';

/** @throws CliFault POET8106 when the text is no JSON object, comments and trailing commas aside */
export function parseJsonc(text: string, path: string): JsonRecord {
  const errors: ParseError[] = [];
  const value = parse(text.replace(BOM, ''), errors, { allowTrailingComma: true, allowEmptyContent: true }) as JsonValue | undefined;
  const first = errors[0];
  if (first !== undefined || !isRecord(value ?? {})) {
    const line = text.slice(0, first?.offset ?? 0).split('\n').length;
    throw new CliFault(1, makeDiagnostic('POET8106', { path, expected: 'a JSON object', found: first === undefined ? 'something else' : 'a syntax error' }, { file: path, line }));
  }
  return (value ?? {}) as JsonRecord;
}

export const isRecord = (value: JsonValue | undefined): value is JsonRecord => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sets one value; `undefined` removes it. */
export function setJson(text: string, path: JSONPath, value: JsonValue | undefined): string {
  return edited(text, (body) => applyEdits(body, modify(body, path, value, { formattingOptions: formattingOf(body) })));
}

/** Appends to an array that exists. */
export function appendJson(text: string, path: JSONPath, value: JsonValue): string {
  return edited(text, (body) => applyEdits(body, modify(body, [...path, -1], value, { formattingOptions: formattingOf(body), isArrayInsertion: true })));
}

function edited(text: string, change: (body: string) => string): string {
  return text.startsWith(BOM) ? BOM + change(text.slice(1)) : change(text);
}

/** As the file is indented already. */
function formattingOf(text: string): FormattingOptions {
  const indent = /\n([ \t]+)["}\]/]/.exec(text)?.[1] ?? '  ';
  const insertSpaces = !indent.startsWith('\t');
  return { insertSpaces, tabSize: insertSpaces ? indent.length : 4, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

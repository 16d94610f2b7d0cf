import { getNodeValue, parseTree, type Node, type ParseError } from 'jsonc-parser';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { findLineAndColumn, findLineStarts } from '../syntax/line-map.ts';
import type { TextPlace } from './check-template-text.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const isTime = (value: unknown): boolean => typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

const FIELDS: Readonly<Record<string, readonly [expected: string, accepts: (value: unknown) => boolean]>> = {
  created_at: ['a time such as 2025-01-31T12:00:00Z', isTime],
  updated_at: ['a time such as 2025-01-31T12:00:00Z', isTime],
  author: ['a text', isText],
  description: ['a text', isText],
};

/** metadata.json of a template: who wrote it, when and why. It is no part of the template's hash. */
export function checkTemplateMetadata(text: string, place: TextPlace): PoetDiagnostic[] {
  const starts = findLineStarts(text);
  const complain = (field: string, expected: string, found: string, node?: Node): PoetDiagnostic =>
    makeDiagnostic('POET2111', { path: place.shown, field, expected, found }, { file: place.file, line: findLineAndColumn(starts, node?.offset ?? 0).line + 1 });
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: false, disallowComments: true });
  if (errors.length > 0 || tree?.type !== 'object') return [complain('the file', 'a JSON object', tree === undefined || errors.length > 0 ? 'something else' : tree.type)];
  const found = new Map((tree.children ?? []).map((property) => [String(property.children?.[0]?.value), property.children?.[1]]));
  const problems: PoetDiagnostic[] = [];
  for (const [field, [expected, accepts]] of Object.entries(FIELDS)) {
    const node = found.get(field);
    const value: unknown = node && getNodeValue(node);
    if (!accepts(value)) problems.push(complain(field, expected, node === undefined ? 'nothing' : JSON.stringify(value), node));
  }
  for (const [field, node] of found) if (!Object.hasOwn(FIELDS, field)) problems.push(complain(field, `one of ${Object.keys(FIELDS).join(', ')}`, 'another field', node));
  const [created, updated] = ['created_at', 'updated_at'].map((field) => { const node = found.get(field); return node && Date.parse(String(node.value)); });
  if (problems.length === 0 && created !== undefined && updated !== undefined && updated < created) problems.push(complain('updated_at', 'no earlier than created_at', 'an earlier time', found.get('updated_at')));
  return problems;
}

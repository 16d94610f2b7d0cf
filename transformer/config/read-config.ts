import { readFileSync } from 'node:fs';
import { getNodeValue, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { absolutePath, type Where } from '../diagnostics/locate.ts';
import { sayNearest } from '../diagnostics/nearest.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { CONFIG_FIELDS, type PoetConfig } from './config.ts';
import { describeValue, isField, type Check, type Fields } from './field.ts';

export const CONFIG_FILE = 'poet.config.json';

export interface ConfigReading {
  /** Complete: what is missing or wrong has its default. */
  readonly config: PoetConfig;
  readonly diagnostics: readonly PoetDiagnostic[];
}

/**
 * Reads `<root>/poet.config.json`; without one, every default.
 *
 * @returns errors: unknown or repeated keys, wrong values, text that is not JSON (comments allowed), a file that cannot be read
 */
export function readConfig(root: string): ConfigReading {
  const file = absolutePath(`${root}/${CONFIG_FILE}`);
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    const reason = code === 'EISDIR' ? 'it is a folder' : (code ?? String(error));
    return { config: makeDefaults(), diagnostics: missing ? [] : [makeDiagnostic('POET8004', { reason }, { file })] };
  }
  return readConfigText(source, file);
}

/** The same for a text at hand; `file` is where the messages point. Offsets do not count a byte order mark, as in a compiler's. */
export function readConfigText(text: string, file: string): ConfigReading {
  const source = text.replace(/^\uFEFF/, '');
  const diagnostics: PoetDiagnostic[] = [];
  const where = (start: number, length: number): Where => locateInText(source, file, start, length);

  const errors: ParseError[] = [];
  const tree = parseTree(source, errors, { allowTrailingComma: false });
  for (const e of errors) diagnostics.push(makeDiagnostic('POET8003', { found: spell(printParseErrorCode(e.error)) }, where(e.offset, e.length)));
  if (tree === undefined) {
    if (errors.length === 0) diagnostics.push(makeDiagnostic('POET8003', { found: 'an empty file' }, where(0, 1)));
    return { config: makeDefaults(), diagnostics };
  }
  if (errors.length > 0) return { config: makeDefaults(), diagnostics };
  const config = readObject(tree, CONFIG_FIELDS, '', (code, args, node) => {
    diagnostics.push(makeDiagnostic(code, args as never, where(node.offset, node.length)));
  });
  return { config: config as unknown as PoetConfig, diagnostics };
}

export function makeDefaults(): PoetConfig {
  return defaultsOf(CONFIG_FIELDS) as unknown as PoetConfig;
}

function defaultsOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, entry]) => [name, isField(entry) ? entry.default : defaultsOf(entry)]));
}

type Refuse = (code: 'POET8001' | 'POET8002' | 'POET8005', args: Record<string, string>, at: Node) => void;

/** @param path prefix of the keys in messages, e.g. "defaults." */
function readObject(node: Node, fields: Fields, path: string, refuse: Refuse): Record<string, unknown> {
  const values = defaultsOf(fields);
  if (node.type !== 'object') {
    refuse('POET8002', { key: path === '' ? 'the file' : path.slice(0, -1), expected: 'an object', found: describeValue(getNodeValue(node)) }, node);
    return values;
  }
  const seen = new Set<string>();
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (key === undefined || value === undefined) continue; // half a property is a syntax error, which was reported
    const name = String(key.value);
    if (path === '' && name === '$schema') continue;
    const entry = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (entry === undefined) refuse('POET8001', { key: path + name, nearest: sayNearest(name, Object.keys(fields)) }, key);
    else if (seen.has(name)) refuse('POET8005', { key: path + name }, key);
    else if (!isField(entry)) values[name] = readObject(value, entry, `${path}${name}.`, refuse);
    else if (accept(value, entry.check, path + name, refuse)) values[name] = getNodeValue(value);
    seen.add(name);
  }
  return values;
}

/** A list is refused item by item, so that each message points at one value. */
function accept(node: Node, check: Check<unknown>, key: string, refuse: Refuse): boolean {
  const { item } = check;
  if (item !== undefined && node.type === 'array') return (node.children ?? []).map((child, i) => accept(child, item, `${key}[${i}]`, refuse)).every(Boolean);
  const found: unknown = getNodeValue(node);
  if (check.accepts(found)) return true;
  refuse('POET8002', { key, expected: check.expected, found: describeValue(found) }, node);
  return false;
}

/** jsonc-parser's `CommaExpected` as words. */
function spell(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function locateInText(source: string, file: string, start: number, length: number): Where {
  const lines = source.slice(0, start).split(/\r\n|[\n\r]/);
  return { file, start, length: Math.max(1, length), line: lines.length, column: lines.at(-1)!.length + 1 };
}

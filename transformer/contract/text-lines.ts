/** Lines of emitted text: indentation and breaks at about 110 columns. */
import { all, operands, printCondition, test, type Condition } from './condition.ts';

export const MAX_WIDTH = 110;

export function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

/** `return a && b;`, broken before operators when it is long. `margin`: columns that later indentation will take. */
export function returnLines(condition: Condition, margin = 2): readonly string[] {
  const whole = `return ${printCondition(condition)};`;
  if (whole.length + margin <= MAX_WIDTH) return [whole];
  const { parts, join } = operands(condition);
  return ['return (', ...parts.map((part, i) => `  ${i === 0 ? '' : `${join} `}${part}`), ');'];
}

/** `if (condition) statement`, or the same over several lines. */
export function ifLines(condition: Condition, statement: string, margin = 2): readonly string[] {
  const head = `if (${printCondition(condition)})`;
  if (head.length + statement.length + 1 + margin <= MAX_WIDTH) return [`${head} ${statement}`];
  if (head.length + 2 + margin <= MAX_WIDTH) return [`${head} {`, `  ${statement}`, '}'];
  const { parts, join } = operands(condition);
  return ['if (', ...parts.map((part, i) => `  ${i === 0 ? '' : `${join} `}${part}`), ') {', `  ${statement}`, '}'];
}

/** `{ readonly a?: unknown; … }`, one member a line when it is long. */
export function castLines(start: string, members: readonly string[], end: string, margin = 2): readonly string[] {
  const whole = `${start}{ ${members.join('; ')} }${end}`;
  if (whole.length + margin <= MAX_WIDTH) return [whole];
  return [`${start}{`, ...members.map((member) => `  ${member};`), `}${end}`];
}

/** `function f(…): T {` over several lines when it is long. */
export function functionLines(head: string, parameters: readonly string[], result: string, body: readonly string[]): readonly string[] {
  const whole = `${head}(${parameters.join(', ')}): ${result} {`;
  const opening = whole.length <= MAX_WIDTH ? [whole] : [`${head}(`, ...parameters.map((parameter) => `  ${parameter},`), `): ${result} {`];
  return [...opening, ...indent(body), '}'];
}

/** A string literal, in the quotes that need no escapes. */
export function quote(text: string): string {
  const json = JSON.stringify(text);
  const own = text.includes('"') && !text.includes("'") ? `'${json.slice(1, -1).replace(/\\"/g, '"')}'` : json;
  return own.replace(/[\u2028\u2029\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `if (a) { if (b) c; }` is `if (a && b) c;`, where nothing has to be put in brackets. */
export function joinIfs(lines: readonly string[]): readonly string[] {
  const outer = /^if \(([^|&]*)\) \{$/.exec(lines[0] ?? '');
  if (outer === null || lines.length !== 3) return lines;
  const inner = /^ {2}if \(([^|]*)\) ([a-z]\w*\.push\(.*;)$/.exec(lines[1]!);
  if (inner !== null) return ifLines(all(test(outer[1]!), test(inner[1]!)), inner[2]!);
  const single = `if (${outer[1]!}) ${lines[1]!.trim()}`;
  return /^ {2}explain\w*\(/.test(lines[1]!) && single.length <= MAX_WIDTH - 6 ? [single] : lines;
}

/** A path in emitted code: `base` is a variable or absent, the rest is fixed text and `${expressions}`. */
export interface PathText {
  readonly template: string;
}

export const PATH: PathText = { template: '${path}' };

export function fixedPath(text: string): PathText {
  return { template: escapeTemplate(text) };
}

export function atProperty(path: PathText, name: string): PathText {
  const suffix = /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${quote(name)}]`;
  return { template: path.template + escapeTemplate(suffix) };
}

/** `[${expression}]` with brackets of choice. */
export function atExpression(path: PathText, before: string, expression: string, after: string): PathText {
  return { template: `${path.template}${escapeTemplate(before)}\${${expression}}${escapeTemplate(after)}` };
}

export function printPath(path: PathText): string {
  if (path.template === '${path}') return 'path';
  return path.template.includes('${') && !/^(?:[^$]|\\\$|\$(?!\{))*$/.test(path.template) ? `\`${path.template}\`` : quote(unescapeTemplate(path.template));
}

function escapeTemplate(text: string): string {
  return text.replace(/[\\`]|\$\{/g, '\\$&');
}

function unescapeTemplate(text: string): string {
  return text.replace(/\\(\\|`|\$\{)/g, '$1');
}

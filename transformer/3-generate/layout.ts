/** Where lines break in generated code. */

const MAX_WIDTH = 110;

export interface Head {
  readonly isAsync?: boolean;
  readonly name: string;
  readonly typeParameters: readonly string[];
  readonly parameters: readonly string[];
  readonly result: string | undefined;
}

/** `export function name<T>(a: A, b: B): R {`, a parameter a line where it would get too long. */
export function layOutHead(head: Head): string {
  const start = makeStart(head);
  const end = `)${head.result === undefined ? '' : `: ${head.result}`} {`;
  const line = `${start}${head.parameters.join(', ')}${end}`;
  if (head.parameters.length === 0 || (line.length <= MAX_WIDTH && !head.parameters.some((parameter) => parameter.includes('\n')))) return line;
  // A comma after a rest parameter is a syntax error.
  return [start, ...head.parameters.map((parameter) => `  ${parameter.replaceAll('\n', '\n  ')}${parameter.startsWith('...') ? '' : ','}`), end].join('\n');
}

/** The same for a parameter list that is already laid out: the author's. */
export function layOutAuthorHead(head: Omit<Head, 'parameters'>, leading: string | undefined, lines: readonly string[], indented: readonly string[]): string {
  const start = makeStart(head);
  const end = `)${head.result === undefined ? '' : `: ${head.result}`} {`;
  if (lines.length <= 1) return `${start}${[leading, ...lines].filter((part) => part !== undefined && part !== '').join(', ')}${end}`;
  return [start, ...(leading === undefined ? [] : [`  ${leading},`]), ...indented, end].join('\n');
}

/** `return condition ? whenTrue : whenFalse;`, over three lines where one would get too long. */
export function layOutChoice(condition: string, whenTrue: string, whenFalse: string): string[] {
  const line = `  return ${condition} ? ${whenTrue} : ${whenFalse};`;
  return line.length <= MAX_WIDTH ? [line] : [`  return ${condition}`, `    ? ${whenTrue}`, `    : ${whenFalse};`];
}

/** A documentation comment; lines are broken at words, continuation lines of a list item are indented. */
export function layOutComment(paragraphs: readonly (readonly string[])[]): string {
  const lines = paragraphs.flatMap((paragraph, i) => [...(i > 0 ? [''] : []), ...paragraph.flatMap(breakLine)]).map((line) => line.replaceAll('*/', '*\\/'));
  if (lines.length === 1 && (lines[0] ?? '').length < MAX_WIDTH - 7) return `/** ${lines[0] ?? ''} */`;
  return ['/**', ...lines.map((line) => (line === '' ? ' *' : ` * ${line}`)), ' */'].join('\n');
}

function breakLine(text: string): string[] {
  const hang = text.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current.trim() !== '' && current.length + 1 + word.length > MAX_WIDTH) { lines.push(current); current = hang + word; } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}

function makeStart(head: Omit<Head, 'parameters'>): string {
  const generics = head.typeParameters.length > 0 ? `<${head.typeParameters.join(', ')}>` : '';
  return `export ${head.isAsync ? 'async ' : ''}function ${head.name}${generics}(`;
}

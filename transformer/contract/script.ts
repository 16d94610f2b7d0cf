/**
 * contract.ts as JavaScript, without a parser: its syntax is the generator's own, and a build that emits hundreds of functions
 * has no time to parse again what it has just written. What this does not know, it refuses; then the compiler does it.
 */

/** A stretch of contract.ts, and what replaces it: itself, or the name that it has in the author's module. */
export interface ScriptStretch {
  readonly text: string;
  readonly origin: number;
}

export interface ContractNames {
  /** What it takes from the runtime. */
  readonly imports: readonly string[];
  /** Functions first, then variables, each in the order of the text. */
  readonly declared: readonly string[];
}

const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;

export function readContractNames(contract: string): ContractNames {
  const list = /^import \{([^}]*)\} from "poetc\/runtime";/.exec(contract)?.[1] ?? '';
  const find = (pattern: RegExp): string[] => [...contract.matchAll(pattern)].map((match) => match[1]!);
  return {
    imports: list.split(',').map((name) => name.trim().replace(/^type /, '')).filter((name) => name !== ''),
    declared: [...find(/^(?:export )?function ([\p{ID_Continue}$]+)/gmu), ...find(/^var ([\p{ID_Continue}$]+)/gmu)],
  };
}

/**
 * @param renames name in contract.ts → expression in the author's module
 * @returns the statements that are left when types are gone; undefined where the text is not what the generator writes
 */
export function readContractScript(contract: string, renames: ReadonlyMap<string, string>): readonly (readonly ScriptStretch[])[] | undefined {
  const { declared, imports } = readContractNames(contract);
  // A parameter may be called what another file's function is called: only its own names mean anything here.
  const own = new Map([...declared, ...imports].flatMap((name) => (renames.has(name) ? [[name, renames.get(name)!] as const] : [])));
  const out: ScriptStretch[][] = [];
  for (const block of contract.matchAll(/^(?:export )?function [^]*?^\}$|^var [^;\n]*;/gmu)) {
    const start = block.index + (block[0].startsWith('export ') ? 'export '.length : 0);
    const statement = readStatement(contract, start, block.index + block[0].length, own);
    if (statement === undefined) return undefined;
    out.push(statement);
  }
  return out;
}

function readStatement(text: string, start: number, end: number, renames: ReadonlyMap<string, string>): ScriptStretch[] | undefined {
  const out: ScriptStretch[] = [];
  let from = start;
  const cut = (at: number, to: number, replacement?: string): void => {
    if (at > from) out.push({ text: text.slice(from, at), origin: from });
    if (replacement !== undefined) out.push({ text: replacement, origin: at });
    from = to;
  };
  /** Depths of braces at which a template goes on. */
  const templates: number[] = [];
  let depth = 0;
  let i = start;
  let head = text.startsWith('function ', start);
  while (i < end) {
    const c = text[i]!;
    const word = wordAt(text, i);
    if (word !== undefined) {
      const after = i + word.length;
      if (word === 'as' && text[i - 1] === ' ' && text[after] === ' ') {
        const typeEnd = skipType(text, after);
        cut(i - 1, typeEnd);
        i = typeEnd;
        continue;
      }
      if (word === 'as' && text[i - 1] !== '.') return undefined;
      if (text[i - 1] !== '.' && renames.has(word)) cut(i, after, renames.get(word));
      i = after;
      if (head && word !== 'function') {
        const body = readHead(text, i, cut);
        if (body === undefined) return undefined;
        i = body;
        head = false;
      } else if (word === 'const' || word === 'let' || word === 'var') {
        const name = wordAt(text, i + 1);
        if (name === undefined || name === 'as') { if (text[i + 1] === '[') continue; return undefined; }
        i++;
        if (renames.has(name)) cut(i, i + name.length, renames.get(name));
        i += name.length;
        if (text[i] === ':') { const typeEnd = skipType(text, i + 1); cut(i, typeEnd); i = typeEnd; }
      }
      continue;
    }
    if (c === '"' || c === "'") i = skipString(text, i);
    else if (c === '`') i = skipTemplate(text, i + 1, templates, depth);
    else if (c === '}' && templates.at(-1) === depth) { templates.pop(); i = skipTemplate(text, i + 1, templates, depth); }
    else if (c === '/' && text.slice(i - 4, i) === '??= ') i = skipPattern(text, i);
    else if (c === '/' && (text[i + 1] === '/' || text[i + 1] === '*')) return undefined;
    else {
      if (c === '{') depth++;
      if (c === '}') depth--;
      i++;
    }
  }
  cut(end, end);
  return depth === 0 && templates.length === 0 ? out : undefined;
}

/** From behind a function's name to its body: type parameters, annotations and the type of the result go. */
function readHead(text: string, start: number, cut: (at: number, to: number) => void): number | undefined {
  let i = start;
  if (text[i] === '<') { const close = skipBalanced(text, i); cut(i, close); i = close; }
  if (text[i] !== '(') return undefined;
  i++;
  while (text[i] !== ')') {
    while (/[\s,.]/.test(text[i]!)) i++;
    if (text[i] === ')') break;
    const name = wordAt(text, i);
    if (name === undefined || name === 'as') return undefined;
    i += name.length;
    if (text[i] === '?' || text[i] === ':') { const typeEnd = skipType(text, text.indexOf(':', i) + 1); cut(i, typeEnd); i = typeEnd; }
    if (text[i] !== ',' && text[i] !== ')' && text[i] !== '\n') return undefined;
    while (/\s/.test(text[i]!)) i++;
  }
  i++;
  if (text[i] === ':') { const typeEnd = skipType(text, i + 1); cut(i, typeEnd); i = typeEnd; }
  return text.startsWith(' {', i) ? i + 1 : undefined;
}

function wordAt(text: string, at: number): string | undefined {
  const c = text.charCodeAt(at);
  // Most characters are ASCII, and most of those no letters.
  if (c < 128 && !((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 36 || c === 95)) return undefined;
  WORD.lastIndex = at;
  return WORD.test(text) ? text.slice(at, WORD.lastIndex) : undefined;
}

/** @returns the end of the type that starts at `start`, without white space behind it */
function skipType(text: string, start: number): number {
  let i = start;
  for (;;) {
    while (/\s/.test(text[i]!)) i++;
    if (/[{[(]/.test(text[i]!)) i = skipBalanced(text, i);
    else if (text[i] === '"' || text[i] === "'") i = skipString(text, i);
    else {
      const word = wordAt(text, i);
      if (word === undefined) return i;
      i += word.length;
      if (word === 'readonly' || word === 'typeof') continue;
      if (text[i] === '<') i = skipBalanced(text, i);
    }
    while (text[i] === '[' && text[i + 1] === ']') i += 2;
    if (/^ (?:[|&] |is )/.test(text.slice(i, i + 4))) { i += text[i + 1] === 'i' ? 4 : 3; continue; }
    return i;
  }
}

function skipBalanced(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"' || c === "'") i = skipString(text, i) - 1;
    else if ('{[(<'.includes(c)) depth++;
    else if ('}])>'.includes(c) && --depth === 0) return i + 1;
  }
  return text.length;
}

function skipString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== text[start]) i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

/** @returns where the text of a template ends, or where its next expression begins; then the depth is remembered */
function skipTemplate(text: string, start: number, templates: number[], depth: number): number {
  for (let i = start; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '`') return i + 1;
    else if (text[i] === '$' && text[i + 1] === '{') { templates.push(depth); return i + 2; }
  }
  return text.length;
}

function skipPattern(text: string, start: number): number {
  let inClass = false;
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '[') inClass = true;
    else if (text[i] === ']') inClass = false;
    else if (text[i] === '/' && !inClass) return i + 1;
  }
  return text.length;
}

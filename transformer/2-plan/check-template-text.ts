/** template.md: what a model reads. Its placeholders must be known, its sections closed, its worked example whole. */
import type ts from 'typescript';
import type { PoetDiagnostic } from '../diagnostics/diagnostic.ts';
import { sayNearest } from '../diagnostics/nearest.ts';
import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { Ts } from '../types.ts';

/** What a prompt is filled with; true: also a section that is left out where there is nothing to say. */
export const PLACEHOLDERS: Readonly<Record<string, boolean>> = {
  function_name: false, module_path: false, result_kind: false, source: false, contract: false, effects: false, examples: false, perceive_mode: false, enforce_mode: false,
  perceive_parameters: false, perceive_result: false, async: false, parameters: false, result: false, enforce_parameters: false, awaited_result: false,
  optimize_for: true, refusals: true,
};

/** Without them a model does not know what to write. */
const REQUIRED = ['function_name', 'source', 'contract', 'effects', 'refusals'];
const HEADINGS = ['## What you get', '## What you write', '## A worked example'];
const PHASES = ['perceive', 'operatePrime', 'enforce'];

export interface TextPlace {
  /** As messages show it: `acme/v1/template.md`. */
  readonly shown: string;
  readonly file: string;
}

export function checkTemplateText(ts: Ts, domain: string, text: string, place: TextPlace): PoetDiagnostic[] {
  const lines = text.split(/\r?\n/);
  const complain = (line: number, expected: string, found: string, nearest = 'see templates/base/v1/template.md'): PoetDiagnostic =>
    makeDiagnostic('POET2112', { path: place.shown, expected, found, nearest }, { file: place.file, line });
  const problems: PoetDiagnostic[] = [];
  if (lines[0] !== `# Domain: ${domain}`) problems.push(complain(1, `the heading "# Domain: ${domain}"`, lines[0] === '' ? 'an empty line' : `"${lines[0] ?? ''}"`));
  for (const heading of HEADINGS) if (!lines.includes(heading)) problems.push(complain(1, `a part "${heading}"`, 'none'));
  problems.push(...checkPlaceholders(lines, complain));
  const at = lines.indexOf('## A worked example');
  if (at !== -1) problems.push(...checkExample(ts, lines, at, complain));
  return problems;
}

type Complain = (line: number, expected: string, found: string, nearest?: string) => PoetDiagnostic;

function checkPlaceholders(lines: readonly string[], complain: Complain): PoetDiagnostic[] {
  const problems: PoetDiagnostic[] = [];
  const used = new Set<string>();
  const open: { readonly name: string; readonly line: number }[] = [];
  lines.forEach((text, i) => {
    for (const [whole, inner = ''] of text.matchAll(/\{\{([^{}]*)\}\}/g)) {
      const [, sign = '', name = ''] = /^([#/]?)(\w+)$/.exec(inner) ?? [];
      const isSection = Object.hasOwn(PLACEHOLDERS, name) ? PLACEHOLDERS[name] : undefined;
      if (isSection === undefined) problems.push(complain(i + 1, 'a placeholder that there is', whole, sayNearest(name === '' ? inner : name, Object.keys(PLACEHOLDERS))));
      else if (sign !== '' && !isSection) problems.push(complain(i + 1, 'a section that there is', whole, `sections are: ${Object.keys(PLACEHOLDERS).filter((key) => PLACEHOLDERS[key]).join(', ')}`));
      else if (sign === '#') open.push({ name, line: i + 1 });
      else if (sign === '/') {
        const last = open.pop();
        if (last?.name !== name) problems.push(complain(i + 1, last === undefined ? 'no end without a beginning' : `{{/${last.name}}}`, whole));
      }
      used.add(name);
    }
  });
  for (const { name, line } of open) problems.push(complain(line, `{{/${name}}} further down`, 'none'));
  for (const name of REQUIRED) if (!used.has(name)) problems.push(complain(1, `{{${name}}} somewhere`, 'none'));
  return problems;
}

/** Two blocks: the author's function, and the phases that it becomes. */
function checkExample(ts: Ts, lines: readonly string[], heading: number, complain: Complain): PoetDiagnostic[] {
  const blocks: { readonly line: number; readonly text: string }[] = [];
  let start: number | undefined;
  for (let i = heading + 1; i < lines.length && !/^## /.test(lines[i]!); i += 1) {
    if (start === undefined && /^```tsx?$/.test(lines[i]!)) start = i + 1;
    else if (start !== undefined && lines[i] === '```') { blocks.push({ line: start + 1, text: lines.slice(start, i).join('\n') }); start = undefined; }
  }
  if (blocks.length < 2) return [complain(heading + 1, 'two blocks of TypeScript: a function, and the phases that it becomes', String(blocks.length))];
  const problems: PoetDiagnostic[] = [];
  for (const { line, text } of blocks) {
    const parsed = ts.createSourceFile('example.ts', text, ts.ScriptTarget.Latest, true) as ts.SourceFile & { readonly parseDiagnostics: readonly ts.DiagnosticWithLocation[] };
    const [fault] = parsed.parseDiagnostics;
    if (fault) problems.push(complain(line + parsed.getLineAndCharacterOfPosition(fault.start).line, 'TypeScript that parses', ts.flattenDiagnosticMessageText(fault.messageText, ' ')));
  }
  const phases = blocks[1]!;
  const names = [...phases.text.matchAll(/^export (?:async )?function (\w+)/gm)].map((match) => match[1]);
  for (const phase of PHASES) if (!names.includes(phase)) problems.push(complain(phases.line, `the phase ${phase}`, names.join(', ') || 'none'));
  return problems;
}

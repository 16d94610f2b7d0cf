import type { Step } from './file-edit.ts';

const STEP = 'poet check';
/** A step of one line that installs the dependencies: what follows it can run poet. */
const INSTALL = /^([ \t]*)- run:[ \t]*(npm (?:ci|install|i)|pnpm (?:install|i)|yarn(?: install)?|bun install)(?:[ \t][^\n]*)?\r?$/m;

/**
 * Adds a step after the one that installs; undefined when there is no such line to stand on.
 * The text of the workflow is not parsed: YAML has too many ways, and the one line that is needed is easily told.
 */
export function addToWorkflow(text: string, run: string): string | undefined {
  if (text.includes(STEP)) return text;
  const match = INSTALL.exec(text);
  if (match === null) return undefined;
  const end = match.index + match[0].length;
  const eol = match[0].endsWith('\r') ? '\r\n' : '\n';
  const line = `${match[1]}- run: ${run} ${STEP}`;
  return text.slice(end) === '' ? `${text}${eol}${line}${eol}` : `${text.slice(0, end).replace(/\r$/, '')}${eol}${line}${text.slice(end - (eol === '\r\n' ? 1 : 0))}`;
}

export const workflowStep: Step = {
  owns: (path) => path.startsWith('.github/workflows/'),
  what: `the step that runs ${STEP}`,
  remove: (text) => text.replace(/^[ \t]*- run: (?:npx|pnpm exec|yarn|bunx) poet check(?:\r?\n|$)/m, ''),
};

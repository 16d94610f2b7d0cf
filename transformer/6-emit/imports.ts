import type ts from 'typescript';
import type { Ts } from '../types.ts';
import type { Edit } from './fragment.ts';
import type { NamePool } from './names.ts';

export type ImportForm = 'esm' | 'import-equals';

const RUNTIME = 'poetc/runtime';
/** Comments that only work at the top of a file, above the first statement. */
const STAYS_FIRST = /^\/\/\/|@(?:jsx|ts-|jest-|vitest-|license|preserve|format|flow)|^\/[/*]!|eslint|istanbul ignore file|[cv]8 ignore (?:file|start)|prettier-ignore-start/;

/** Collects what a file needs of the runtime, and writes one import for it. */
export function makeImport(names: NamePool, form: ImportForm): {
  /** Expression for a runtime name, e.g. `$begin`. */
  alias(name: string): string;
  /** The import, or undefined when nothing was asked for. */
  text(): string | undefined;
  /** The same as JavaScript: no types, and `require` in place of `import =`. */
  script(): string;
  /** Where it goes: before everything that runs, below directives and comments that must stay first. */
  position(ts: Ts, sourceFile: ts.SourceFile): number;
} {
  const aliases = new Map<string, string>();
  const namespace = form === 'import-equals' ? names.take('$poet') : '';
  return {
    alias(name) {
      let alias = aliases.get(name);
      if (alias === undefined) aliases.set(name, (alias = form === 'esm' ? names.take(`$${name}`) : `${namespace}.${name}`));
      return alias;
    },
    text() {
      if (aliases.size === 0) return undefined;
      if (form === 'import-equals') return `import ${namespace} = require("${RUNTIME}"); `;
      // Types among the names are fine: the compiler (and every transpiler of single files) drops what is never used as a value,
      // unless the author asked for imports to be kept verbatim; types therefore carry `type`.
      const list = [...aliases].map(([name, alias]) => `${/^[A-Z]/.test(name) ? 'type ' : ''}${name} as ${alias}`);
      return `import { ${list.join(', ')} } from "${RUNTIME}"; `;
    },
    script() {
      if (form === 'import-equals') return `const ${namespace} = require("${RUNTIME}");`;
      const values = [...aliases].filter(([name]) => !/^[A-Z]/.test(name));
      return `import { ${values.map(([name, alias]) => `${name} as ${alias}`).join(', ')} } from "${RUNTIME}";`;
    },
    position(ts, sourceFile) {
      const first = sourceFile.statements.find((s) => !(ts.isExpressionStatement(s) && ts.isStringLiteral(s.expression)));
      if (first === undefined) return sourceFile.text.length;
      const start = first.getStart(sourceFile);
      const last = (ts.getLeadingCommentRanges(sourceFile.text, first.getFullStart()) ?? []).at(-1);
      // A comment that belongs to the statement (coverage hints, documentation) stays beside it.
      return last !== undefined && !STAYS_FIRST.test(sourceFile.text.slice(last.pos, last.end)) ? last.pos : start;
    },
  };
}

/**
 * Drops imports of the marker that nothing uses once the markers are gone; under `verbatimModuleSyntax` no compiler would.
 * A binding that occurs anywhere else, as any token, is kept.
 */
export function removeUnusedMarkerImports(ts: Ts, sourceFile: ts.SourceFile, markers: readonly Edit[]): Edit[] {
  const imports = sourceFile.statements.filter((s): s is ts.ImportDeclaration =>
    ts.isImportDeclaration(s) && ts.isStringLiteral(s.moduleSpecifier) && s.moduleSpecifier.text === 'poetc' && s.importClause !== undefined);
  if (imports.length === 0 || markers.length === 0) return [];
  const counts = countIdentifiers(ts, sourceFile, [...markers, ...imports.map((i) => ({ start: i.getStart(sourceFile), end: i.end }))]);
  const markedNames = countIdentifiersIn(sourceFile, markers);
  const edits: Edit[] = [];
  for (const declaration of imports) {
    const clause = declaration.importClause!;
    const bindings = clause.namedBindings;
    const elements = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
    const dead = (name: ts.Identifier): boolean => !counts.has(name.text) && markedNames.has(name.text);
    const alive = [
      ...(clause.name && !dead(clause.name) ? [clause.name] : []),
      ...(bindings && ts.isNamespaceImport(bindings) && !dead(bindings.name) ? [bindings.name] : []),
      ...elements.filter((e) => !dead(e.name)),
    ];
    const total = Number(clause.name !== undefined) + (bindings && ts.isNamespaceImport(bindings) ? 1 : elements.length);
    if (alive.length === 0 && total > 0) edits.push({ start: declaration.getStart(sourceFile), end: declaration.end, with: [] });
    else if (alive.length < total) {
      for (const element of elements) {
        if (!dead(element.name)) continue;
        const next = sourceFile.text.slice(element.end).match(/^\s*,/);
        edits.push({ start: element.getStart(sourceFile), end: element.end + (next?.[0].length ?? 0), with: [] });
      }
    }
  }
  return edits;
}

type Stretch = { readonly start: number; readonly end: number };

function countIdentifiers(ts: Ts, sourceFile: ts.SourceFile, without: readonly Stretch[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (without.some((s) => node.pos >= s.start - 1 && node.end <= s.end && node.getStart(sourceFile) >= s.start)) return;
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(sourceFile);
  return found;
}

function countIdentifiersIn(sourceFile: ts.SourceFile, stretches: readonly Stretch[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { start, end } of stretches) {
    for (const word of sourceFile.text.slice(start, end).match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []) found.add(word);
  }
  return found;
}

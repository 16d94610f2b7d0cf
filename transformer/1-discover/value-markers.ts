import type ts from 'typescript';
import type { Range, Ts } from '../types.ts';
import { readOptionExpression } from './constant.ts';
import { innerExpression } from './inner-expression.ts';
import { NO_OPTIONS, type Marker } from './marker.ts';
import type { OptionReading } from './option-entry.ts';
import type { PoetNames, PoetSymbols } from './poet-symbol.ts';
import type { Refuse } from './refuse.ts';
import { readSubject, readValue, type Unwrap } from './subject.ts';

/** What the finders of one file share. */
export interface MarkerScope {
  readonly ts: Ts;
  readonly checker: ts.TypeChecker;
  readonly symbols: PoetSymbols;
  readonly names: PoetNames;
  readonly unwrap: Unwrap;
  readonly refuse: Refuse;
}

/** The decorators and wrappers of one file, in order. One walk. */
export function findValueMarkers(file: ts.SourceFile, scope: MarkerScope): Marker[] {
  const { ts, symbols, names } = scope;
  const markers: Marker[] = [];
  const decorators = new Set<ts.Node>();
  const visit = (node: ts.Node): void => {
    if (ts.isDecorator(node)) {
      const call = innerExpression(ts, node.expression);
      decorators.add(call);
      if (symbols.isPoet(ts.isCallExpression(call) ? call.expression : call, names)) markers.push(...readDecorator(node, call, scope));
    } else if (ts.isCallExpression(node) && !decorators.has(node) && symbols.isPoet(node.expression, names)) {
      markers.push(...readWrapper(node, scope));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return markers;
}

function readDecorator(decorator: ts.Decorator, call: ts.Expression, { ts, checker, unwrap, refuse }: MarkerScope): Marker[] {
  const host = decorator.parent;
  const file = decorator.getSourceFile();
  const at: Range = { start: decorator.getStart(file), end: decorator.end };
  const subject = readSubject(ts, host, unwrap);
  if (ts.isPropertyDeclaration(host) && subject.kind !== 'accessor') {
    refuse('POET1029', { fn: host.name.getText() }, at);
    return [];
  }
  if (!ts.isFunctionDeclaration(host) && !ts.isMethodDeclaration(host) && subject.kind === 'function') {
    refuse('POET1019', { what: 'a variable' }, at);
    return [];
  }
  if (!ts.isCallExpression(call)) refuse('POET1024', { fn: (host as ts.NamedDeclaration).name?.getText() ?? 'default' }, at);
  return [{
    spelling: ts.isFunctionDeclaration(host) ? 'function-decorator' : 'decorator',
    subject, at,
    ranges: [{ start: at.start, end: skipBlank(file.text, at.end) }],
    options: ts.isCallExpression(call) ? readArgument(ts, checker, call) : NO_OPTIONS,
  }];
}

function readWrapper(call: ts.CallExpression, { ts, checker, unwrap, refuse }: MarkerScope): Marker[] {
  const at: Range = { start: call.getStart(), end: call.expression.end };
  const [first, second] = call.arguments;
  if (second === undefined) {
    const wanted = first !== undefined && ts.isFunctionLike(innerExpression(ts, first));
    if (wanted) refuse('POET1022', { found: 'it as the first' }, at);
    else refuse('POET1023', {}, at);
    return [];
  }
  const subject = readValue(ts, second, unwrap);
  if (subject === undefined) {
    const text = second.getText().replace(/\s+/g, ' ');
    refuse('POET1022', { found: text.length > 60 ? `${text.slice(0, 57)}…` : text }, { start: second.getStart(), end: second.end });
    return [];
  }
  const ranges = [{ start: at.start, end: second.getStart() }, { start: second.end, end: call.end }];
  return [{ spelling: 'wrapper', subject, at, ranges, options: readArgument(ts, checker, call) }];
}

function readArgument(ts: Ts, checker: ts.TypeChecker, call: ts.CallExpression): OptionReading {
  const [first] = call.arguments;
  return first === undefined ? NO_OPTIONS : readOptionExpression(ts, checker, first);
}

/** Spaces and line ends after a position; comments stay. */
function skipBlank(text: string, position: number): number {
  let at = position;
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

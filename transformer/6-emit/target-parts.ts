/** What both ways of emitting a target share: its names, its dispatch, its stored files. */
import type ts from 'typescript';
import type { ContractNames } from '../contract/index.ts';
import type { Target, Ts, Version } from '../types.ts';
import { makeDispatch, type RuntimeAlias } from './dispatch.ts';
import { makeIdentifierPart, type NamePool } from './names.ts';
import { declaredNames, findPhaseShape, parseStored, type StoredModule } from './phases.ts';
import type { EmittedPolicy } from './index.ts';
import { findPlacement, usesThis, type Placement } from './placement.ts';

/** Runtime names that stored files may use; anything else that they mention must come from the author's module. */
export const RUNTIME_HELPERS: ReadonlySet<string> = new Set([
  'violation', 'correction', 'refuseArguments', 'observeArguments', 'corrected', 'refuseResult', 'reportResult', 'Violation', 'Correction',
]);

export interface TargetInput {
  readonly version: Version;
  readonly parsed?: ts.SourceFile | undefined;
  readonly bodyUnchanged: boolean;
  readonly foreign: boolean;
  readonly selfCalls: readonly number[];
  readonly policy: EmittedPolicy | undefined;
  readonly names: NamePool;
  readonly runtime: RuntimeAlias;
  readonly packageName: string | undefined;
  /** Index of code.ts among the sources. */
  readonly code: number;
  readonly contractNames: ContractNames;
  readonly headerLength: number;
}

/** What stands in place of a target, whether it is written as text or into a syntax tree. */
export interface TargetParts {
  /** Names in the author's module. */
  readonly own: { readonly handle: string; readonly open: string; readonly operate: string; readonly perceive: string; readonly enforce: string };
  /** The author's function: O′ itself where the body is unchanged. */
  readonly original: string;
  readonly code: StoredModule;
  /** Name in a stored file → expression or identifier in the author's module. */
  readonly renames: ReadonlyMap<string, string>;
  readonly placement: Placement;
  /** Names of the outer function's parameters. */
  readonly outer: readonly string[];
  /** The body of the outer function; JavaScript. */
  readonly dispatch: string;
  readonly indent: string;
  /** JavaScript that opens the target. */
  readonly openCall: string;
  /** Offsets of the author's self-calls that go straight to O′. */
  readonly selfCalls: readonly number[];
  readonly wanted: { readonly perceive: boolean; readonly enforce: boolean; readonly operate: boolean; readonly train: boolean };
}

export function makeTargetParts(ts: Ts, sourceFile: ts.SourceFile, target: Target, input: TargetInput): TargetParts {
  const { version, names, runtime } = input;
  const node = target.node;

  const stem = makeIdentifierPart(target.name);
  const own = {
    handle: names.take(`${stem}$target`), open: names.take(`${stem}$open`), operate: names.take(`${stem}$operatePrime`),
    perceive: names.take(`${stem}$perceive`), enforce: names.take(`${stem}$enforce`),
  };
  const original = input.bodyUnchanged ? own.operate : names.take(`${stem}$original`);

  const code = parseStored(ts, 'code.ts', version.candidate.code, input.code, input.headerLength, input.parsed);
  const renames = makeRenames(ts, stem, code, own, input);

  const placement = findPlacement(ts, node);
  const passThis = placement.kind === 'beside' && usesThis(ts, node);
  const parameters = target.contract.parameters;
  const rest = parameters.at(-1)?.rest === true;
  const same = parameters.map((p) => (p.rest ? `...${p.name}` : p.name)).join(',');
  const perceiveNode = code.functions.get('perceive')!;
  const enforceNode = code.functions.get('enforce')!;
  const resultName = enforceNode.parameters[0]?.name.getText(code.sourceFile) ?? 'result';
  const perceiveShape = findPhaseShape(ts, perceiveNode, `[${same}]`);
  const enforceShape = findPhaseShape(ts, enforceNode, resultName);

  const locals = {
    handle: names.share('$t'), execution: names.share('$x'), ok: names.share('$ok'), perceived: names.share('$p'), result: names.share('$r'), error: names.share('$e'), signal: names.share('$s'),
  };
  const indent = `${lineIndent(sourceFile.text, node.getStart(sourceFile))}  `;
  const outer = parameters.map((p) => p.name);
  const renameParameter = new Map(parameters.map((p, i) => [p.name, outer[i]!]));
  const renameSignal = (signal: EmittedPolicy['signal']): EmittedPolicy['signal'] => signal && { ...signal, parameter: renameParameter.get(signal.parameter) ?? signal.parameter };
  const outerArguments = (shape: ReturnType<typeof findPhaseShape>): ReturnType<typeof findPhaseShape> =>
    (shape.kind === 'guarded' ? { ...shape, arguments: shape.arguments.map((a) => renameParameter.get(a) ?? a) } : shape);
  const key = findKey(target);
  const dispatch = makeDispatch({
    resultKind: target.resultKind, parameters: outer, rest, passThis, operate: own.operate, original, open: own.open, handle: own.handle,
    perceive: {
      shape: outerArguments(perceiveShape), phase: own.perceive,
      check: perceiveShape.kind === 'guarded' ? renames.get(perceiveShape.check) ?? perceiveShape.check : '',
      usesThis: perceiveNode.parameters[0]?.name.getText(code.sourceFile) === 'this',
    },
    enforce: {
      shape: outerArguments(enforceShape), phase: own.enforce,
      check: enforceShape.kind === 'guarded' ? renames.get(enforceShape.check) ?? enforceShape.check : '',
    },
    locals, runtime, policy: input.policy === undefined ? undefined : { signal: renameSignal(input.policy.signal) }, key: key && { parameter: key.parameter === undefined ? undefined : outer[key.parameter] },
  }, indent);


  return {
    own, original, code, renames, placement, outer, dispatch, indent,
    openCall: `${runtime('openTarget')}(${describeTarget(target, version, input.packageName, input.policy?.spec)})`,
    selfCalls: input.bodyUnchanged && !passThis && placement.kind === 'beside' ? input.selfCalls : [],
    wanted: {
      perceive: perceiveShape.kind !== 'identity', enforce: enforceShape.kind !== 'identity',
      operate: !input.bodyUnchanged && placement.kind === 'beside', train: input.foreign,
    },
  };
}

function makeRenames(ts: Ts, stem: string, code: StoredModule, own: { operate: string; perceive: string; enforce: string }, input: TargetInput): ReadonlyMap<string, string> {
  const renames = new Map<string, string>([['perceive', own.perceive], ['operatePrime', own.operate], ['enforce', own.enforce]]);
  const take = (name: string): void => { if (!renames.has(name)) renames.set(name, input.names.take(`${stem}$${name}`)); };
  input.contractNames.declared.forEach(take);
  for (const name of code.functions.keys()) take(name);
  for (const statement of code.others) declaredNames(ts, statement).forEach(take);
  const text = code.sourceFile.text + input.version.candidate.contract;
  for (const helper of RUNTIME_HELPERS) if (!renames.has(helper) && new RegExp(`\\b${helper}\\b`).test(text)) renames.set(helper, input.runtime(helper));
  // Names that contract.ts imports are the runtime's, whatever they are called.
  for (const name of input.contractNames.imports) renames.set(name, input.runtime(name));
  return renames;
}

/** The literal that `poet check --dist` looks for rides along as `tag`. */
function describeTarget(target: Target, version: Version, packageName: string | undefined, policy: object | undefined): string {
  const hash = version.metadata.content_hash.slice(0, 8);
  return JSON.stringify({
    id: target.id, name: target.name, version: version.name, hash, tag: `poetc:${target.id}@${version.name}:${hash}`, package: packageName,
    correlateBy: findKey(target)?.path, policy,
  });
}

/** Where `correlateBy` points: its first name is a parameter's, or else a property of the result. */
function findKey(target: Target): { readonly parameter: number | undefined; readonly path: readonly string[] } | undefined {
  const path = target.options.correlateBy?.split(/[.[\]]+/).filter((name) => name !== '');
  if (path === undefined) return undefined;
  const index = target.contract.parameters.findIndex((parameter) => parameter.name === path[0]);
  if (index >= 0) return { parameter: index, path: path.slice(1) };
  return { parameter: undefined, path: path[0] === 'result' ? path.slice(1) : path };
}

function lineIndent(text: string, offset: number): string {
  let start = offset;
  while (start > 0 && !/[\n\r\u2028\u2029]/.test(text[start - 1]!)) start--;
  return /^[ \t]*/.exec(text.slice(start, offset))![0];
}

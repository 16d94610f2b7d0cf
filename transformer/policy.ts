/** From options, domain and effects to the policies of one target, and what there is to say about options that come to nothing. */
import type ts from 'typescript';
import type { ParameterFile } from '../records/version.ts';
import type { Context } from './context.ts';
import type { TypeIr } from './contract/ir.ts';
import { findOneEffectSite } from './effect-sites.ts';
import { mayFollowRedirects } from './redirects.ts';
import type { Target } from './types.ts';

/** As the runtime takes it: see `PolicySpec` in runtime/policy/spec.ts, which the transformer may not import. */
export interface Policy {
  readonly retries?: number;
  readonly repeat?: 'transient' | 'unconnected';
  readonly timeoutMs?: number;
  readonly attemptMs?: number;
  readonly breaker?: {
    readonly failureRate: number; readonly minimumCalls: number; readonly windowMs: number; readonly openMs?: number; readonly probes?: number;
    readonly consecutive?: number; readonly slowMs?: number; readonly slowRate?: number;
  };
  readonly bulkhead?: { readonly concurrent: number; readonly queue: number };
  readonly signal?: true;
}

/** Where the function takes an AbortSignal: as a parameter, or as `signal` of one. */
export interface SignalPlace { readonly parameter: string; readonly inOptions: boolean }

export interface PolicyReading {
  /** Undefined where nothing is on. */
  readonly policy: Policy | undefined;
  readonly signal: SignalPlace | undefined;
  /** Options of the author's that come to nothing, and why. */
  readonly idle: readonly IdleOption[];
  /** Why it is not tried again, where its author or its domain asks for that. */
  readonly unrepeated?: string;
}

export interface IdleOption { readonly option: (typeof POLICY_OPTIONS)[number]; readonly why: string }

const POLICY_OPTIONS = ['retries', 'timeoutMs', 'attemptMs', 'breaker', 'concurrent', 'queue'] as const;

/** Half of at least twenty calls in thirty seconds. */
const BREAKER = { failureRate: 0.5, minimumCalls: 20, windowMs: 30_000 };

/** @param params text of params.json: what the domain recommends */
export function readPolicy(target: Target, params: string, checker: ts.TypeChecker, { ts, config }: Pick<Context, 'ts' | 'config'>): PolicyReading {
  const { options, ownOptions, resultKind } = target;
  const idle: IdleOption[] = [];
  const noEffect = (option: IdleOption['option'], why: string): void => { if (ownOptions[option] !== undefined && ownOptions[option] !== 0 && ownOptions[option] !== false) idle.push({ option, why }); };
  if (resultKind !== 'async' && resultKind !== 'promise') {
    // Of the others' retries and time limits the reading of options has spoken.
    if (resultKind === 'sync') noEffect('breaker', 'the function is synchronous');
    else for (const option of POLICY_OPTIONS) noEffect(option, 'not every result of the function is a promise');
    return { policy: undefined, signal: undefined, idle };
  }
  const recommended = readRecommended(params);
  const timeoutMs = options.timeoutMs ?? recommended?.timeoutMs;
  const wanted = options.retries ?? recommended?.retries ?? 0;
  const found = wanted > 0 ? findRepeat(ts, checker, target) : { why: 'it is 0' };
  if (wanted > 0 && 'why' in found) noEffect('retries', found.why);
  const isOn = options.breaker ?? recommended?.breaker !== undefined;
  const { attemptMs, concurrent, queue = 0 } = options;
  if (attemptMs !== undefined && timeoutMs !== undefined && attemptMs >= timeoutMs) noEffect('attemptMs', `the whole call may take no longer: timeoutMs is ${timeoutMs}`);
  if (concurrent === undefined) noEffect('queue', 'nothing limits the calls that run at once: concurrent is not set');
  const signal = timeoutMs === undefined && attemptMs === undefined ? undefined : findSignal(target);
  const policy: Policy = {
    ...('repeat' in found && { retries: wanted, repeat: found.repeat }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(attemptMs !== undefined && { attemptMs }),
    ...(isOn && { breaker: makeBreaker(recommended?.breaker, config.breaker) }),
    ...(concurrent !== undefined && { bulkhead: { concurrent, queue } }),
    ...(signal !== undefined && { signal: true as const }),
  };
  return { policy: Object.keys(policy).length === 0 ? undefined : policy, signal, idle, ...(wanted > 0 && 'why' in found && { unrepeated: found.why }) };
}

/** The project's numbers over the domain's over the recommended ones. */
function makeBreaker(domain: NonNullable<ParameterFile['policies']>['breaker'], { failureRate, minimumCalls, windowMs, openMs, probes, consecutive, slowMs, slowRate }: Context['config']['breaker']): NonNullable<Policy['breaker']> {
  const base = domain ?? BREAKER;
  return {
    failureRate: failureRate ?? base.failureRate, minimumCalls: minimumCalls ?? base.minimumCalls, windowMs: windowMs ?? base.windowMs,
    ...(openMs !== undefined && { openMs }), ...(probes > 1 && { probes }), ...(consecutive !== undefined && { consecutive }), ...(slowMs !== undefined && { slowMs, slowRate }),
  };
}

function readRecommended(params: string): ParameterFile['policies'] {
  return (JSON.parse(params) as ParameterFile).policies;
}

/** Effects decide; what cannot be given twice forbids it. */
function findRepeat(ts: Context['ts'], checker: ts.TypeChecker, target: Target): { readonly repeat: 'transient' | 'unconnected' } | { readonly why: string } {
  const { effects, contract, options } = target;
  const once = contract.parameters.find(({ type }) => isOpen(type) || isUsedUp(type, contract.definitions));
  if (once !== undefined) return { why: `its argument \`${once.name}\` ${isOpen(once.type) ? 'may be' : 'is'} a function, an iterator or a stream, which a retry would find used up` };
  if (options.idempotent === true) return { repeat: 'transient' };
  if (effects.kind === 'pure') return { why: 'it is pure, and would fail again' };
  if (effects.kind === 'read') return { repeat: 'transient' };
  const changed = effects.parameters.findIndex((parameter) => parameter.changed === true);
  if (changed !== -1) return { why: 'it changes an argument, which a retry would do twice; idempotent=true says that this does no harm' };
  const site = findOneEffectSite(ts, checker, target.node);
  if (site !== undefined && !mayFollowRedirects(ts, checker, site)) return { repeat: 'unconnected' };
  if (site !== undefined) return { why: "its request may have been served and then redirected to where nobody answers; redirect: 'error' or 'manual' in the call of fetch rules that out, and idempotent=true says that repeating does no harm" };
  return { why: `it may have several effects (${effects.reason}), which a retry would repeat; idempotent=true says that this does no harm` };
}

const isOpen = ({ kind }: TypeIr): boolean => kind === 'any' || kind === 'present' || kind === 'object';

/** Functions, iterators and streams, also inside of objects and lists. */
function isUsedUp(type: TypeIr, definitions: Target['contract']['definitions'], seen: readonly string[] = []): boolean {
  const inner = (t: TypeIr): boolean => isUsedUp(t, definitions, seen);
  switch (type.kind) {
    case 'function': case 'thenable': return true;
    case 'array': case 'set': return inner(type.element);
    case 'map': return inner(type.key) || inner(type.value);
    case 'tuple': return type.elements.some((element) => inner(element.type));
    case 'union': case 'intersection': return type.members.some(inner);
    case 'shape': return type.callable || type.properties.some(({ name, symbol, type: property }) => (symbol && /iterator$/i.test(name)) || (name === 'next' && property.kind === 'function'));
    case 'instance': return /(?:Stream|Iterator|Generator|Reader|Writer)$/.test(type.name);
    case 'ref': {
      const definition = definitions.find(({ name }) => name === type.name);
      return definition !== undefined && !seen.includes(type.name) && isUsedUp(definition.type, definitions, [...seen, type.name]);
    }
    default: return false;
  }
}

function findSignal({ contract }: Target): SignalPlace | undefined {
  if (contract.overloads.length > 0) return undefined;
  const resolve = (type: TypeIr): TypeIr => (type.kind === 'ref' ? contract.definitions.find(({ name }) => name === type.name)?.type ?? type : type);
  const members = (type: TypeIr): readonly TypeIr[] => { const t = resolve(type); return t.kind === 'union' ? t.members.flatMap(members) : [t]; };
  const isSignal = (type: TypeIr): boolean => members(type).some((member) => member.kind === 'instance' && member.name === 'AbortSignal');
  for (const { name, type, rest } of contract.parameters) {
    if (rest) continue;
    if (isSignal(type)) return { parameter: name, inOptions: false };
    if (members(type).some((member) => member.kind === 'shape' && member.properties.some((property) => property.name === 'signal' && isSignal(property.type)))) return { parameter: name, inOptions: true };
  }
  return undefined;
}

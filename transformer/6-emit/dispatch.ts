import type { ResultKind } from '../types.ts';
import type { PhaseShape } from './phases.ts';

/** Expressions by which emitted code reaches `poetc/runtime`: aliases, or members of an `import =` binding. */
export type RuntimeAlias = (name: string) => string;

export interface DispatchPlan {
  readonly resultKind: ResultKind;
  /** Parameter names in order; a rest parameter last. */
  readonly parameters: readonly string[];
  readonly rest: boolean;
  /** True where `this` must be handed on explicitly (hoisted functions; arrows capture it). */
  readonly passThis: boolean;
  /** Names in the author's module. */
  readonly operate: string;
  readonly original: string;
  readonly open: string;
  readonly handle: string;
  readonly perceive: { readonly shape: PhaseShape; readonly phase: string; readonly check: string; readonly usesThis: boolean };
  readonly enforce: { readonly shape: PhaseShape; readonly phase: string; readonly check: string };
  /** Local names that clash with nothing in the file. */
  readonly locals: { readonly handle: string; readonly execution: string; readonly ok: string; readonly perceived: string; readonly result: string; readonly error: string; readonly signal: string };
  readonly runtime: RuntimeAlias;
  /** O′ runs under policies of the runtime. Asynchronous kinds only. */
  readonly policy?: { readonly signal: { readonly parameter: string; readonly inOptions: boolean } | undefined } | undefined;
  /** Where the business key lies: in a parameter, by its name, or in the result. Undefined without `correlateBy`. */
  readonly key?: { readonly parameter: string | undefined } | undefined;
}

/**
 * The body that replaces the author's: check, run O′, check, each step named in the runtime.
 * The success path is one flag, two inlined checks and one call; everything else lives in the runtime.
 */
export function makeDispatch(plan: DispatchPlan, indent: string): string {
  const { locals: l, runtime } = plan;
  const spread = plan.parameters.map((name, i) => (plan.rest && i === plan.parameters.length - 1 ? `...${name}` : name)).join(', ');
  const call = (fn: string): string => (plan.passThis ? `${fn}.call(${['this', spread].filter(Boolean).join(', ')})` : `${fn}(${spread})`);
  // No closure where there is no policy: it would put the parameters on the heap in every call.
  const inScope = `${l.execution}.scope.run(${plan.operate}, ${plan.passThis ? 'this' : 'undefined'}, [${spread}])`;
  const operate = plan.policy === undefined
    ? `(${l.execution} === undefined || ${l.execution}.scope === undefined ? ${call(plan.operate)} : ${inScope})`
    : `${runtime('operate')}(${l.handle}, ${l.execution}, ${underPolicy(plan)})`;
  const lines: string[] = [
    `const ${l.handle} = ${plan.handle} ?? ${plan.open}();`,
    `if (${l.handle}.off) return ${call(plan.original)};`,
    `const ${l.execution} = ${runtime('begin')}(${l.handle});`,
  ];
  const keyed = (value: string): string => `if (${l.execution} !== undefined) ${runtime('keyed')}(${l.handle}, ${l.execution}, ${value});`;
  if (plan.key?.parameter !== undefined) lines.push(keyed(plan.key.parameter));
  const keyedResult = plan.key !== undefined && plan.key.parameter === undefined ? [keyed(l.result)] : [];
  const checked = plan.perceive.shape.kind === 'guarded' || plan.enforce.shape.kind === 'guarded';
  if (checked) lines.push(`let ${l.ok} = false;`);
  lines.push(...perceiveLines(plan, spread, call));

  if (plan.resultKind === 'promise' || plan.resultKind === 'maybe-promise') {
    lines.push(
      `let ${l.result};`,
      `try { ${l.result} = ${operate}; } catch (${l.error}) { ${runtime('failed')}(${l.handle}, ${l.execution}, ${l.error}); throw ${l.error}; }`,
      `return ${runtime('settle')}(${l.handle}, ${l.execution}, ${l.result}, (${l.result}) => {`,
      ...[...enforceLines(plan, spread), ...keyedResult].map((line) => `  ${line}`),
      `  return ${l.result};`,
      `});`,
    );
  } else {
    const awaiting = plan.resultKind === 'async' ? 'await ' : '';
    lines.push(
      `let ${l.result};`,
      `try { ${l.result} = ${awaiting}${operate}; } catch (${l.error}) { ${runtime('failed')}(${l.handle}, ${l.execution}, ${l.error}); throw ${l.error}; }`,
      ...enforceLines(plan, spread),
      ...keyedResult,
      `${runtime('finish')}(${l.handle}, ${l.execution});`,
      `return ${l.result};`,
    );
  }
  return lines.map((line) => `${indent}${line}\n`).join('');
}

/** O′ with its arguments; where it takes a signal, with one that also ends with the time limit. */
function underPolicy({ policy, parameters, rest, passThis, operate, locals: l, runtime }: DispatchPlan): string {
  const signal = policy?.signal;
  const args = parameters.map((name, i) => {
    if (rest && i === parameters.length - 1) return `...${name}`;
    if (signal?.parameter !== name) return name;
    return `${runtime(signal.inOptions ? 'withSignal' : 'joinSignals')}(${name}, ${l.signal})`;
  });
  const call = passThis ? `${operate}.call(${['this', ...args].join(', ')})` : `${operate}(${args.join(', ')})`;
  return `${signal === undefined ? '()' : `(${l.signal})`} => ${call}`;
}

function perceiveLines(plan: DispatchPlan, spread: string, call: (fn: string) => string): string[] {
  const { shape, phase, check, usesThis } = plan.perceive;
  const { locals: l, runtime } = plan;
  if (shape.kind === 'identity') return [];
  const args = `[${spread}]`;
  const run = usesThis
    ? `${runtime('perceiveThis')}(${l.handle}, ${l.execution}, this, ${phase}, ${args})`
    : `${runtime('perceive')}(${l.handle}, ${l.execution}, ${phase}, ${args})`;
  const slow = [
    ...(plan.resultKind === 'promise'
      ? [`let ${l.perceived};`, `try { ${l.perceived} = ${run}; } catch (${l.error}) { return ${runtime('rejected')}(${l.error}); }`]
      : [`const ${l.perceived} = ${run};`]),
    `if (${l.perceived} === undefined) return ${call(plan.original)};`,
    ...(plan.parameters.length > 0 ? [`${args} = ${l.perceived};`] : []),
  ];
  if (shape.kind === 'opaque') return ['{', ...slow.map((line) => `  ${line}`), '}'];
  return [
    // A throwing getter is met again, and reported, on the slow path.
    `try { ${l.ok} = ${check}(${shape.arguments.join(', ')}); } catch {}`,
    // A phase that only reports runs where somebody records.
    shape.onlyReports ? `if (!${l.ok} && ${l.execution} !== undefined) {` : `if (!${l.ok}) {`,
    ...slow.map((line) => `  ${line}`),
    '}',
  ];
}

function enforceLines(plan: DispatchPlan, spread: string): string[] {
  const { shape, phase, check } = plan.enforce;
  const { locals: l, runtime } = plan;
  if (shape.kind === 'identity') return [];
  const run = `${l.result} = ${runtime('enforce')}(${l.handle}, ${l.execution}, ${phase}, ${l.result}, [${spread}]);`;
  if (shape.kind === 'opaque') return [run];
  const args = [l.result, ...shape.arguments.slice(1)].join(', ');
  const told = shape.onlyReports ? ` && ${l.execution} !== undefined` : '';
  return [`${l.ok} = false;`, `try { ${l.ok} = ${check}(${args}); } catch {}`, `if (!${l.ok}${told}) ${run}`];
}

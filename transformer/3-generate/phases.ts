/** The text of each phase, from the contract and the author's signature. */
import type { ImplementationText } from '../../templates/format.ts';
import { describeType, contractExports, resultTakesArguments } from '../contract/index.ts';
import type { Target } from '../types.ts';
import { indent } from './author-text.ts';
import { layOutAuthorHead, layOutChoice, layOutComment, layOutHead } from './layout.ts';
import type { PhaseParameter, PhaseSignature, TypeParameter } from './signature.ts';

export function makePerceive(target: Target, signature: PhaseSignature): string {
  const { parameters, thisType } = signature;
  const checksThis = target.contract.self !== undefined && thisType !== undefined;
  const checks = contractExports(target.contract, target.options.perceive).includes('acceptsArguments');
  const tuple = `[${parameters.map((p) => (p.rest ? `...${p.name}` : p.name)).join(', ')}]`;
  const values = [...(checksThis ? ['this'] : []), ...parameters.map((p) => p.name)].join(', ');
  const head = layOutHead({
    name: 'perceive',
    typeParameters: keepUsed(signature.typeParameters, [...parameters.map((p) => p.type), ...(checksThis ? [thisType] : [])]),
    parameters: [...(checksThis ? [`this: ${thisType}`] : []), ...parameters.map(declare)],
    // Line breaks stay: without semicolons they separate the members of a type, and they end comments.
    result: `[${parameters.map(declare).join(', ')}]`,
  });
  return [layOutComment(describePerceive(target, checks)), head, ...makePerceiveBody(target, checks, tuple, values), '}'].join('\n');
}

function makePerceiveBody(target: Target, checks: boolean, tuple: string, values: string): string[] {
  if (!checks) return [`  return ${tuple};`];
  switch (target.options.perceive) {
    case 'correct': return layOutChoice(`acceptsArguments(${values})`, tuple, `correctArguments(${values})`);
    case 'strict': return layOutChoice(`acceptsArguments(${values})`, tuple, `refuseArguments(explainArguments(${values}))`);
    case 'observe': return [`  if (!acceptsArguments(${values})) observeArguments(explainArguments(${values}));`, `  return ${tuple};`];
  }
}

export function makeOperate(target: Target, signature: PhaseSignature, body: readonly string[], recurses: boolean): string {
  return layOutOperate(target, signature, body, describeOperate(target, recurses));
}

/** O′ of a stub: what the domain's builtin wrote, under the author's signature. */
export function makeImplementation(target: Target, signature: PhaseSignature, { recipe, statements }: ImplementationText, domain: string): string {
  const comment = [[`Operate′: implements the stub \`${target.name}\`: ${recipe}.`], [`Held against the laws of domain ${domain}, not against the constant that the author's body returns.`]];
  return layOutOperate(target, signature, indent(statements.split('\n'), '  '), comment);
}

function layOutOperate(target: Target, signature: PhaseSignature, body: readonly string[], comment: readonly (readonly string[])[]): string {
  const declaresThis = /^this\b/.test(signature.authorParameters[0] ?? '');
  const head = layOutAuthorHead(
    { isAsync: target.resultKind === 'async', name: 'operatePrime', typeParameters: signature.typeParameters.map((p) => p.text), result: signature.authorResult },
    signature.thisType === undefined || declaresThis ? undefined : `this: ${signature.thisType}`,
    signature.authorParameters, indent(signature.authorParameters, '  '),
  );
  return [layOutComment(comment), head, ...body, '}'].join('\n');
}

export function makeEnforce(target: Target, signature: PhaseSignature): string {
  const takesArguments = resultTakesArguments(target.contract);
  const checks = target.contract.checksResult;
  const parameters = takesArguments && checks ? signature.parameters : [];
  const result = signature.result ?? 'Result';
  const values = ['result', ...parameters.map((p) => p.name)].join(', ');
  const head = layOutHead({
    name: 'enforce',
    typeParameters: [
      ...keepUsed(signature.typeParameters, [result, ...parameters.map((p) => p.type)]),
      ...(signature.result === undefined ? ['Result'] : []),
    ],
    parameters: [`result: ${result}`, ...parameters.map(declare)],
    result,
  });
  const body = !checks ? ['  return result;']
    : throwsOnResult(target) ? layOutChoice(`acceptsResult(${values})`, 'result', `refuseResult(explainResult(${values}))`)
      : [`  if (!acceptsResult(${values})) reportResult(explainResult(${values}));`, '  return result;'];
  return [layOutComment(describeEnforce(target, checks)), head, ...body, '}'].join('\n');
}

/** Learning has nothing to do where nothing can be tuned; with `optimizeFor` the phase is there all the same, and says so. */
export function makeTrain(objective: string): string {
  const comment = layOutComment([[`Train, for \`${objective}\`: params.json declares no parameters, so there is nothing to change.`]]);
  return [comment, 'export function train(): Record<string, number> {', '  return {};', '}'].join('\n');
}

/** Whether a bad result is refused: the effect of a write has already happened, so it is only reported. */
export function throwsOnResult(target: Target): boolean {
  if (target.options.perceive === 'observe') return false;
  if (target.options.enforce !== undefined) return target.options.enforce === 'throw';
  return target.effects.kind === 'pure' || target.effects.kind === 'read';
}

function declare(parameter: PhaseParameter): string {
  return `${parameter.rest ? '...' : ''}${parameter.name}: ${parameter.type}`;
}

/** The type parameters that the texts mention, and those that their constraints mention. */
function keepUsed(all: readonly TypeParameter[], texts: readonly string[]): string[] {
  const used = new Set<TypeParameter>();
  const queue = [...texts];
  for (let text = queue.pop(); text !== undefined; text = queue.pop()) {
    const words = new Set(text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
    for (const parameter of all) {
      if (words.has(parameter.name) && !used.has(parameter)) { used.add(parameter); queue.push(parameter.text); }
    }
  }
  return all.filter((parameter) => used.has(parameter)).map((parameter) => parameter.text);
}

function describePerceive({ contract, options, name }: Target, checks: boolean): string[][] {
  if (contract.parameters.length === 0) return [[`Perceive: \`${name}\` takes no arguments.`]];
  if (!checks) return [[`Perceive: the types of \`${name}\` leave its arguments open, there is nothing to check.`]];
  const overloads = contract.overloads.map((signature) =>
    `- \`(${signature.parameters.map((p) => `${p.rest ? '...' : ''}${p.name}${p.optional ? '?' : ''}: ${describeType(p.type)}`).join(', ')})\``);
  const parameters = contract.parameters.map((p) => `- \`${p.rest ? '...' : ''}${p.name}\`: \`${describeType(p.type)}\`${p.optional ? ', may be left out' : ''}`);
  return [
    [`Perceive: checks the arguments of \`${name}\`${overloads.length > 0 ? ' against its overloads' : ''} before the body runs.`],
    overloads.length > 0 ? overloads : [...(contract.self ? [`- \`this\`: \`${describeType(contract.self)}\``] : []), ...parameters],
    [MODES[options.perceive]],
  ];
}

const MODES = {
  correct: 'What can be read in one way only is corrected, and the correction recorded; anything else is a PerceiveError.',
  strict: 'Nothing is corrected: anything else is a PerceiveError.',
  observe: 'Anything else is reported; the arguments go through as they came.',
} as const;

function describeOperate({ name, node }: Target, recurses: boolean): string[][] {
  const first = `Operate′: the body of \`${name}\`${node.parameters.some((p) => p.initializer) ? '; default values apply here, once' : ''}.`;
  return recurses ? [[first], ['It calls itself directly: the arguments are checked once, at the outermost call.']] : [[first]];
}

function describeEnforce(target: Target, checks: boolean): string[][] {
  const { contract, effects, options, name } = target;
  if (!checks) return [[`Enforce: the type of \`${name}\` leaves its result open, there is nothing to check.`]];
  const what = contract.overloads.length > 0 ? 'what an overload promises for the arguments' : `\`${describeType(contract.result)}\``;
  const first = `Enforce: checks that the ${target.resultKind === 'sync' ? '' : 'awaited '}result is ${what}.`;
  if (throwsOnResult(target)) return [[first, 'Anything else is an EnforceError.']];
  const why = options.perceive === 'observe' ? 'perceive is "observe"' : options.enforce === 'report' ? 'enforce is "report"'
    : effects.kind === 'write' ? 'the body has effects that have happened by then' : 'the body may have effects that have happened by then';
  return [[first, `Anything else is reported and returned all the same: ${why}.`]];
}

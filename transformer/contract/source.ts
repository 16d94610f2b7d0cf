/** Contracts → the text of contract.ts. */
import type { PerceiveMode } from '../../records/options.ts';
import type { ParameterUse } from '../types.ts';
import { all, not, printCondition, some, test, YES, type Condition } from './condition.ts';
import { classNamesOf, ModuleWriter } from './module-writer.ts';
import type { FunctionContract, ParameterContract, SignatureContract, TupleElement, TypeIr } from './ir.ts';
import { atProperty, fixedPath, functionLines, ifLines, indent, joinIfs, MAX_WIDTH, quote, returnLines, type PathText } from './text-lines.ts';
import { accepts } from './write-accepts.ts';
import { correct } from './write-correct.ts';
import { explain } from './write-explain.ts';

/** Everything that contract.ts may import; reserved, so that no parameter hides it. */
const RUNTIME_NAMES = [
  'areDifferent', 'changed', 'corrected', 'correction', 'dateOf', 'dropped', 'isBuiltin', 'isDate', 'isMap', 'isMissing', 'isMultipleOf', 'isNumericKey', 'isOnTrail',
  'isPlain', 'isSet', 'isShallow', 'isThenable', 'isValidDate', 'makeVisited', 'numberOf', 'pushBest', 'refuseArguments', 'violation', 'visit',
];

/** What the exported functions call their own variables. */
const LOCALS = new Set(['out', 'fixes', 'left', 'fits', 'matched', 'visited', 'self', 'result']);

const OUTER = { out: 'out', trail: '[]' };

export interface SourceEnv {
  /** What the body does with each parameter; a missing entry counts as mutated and escaping. */
  readonly parameters: readonly ParameterUse[];
  readonly perceive?: PerceiveMode;
}

/** The functions that contract.ts exports in a mode. */
export function contractExports(contract: FunctionContract, perceive: PerceiveMode): readonly string[] {
  return [
    ...(contract.checksArguments ? ['acceptsArguments', 'explainArguments', ...(perceive === 'correct' ? ['correctArguments'] : [])] : []),
    ...(contract.checksResult ? ['acceptsResult', 'explainResult'] : []),
  ];
}

/** True when `acceptsResult` and `explainResult` take the arguments behind the result. */
export function resultTakesArguments(contract: FunctionContract): boolean {
  return contract.overloads.length > 0;
}

/** Sorted names of the author's module that contract.ts uses. */
export function contractNames(contract: FunctionContract): readonly string[] {
  return classNamesOf(contract, false);
}

/** The text of contract.ts, line ends `\n`; empty where nothing is checked. The same contract gives the same bytes. */
export function makeContractSource(contract: FunctionContract, env: SourceEnv): string {
  const perceive = env.perceive ?? 'correct';
  const writer = new ModuleWriter(contract, classNamesOf(contract, true), RUNTIME_NAMES);
  const source = new ContractSource(writer, env);
  const blocks: (readonly string[])[] = [];
  if (contract.checksArguments) {
    blocks.push(source.acceptsArguments(), source.explainArguments());
    if (perceive === 'correct') blocks.push(source.correctArguments());
  }
  if (contract.checksResult) blocks.push(source.acceptsResult(), source.explainResult());
  blocks.push(...writer.drain());
  if (blocks.length === 0) return '';
  const variables = [
    ...(writer.imports.has('type Visited') ? ['var visited: Visited | undefined; // what deep and cyclic values have shown so far'] : []),
    ...[...writer.patterns.values()].map((name) => `var ${name}: RegExp | undefined;`),
  ];
  const head = importLines([...writer.imports]);
  return `${[head, ...(variables.length > 0 ? [variables] : []), ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function importLines(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const plain = (name: string): string => name.replace('type ', '');
  const sorted = [...names].sort((a, b) => (plain(a) < plain(b) ? -1 : 1));
  const whole = `import { ${sorted.join(', ')} } from "poetc/runtime";`;
  return whole.length <= MAX_WIDTH ? [whole] : ['import {', ...sorted.map((name) => `  ${name},`), '} from "poetc/runtime";'];
}

/** A parameter of the emitted functions. */
interface Argument {
  readonly parameter: ParameterContract;
  /** Its name there: that of the author, unless something else has it. */
  readonly name: string;
  /** The variable of its corrected value. */
  readonly corrected: string;
  readonly path: PathText;
}

class ContractSource {
  private readonly writer: ModuleWriter;
  private readonly contract: FunctionContract;
  private readonly env: SourceEnv;
  private readonly args: readonly Argument[];

  constructor(writer: ModuleWriter, env: SourceEnv) {
    this.writer = writer;
    this.contract = writer.contract;
    this.env = env;
    const own = new Set(this.contract.parameters.map((parameter) => parameter.name));
    this.args = this.contract.parameters.map((parameter) => {
      let { name } = parameter;
      while (LOCALS.has(name) || writer.isTakenOutside(name) || (name !== parameter.name && own.has(name))) name += '_';
      const corrected = own.has(`${name}$`) ? `${name}$corrected` : `${name}$`;
      return { parameter, name, corrected, path: atProperty(fixedPath('$input'), parameter.name) };
    });
  }

  acceptsArguments(): readonly string[] {
    const { writer, contract } = this;
    const { overloads } = contract;
    const self = contract.self === undefined ? YES : accepts(writer, contract.self, 'self', 'self');
    const matches = overloads.length === 0
      ? all(...this.args.map((arg) => this.acceptsOne(arg.parameter, arg.name)))
      : some(...overloads.map((_, i) => this.matchesOverload(i)));
    return [
      '/** Whether the arguments are inside the contract. */',
      ...functionLines('export function acceptsArguments', this.parameters((arg) => this.isRead(arg)), 'boolean', this.fresh(all(self, matches))),
    ];
  }

  explainArguments(): readonly string[] {
    const { writer, contract } = this;
    const self = contract.self === undefined ? [] : explain(writer, contract.self, 'self', fixedPath('$input.this'), 'self', OUTER);
    const lines = contract.overloads.length > 0 ? this.explainOverloads() : this.args.flatMap((arg) => this.explainOne(arg.parameter, arg.name, arg.path));
    writer.use('type Violation');
    return [
      '/** Everything about the arguments that is outside the contract. */',
      ...functionLines('export function explainArguments', this.parameters((arg) => this.isRead(arg)), 'Violation[]', [
        'const out: Violation[] = [];', ...this.reset(), ...self, ...lines, 'return out;',
      ]),
    ];
  }

  /** Repairs argument by argument, then looks at the whole again. */
  correctArguments(): readonly string[] {
    const { writer, contract } = this;
    const generics = this.args.map((arg, i) => `T${i}${arg.parameter.rest ? ' extends readonly unknown[]' : ''}`).join(', ');
    const parameters = [...(contract.self === undefined ? [] : ['self: unknown']), ...this.args.map((arg, i) => `${arg.name}: T${i}`)];
    const tuple = `[${this.args.map((arg, i) => `${arg.parameter.rest ? '...' : ''}${arg.name}: T${i}`).join(', ')}]`;
    const steps = contract.overloads.length > 0 ? [] : this.args.flatMap((arg, i) => this.correctOne(arg, i));
    const after = (arg: Argument, i: number): string => (steps.some((step) => step.index === i) ? arg.corrected : arg.name);
    const self = contract.self === undefined ? [] : ['self'];
    writer.use('refuseArguments');
    const head = `export function correctArguments${generics === '' ? '' : `<${generics}>`}`;
    const checked = [...self, ...this.args.map(after)].join(', ');
    const whole = this.args.map((arg, i) => {
      const name = after(arg, i);
      return `${arg.parameter.rest ? '...' : ''}${name === arg.name ? name : arg.parameter.rest ? `(${name} as T${i})` : `${name} as T${i}`}`;
    });
    const body = steps.length === 0
      ? [`return refuseArguments(explainArguments(${checked}));`]
      : [
          `const fixes: ${writer.use('type Correction').replace('type ', '')}[] = [];`,
          ...steps.map((step) => step.line),
          `const left = explainArguments(${checked});`,
          'if (left.length > 0) return refuseArguments(left);',
          `${writer.use('corrected')}(fixes);`,
          `return [${whole.join(', ')}];`,
        ];
    const unread = steps.length === 0 ? '/** Refuses the arguments: nothing about them can be repaired. */' : '/** The arguments with everything repaired that is unambiguous; refuses what is left. */';
    return [unread, ...functionLines(head, parameters, tuple, body)];
  }

  acceptsResult(): readonly string[] {
    const { writer, contract } = this;
    const parameters = ['result: unknown', ...(contract.overloads.length > 0 ? this.parameters((arg) => this.isRead(arg), false) : [])];
    const lines = contract.overloads.length > 0
      ? [...this.reset(), ...this.overloadResults((result) => ifLines(accepts(writer, result, 'result', 'result'), 'return true;', 4), 'return !matched;')]
      : this.fresh(accepts(writer, contract.result, 'result', 'result'));
    return ['/** Whether the result is inside the contract. */', ...functionLines('export function acceptsResult', parameters, 'boolean', lines)];
  }

  explainResult(): readonly string[] {
    const { writer, contract } = this;
    writer.use('type Violation');
    const path = fixedPath('$output');
    const doc = '/** Everything about the result that is outside the contract. */';
    if (contract.overloads.length === 0) {
      const lines = explain(writer, contract.result, 'result', path, 'result', OUTER);
      return [doc, ...functionLines('export function explainResult', ['result: unknown'], 'Violation[]', ['const out: Violation[] = [];', ...this.reset(), ...lines, 'return out;'])];
    }
    const parameters = this.parameters((arg) => this.isRead(arg), false);
    const names = this.args.map((arg) => (this.isRead(arg) ? arg.name : `_${arg.name}`));
    return [
      doc,
      ...functionLines('export function explainResult', ['result: unknown', ...parameters], 'Violation[]', [
        'const out: Violation[] = [];',
        `if (acceptsResult(${['result', ...names].join(', ')})) return out;`,
        ...contract.overloads.flatMap((overload, i) => {
          const found = explain(writer, overload.result, 'result', path, 'result', OUTER);
          return found.length === 0 ? [] : [`if (${printCondition(this.matchesOverload(i))}) {`, ...indent(found), '}'];
        }),
        'return out;',
      ]),
    ];
  }

  /** `unknown` parameters; those that no check reads are marked, which also pleases noUnusedParameters. */
  private parameters(isRead: (arg: Argument) => boolean, withSelf = true): readonly string[] {
    const self = withSelf && this.contract.self !== undefined ? ['self: unknown'] : [];
    return [...self, ...this.args.map((arg) => `${isRead(arg) ? '' : '_'}${arg.name}: unknown`)];
  }

  private isRead(arg: Argument): boolean {
    if (this.contract.overloads.length === 0) return arg.parameter.type.kind !== 'any';
    const index = this.args.indexOf(arg);
    const rest = this.args.findIndex((candidate) => candidate.parameter.rest);
    return this.contract.overloads.some((overload) => {
      const own = overload.parameters[index];
      if (rest === index) return overload.parameters.length <= index || overload.parameters.slice(index).some((p) => p.type.kind !== 'any') || !overload.parameters.some((p) => p.rest);
      if (own === undefined) return !overload.parameters.some((p) => p.rest);
      return own.rest || own.type.kind !== 'any';
    });
  }

  private acceptsOne(parameter: ParameterContract, name: string, hint = parameter.name): Condition {
    const typed = accepts(this.writer, parameter.type, name, hint);
    if (!parameter.optional || typed === YES) return typed;
    return some(test(`${name} === undefined`, `${name} !== undefined`), typed);
  }

  private explainOne(parameter: ParameterContract, name: string, path: PathText): readonly string[] {
    const found = explain(this.writer, parameter.type, name, path, parameter.name, OUTER);
    if (!parameter.optional || found.length === 0) return found;
    return joinIfs([`if (${name} !== undefined) {`, ...indent(found), '}']);
  }

  private correctOne(arg: Argument, index: number): readonly { readonly index: number; readonly line: string }[] {
    const { parameter, name, path } = arg;
    const use = this.env.parameters[index] ?? { mutated: true, escapes: true };
    const isSafe = !use.mutated && !use.escapes;
    const type: TypeIr = parameter.optional ? unionWithUndefined(parameter.type) : parameter.type;
    const call = correct(this.writer, type, name, path, parameter.name, isSafe ? 'everywhere' : 'itself', '[]');
    return call === undefined ? [] : [{ index, line: `const ${arg.corrected} = ${call};` }];
  }

  /** Deep values of an earlier call must not be taken for known. */
  private reset(): readonly string[] {
    return this.nests() ? ['visited = undefined;'] : [];
  }

  private nests(): boolean {
    return this.contract.definitions.some((definition) => definition.recursive);
  }

  private fresh(condition: Condition): readonly string[] {
    if (!this.nests()) return returnLines(condition);
    const { length } = returnLines(condition);
    const lines = length === 1 ? [`const fits = ${printCondition(condition)};`] : returnLines(condition).map((line) => line.replace(/^return \(/, 'const fits = ('));
    return ['visited = undefined;', ...lines, 'visited = undefined;', 'return fits;'];
  }

  /** Parameters by position, as far as the implementation names them; what an overload does not declare must be undefined. */
  private matchesOverload(index: number): Condition {
    const overload = this.contract.overloads[index]!;
    const conditions: Condition[] = [];
    const restAt = this.args.findIndex((arg) => arg.parameter.rest);
    const ownRest = overload.parameters.findIndex((parameter) => parameter.rest);
    const positions = restAt === -1 ? this.args.length : restAt;
    for (let i = 0; i < positions; i++) {
      const { name } = this.args[i]!;
      const parameter = overload.parameters[i];
      if (parameter === undefined) {
        if (ownRest === -1) conditions.push(test(`${name} === undefined`, `${name} !== undefined`));
      } else if (!parameter.rest) {
        conditions.push(this.acceptsOne(parameter, name));
      } else if (parameter.type.kind === 'array') {
        conditions.push(this.acceptsOne({ ...parameter, type: parameter.type.element, optional: true, rest: false }, name, parameter.name));
      }
    }
    if (restAt !== -1) conditions.push(accepts(this.writer, restType(overload, restAt), this.args[restAt]!.name, this.args[restAt]!.parameter.name));
    return all(...conditions);
  }

  private explainOverloads(): readonly string[] {
    const { writer } = this;
    const matches = some(...this.contract.overloads.map((_, i) => this.matchesOverload(i)));
    if (matches === YES) return [];
    const given = this.args.filter((arg) => this.isRead(arg)).map((arg) => arg.name);
    const value = `[${given.join(', ')}]`;
    const push = `out.push(${writer.use('violation')}("$input", ${quote(`arguments of one of the ${this.contract.overloads.length} overloads`)}, ${value}));`;
    return ifLines(not(matches), push);
  }

  /** For every overload that the arguments match, its own lines; where none does, nothing is known about the result. */
  private overloadResults(lines: (result: TypeIr) => readonly string[], last: string): readonly string[] {
    return [
      'let matched = false;',
      ...this.contract.overloads.flatMap((overload, i) => {
        const inside = indent([...lines(overload.result), 'matched = true;']);
        const condition = this.matchesOverload(i);
        return condition === YES ? ['{', ...inside, '}'] : [`if (${printCondition(condition)}) {`, ...inside, '}'];
      }),
      last,
    ];
  }
}

function unionWithUndefined(type: TypeIr): TypeIr {
  if (type.kind === 'any') return type;
  const members = type.kind === 'union' ? type.members : [type];
  return members.some((member) => member.kind === 'undefined') ? type : { kind: 'union', members: [{ kind: 'undefined' }, ...members] };
}

/** What an overload allows where the implementation takes a rest array from position `at` on. */
function restType(overload: SignatureContract, at: number): TypeIr {
  const behind = overload.parameters.slice(at);
  const last = behind.at(-1);
  if (behind.length === 1 && last?.rest) return last.type;
  const elements = behind.flatMap((parameter): TupleElement[] => {
    if (!parameter.rest) return [{ mode: parameter.optional ? 'optional' : 'required', type: parameter.type, exact: false }];
    return [{ mode: 'rest', type: parameter.type.kind === 'array' ? parameter.type.element : { kind: 'any' }, exact: false }];
  });
  return { kind: 'tuple', elements };
}

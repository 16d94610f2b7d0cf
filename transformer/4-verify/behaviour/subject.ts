import type { FunctionShape } from '../../../templates/format.ts';
import type { Literals, SourceLiterals } from './read-literals.ts';
import type { Habits } from './read-habits.ts';
import type { FunctionContract, TypeIr } from '../../contract/ir.ts';
import type { ModuleGraph, SubjectEntry } from '../sandbox/protocol.ts';
import type { Isolation } from '../sandbox/run-cases.ts';
import type { Value } from '../sandbox/value.ts';

/** What a function among the arguments returns, by its path: `client.get`, `compare`. The contract says only that it is callable. */
export interface CallbackHint { readonly returns: TypeIr; readonly async: boolean; /** Declared as one: it is entitled to its object. */ readonly method?: true }

/** What a stub's implementation is held against: there is no original to compare it with. */
export interface LawTrial {
  readonly domain: string;
  readonly fn: FunctionShape;
  /** Of the judge, beside the enhanced module in `enhanced`; it exports `tryLaw` and `tryCalls`. */
  readonly judge: string;
  /** The author's examples: as written, arguments, and the result as `show` prints it. */
  readonly examples: readonly { readonly text: string; readonly args: readonly unknown[]; readonly expected: string }[];
  /** Examples that are no calls with literals. */
  readonly notRun: number;
}

/** All that is needed to run an original beside its enhanced version; plain data. */
export interface BehaviourSubject {
  readonly id: string;
  /** Name of the function, for counter-examples. */
  readonly name: string;
  /** Hex; everything random follows from it. */
  readonly seed: string;
  readonly contract: FunctionContract;
  readonly original: ModuleGraph;
  readonly enhanced: ModuleGraph;
  /** The deterministic provider's version: what it refuses, others may refuse. Absent where `enhanced` is that version. */
  readonly control?: ModuleGraph;
  readonly entry: SubjectEntry;
  /** Type of `this`, for methods: the class is made with these arguments. */
  readonly self?: { readonly name: string };
  readonly callbacks: Readonly<Record<string, CallbackHint>>;
  /** Constructor parameters of classes that arguments are instances of. */
  readonly classes: Readonly<Record<string, readonly TypeIr[]>>;
  /** Arguments of the author's examples. */
  readonly examples: readonly (readonly Value[])[];
  /** Of a stub: these take the place of the comparison. */
  readonly laws?: LawTrial;
  /** Inputs that the module itself makes, in place of generated ones: for corpora whose labels hold for these. */
  readonly samples?: readonly { readonly name: string; readonly index: number }[];
  readonly habits?: Habits;
  /** Found in either source. */
  readonly literals: SourceLiterals;
  /** Found in the candidate alone; absent where the original's body is all there is. */
  readonly own?: Literals;
}

export interface BehaviourVerdict {
  readonly status: 'equal' | 'differs' | 'not executed';
  /** In words. */
  readonly reason: string;
  /** Executed on both sides and compared. */
  readonly inputs: number;
  /** Inputs on which the original itself ran into a limit. */
  readonly discarded: number;
  readonly isolation?: Isolation;
  readonly counterExample?: { readonly typescript: string; readonly original: string; readonly enhanced: string };
  /** Of a stub: what it does not satisfy. */
  readonly broken?: 'law' | 'example';
  /** Processor time of all compared calls, microseconds. */
  readonly cpuUs?: { readonly original: number; readonly enhanced: number };
}

import type { BehaviourSubject, BehaviourVerdict } from './4-verify/behaviour/subject.ts';
import type { Version } from './types.ts';

/** What was proven on this machine, outside the project. */
export interface ProofRecord {
  readonly status: 'equal' | 'not executed';
  /** In words. */
  readonly reason: string;
  readonly inputs: number;
}

export interface ProofRecords {
  find(version: Version): ProofRecord | undefined;
  /** Never fails: what cannot be written is proven again next time. */
  keep(version: Version, record: ProofRecord): void;
}

export interface Prover {
  readonly records: ProofRecords;
  /** One verdict for each subject, in their order. */
  prove(subjects: readonly BehaviourSubject[]): readonly BehaviourVerdict[];
}

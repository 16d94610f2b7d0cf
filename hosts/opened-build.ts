import type { Context } from '../transformer/context.ts';
import type { Build } from '../transformer/pipeline.ts';
import type { ProgramSource } from '../transformer/shadow-program.ts';

/** What a build is made from. */
export interface OpenedProject {
  readonly source: ProgramSource;
  readonly ctx: Context;
}

/** A build, and what it was made from. */
export interface OpenedBuild extends OpenedProject {
  readonly build: Build;
}

/** A target among those of several projects: ids are relative to the root of each, and two packages may have the same. */
export const placedId = (root: string, id: string): string => `${root}\0${id}`;

/** Says how far a long job is, where somebody sees it; undefined takes the line away. */
export type ShowProgress = (text: string | undefined) => void;

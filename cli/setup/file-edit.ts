/** One file that `poet init` changes or makes. */
export interface FileEdit {
  /** Relative to the project's root, posix. */
  readonly path: string;
  /** Undefined: the file is new. */
  readonly before: string | undefined;
  readonly after: string;
}

/** Takes out of a text what `init` put in; the text itself when nothing of it is there. Undefined: the file held nothing else. */
export type Removal = (text: string, path: string) => string | undefined;

export interface Step {
  /** Which files it is for, when undoing. */
  readonly owns: (path: string) => boolean;
  readonly remove: Removal;
  /** What to take out by hand when `remove` cannot. */
  readonly what: string;
}

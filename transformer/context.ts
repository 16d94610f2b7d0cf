/** What is injected into the core: nothing in the transformer reads the environment, the clock or the disk by itself. */
import type { Ts } from './types.ts';
import type { PoetConfig } from './config/config.ts';
import type { PoetDiagnostic } from './diagnostics/diagnostic.ts';
import type { RunTemplateModule } from './template-module.ts';

export interface Context {
  readonly ts: Ts;
  /** Absolute path of the project's root (nearest poet.config.json, else package.json), posix separators. */
  readonly root: string;
  readonly config: PoetConfig;
  /** Name in the root's package.json; events are namespaced by it. */
  readonly packageName: string | undefined;
  /** Absolute path of the folder that holds the domain templates. */
  readonly templatesFolder: string;
  /** Runs code of a project's templates, in a sandbox; without one it is not run. */
  readonly runTemplateModule?: RunTemplateModule;
  /** What a target without a usable version leads to: a new one, the original, or a failed build. */
  readonly onMiss: 'generate' | 'original' | 'error';
  /** Milliseconds since the epoch; injectable for tests. */
  now(): number;
  /** Receives every diagnostic that is not a compile error; hosts print them on stderr, one line each. */
  report(diagnostic: PoetDiagnostic): void;
  trace(phase: string, target: string, value: unknown): void;
}

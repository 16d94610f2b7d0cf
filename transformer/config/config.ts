/** `poet.config.json` after defaults. */
export interface PoetConfig {
  readonly perceive: 'correct' | 'strict' | 'observe';
}

export type { PoetConfig } from './config.ts';
export { findProjectRoot } from './find-root.ts';
export { CONFIG_FILE, makeDefaults, readConfig, readConfigText, type ConfigReading } from './read-config.ts';
export { makeConfigSchema } from './schema.ts';

/**
 * Cheap and generous: whether a file may hold a target, so that hosts without a program know when they need one.
 *
 * Not seen: the wrapper under another name, imported from a module of the author's that exports it again.
 */
export const mayHoldTarget = (text: string): boolean => text.includes('poet');

/** Strict enough for a warning: a marker as it is written in code or in a comment of its own. */
export const looksMarked = (text: string): boolean => /^[\s/*]*(?:export\s+(?:default\s+)?)?@poet\b/m.test(text) || /\bfrom\s*['"]poetc['"]/.test(text);

/** TypeScript sources, not declarations. */
export const isSourceFile = (path: string): boolean => /\.[cm]?tsx?$/.test(path) && !/\.d\.(?:[^./]+\.)?[cm]?ts$/.test(path);

/** JSON that a stranger may have written: parsed, with what no file of ours can hold refused. */
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { StoreFault } from './store-fault.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject { readonly [key: string]: Json }

export interface JsonPlace {
  /** Path for messages. */
  readonly shown: string;
  /** Absolute path. */
  readonly file: string;
}

/** Beyond this, sums and products of parameters lose digits or overflow; no unit of ours needs it. */
const MAX_MAGNITUDE = 1e15;
const MAX_DEPTH = 32;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** A line of a merge conflict, with the number of the line it starts on. */
const CONFLICT = /^(?:<{7}|>{7})(?: .*)?\r?$/m;

/** 1-based line of the first merge-conflict marker, undefined when there is none. */
export function conflictLine(text: string): number | undefined {
  const match = CONFLICT.exec(text);
  return match === null ? undefined : text.slice(0, match.index).split('\n').length;
}

/**
 * Parses the text of a JSON file whose top is an object.
 * @throws StoreFault POET5004 conflict markers, POET5005 not JSON, POET5006 forbidden keys, numbers out of range, nested too deep
 */
export function readJson(text: string, place: JsonPlace): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const line = conflictLine(text);
    if (line !== undefined) throw new StoreFault(makeDiagnostic('POET5004', { path: place.shown }, { file: place.file, line }));
    if (!(error instanceof SyntaxError)) throw error;
    throw new StoreFault(makeDiagnostic('POET5005', { path: place.shown, found: text.trim() === '' ? 'nothing' : error.message }, { file: place.file, line: 1 }));
  }
  if (!isObject(value)) throw wrongField(place, 'the file', 'an object', value);
  refuseHostile(value, '', 0, place);
  return value;
}

function refuseHostile(value: Json, path: string, depth: number, place: JsonPlace): void {
  if (typeof value === 'number' && !(Math.abs(value) <= MAX_MAGNITUDE)) throw wrongField(place, path, `a number within ±${MAX_MAGNITUDE}`, value);
  if (typeof value !== 'object' || value === null) return;
  if (depth === MAX_DEPTH) throw wrongField(place, path, `nested at most ${MAX_DEPTH} deep`, 'more');
  for (const [key, inner] of Object.entries(value) as [string, Json][]) {
    if (FORBIDDEN_KEYS.has(key)) throw wrongField(place, path === '' ? 'the file' : path, 'free of such keys', key);
    refuseHostile(inner, path === '' ? key : `${path}.${key}`, depth + 1, place);
  }
}

export const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export function wrongField(place: JsonPlace, field: string, expected: string, found: Json | undefined): StoreFault {
  const text = found === undefined ? 'nothing' : JSON.stringify(found);
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return new StoreFault(makeDiagnostic('POET5006', { path: place.shown, field, expected, found: short }, { file: place.file, line: 1 }));
}

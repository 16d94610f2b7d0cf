import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { VersionMetadata } from '../../records/version.ts';
import { isObject, readJson, wrongField, type Json, type JsonObject, type JsonPlace } from './json-text.ts';
import { VERSION_NAME } from './layout.ts';
import { HASH_FIELD, metadataHash } from './metadata-text.ts';
import { StoreFault } from './store-fault.ts';

const SCHEMA = 1;

type Guard = readonly [expected: string, test: (value: Json | undefined) => boolean];

const text: Guard = ['a text', (v) => typeof v === 'string' && v.length <= 10_000];
const hex: Guard = ['hexadecimal digits', (v) => typeof v === 'string' && /^[0-9a-f]{8,128}$/.test(v)];
const sha256: Guard = ['64 hexadecimal digits', (v) => typeof v === 'string' && /^[0-9a-f]{64}$/.test(v)];
const versionName: Guard = ['the name of a version', (v) => typeof v === 'string' && VERSION_NAME.test(v)];
const time: Guard = ['an ISO 8601 time', (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(v)];
const amount: Guard = ['a number from 0', (v) => typeof v === 'number' && v >= 0];
const flag: Guard = ['true or false', (v) => typeof v === 'boolean'];
const optional = ([expected, test]: Guard): Guard => [`${expected}, or missing`, (v) => v === undefined || test(v)];
const object: Guard = ['an object', isObject];
const texts: Guard = ['a list of texts', (v) => Array.isArray(v) && v.length <= 100 && v.every((each) => typeof each === 'string')];

const FIELDS: Readonly<Record<Exclude<keyof VersionMetadata, 'schema'>, Guard>> = {
  function_name: text,
  target: text,
  version: versionName,
  key: hex,
  content_hash: sha256,
  source_hash: text,
  template: object,
  provider: text,
  model: optional(text),
  prompt_hash: optional(text),
  tokens: optional(object),
  cost_usd: optional(amount),
  attempts: optional(texts),
  verdict: object,
  parent: optional(versionName),
  reason: text,
  created_at: time,
};

/**
 * Reads metadata.json; fields that this version of poetc does not know are kept, its own hash is checked and left out.
 * @throws StoreFault POET5004–POET5006, and POET5007 for a schema from the future, which is never guessed at
 */
export function readMetadata(source: string, place: JsonPlace): VersionMetadata {
  const value = readJson(source, place);
  checkSchema(value, place);
  checkFields(value, '', FIELDS, place);
  checkFields(value['template'] as JsonObject, 'template.', { domain: text, version: text, hash: text }, place);
  if (isObject(value['tokens'])) checkFields(value['tokens'], 'tokens.', { input: amount, output: amount }, place);
  for (const [name, check] of Object.entries(value['verdict'] as JsonObject)) {
    if (!isObject(check)) throw wrongField(place, `verdict.${name}`, 'an object', check);
    checkFields(check, `verdict.${name}.`, { ok: flag, detail: text }, place);
  }
  const { [HASH_FIELD]: hash, ...fields } = value;
  // Versions that were stored before there was one have none.
  if (hash !== undefined && hash !== metadataHash(fields)) throw wrongField(place, HASH_FIELD, 'that of the other fields', hash);
  // Every field has just been looked at; the type system cannot follow a table.
  return fields as unknown as VersionMetadata;
}

/**
 * Checks the text of params.json: schema, names, finite numbers, bounds in order.
 * @throws StoreFault as above
 */
export function checkParameters(source: string, place: JsonPlace): void {
  const value = readJson(source, place);
  checkSchema(value, place);
  checkFields(value, '', { objective: optional(text), parameters: object }, place);
  for (const [name, parameter] of Object.entries(value['parameters'] as JsonObject)) {
    if (!/^[A-Za-z_]\w{0,63}$/.test(name)) throw wrongField(place, 'the name of a parameter', 'an identifier', name);
    if (!isObject(parameter)) throw wrongField(place, `parameters.${name}`, 'an object', parameter);
    const number: Guard = ['a number', (v) => typeof v === 'number'];
    checkFields(parameter, `parameters.${name}.`, { initial: number, min: number, max: number, unit: text }, place);
    const { initial, min, max } = parameter as { initial: number; min: number; max: number };
    if (!(min <= initial && initial <= max)) throw wrongField(place, `parameters.${name}.initial`, `within ${min} to ${max}`, initial);
  }
}

function checkSchema(value: JsonObject, place: JsonPlace): void {
  const schema = value['schema'];
  if (typeof schema === 'number' && Number.isInteger(schema) && schema > SCHEMA) {
    throw new StoreFault(makeDiagnostic('POET5007', { path: place.shown, expected: SCHEMA, found: schema }, { file: place.file, line: 1 }));
  }
  if (schema !== SCHEMA) throw wrongField(place, 'schema', String(SCHEMA), schema);
}

function checkFields(value: JsonObject, prefix: string, fields: Readonly<Record<string, Guard>>, place: JsonPlace): void {
  for (const [name, [expected, test]] of Object.entries(fields)) {
    if (!test(value[name])) throw wrongField(place, prefix + name, expected, value[name]);
  }
}

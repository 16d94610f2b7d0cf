import { CONFIG_FIELDS } from './config.ts';
import { isField, type Fields } from './field.ts';

/** JSON Schema (draft-07, what editors understand best) of `poet.config.json`; shipped as `poetc/poet.config.schema.json`. */
export function makeConfigSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'poet.config.json',
    ...describeObject(CONFIG_FIELDS, { $schema: { type: 'string' } }),
  };
}

function describeObject(fields: Fields, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const properties = Object.entries(fields).map(([name, entry]): [string, unknown] => {
    if (!isField(entry)) return [name, describeObject(entry)];
    const fallback = entry.default === undefined ? {} : { default: entry.default };
    return [name, { description: entry.doc, ...entry.check.schema, ...fallback }];
  });
  return { type: 'object', additionalProperties: false, properties: { ...more, ...Object.fromEntries(properties) } };
}

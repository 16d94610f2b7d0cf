/**
 * Where the check lets through what the checker refuses, said in types: the checker is asked again about a literal and a target that
 * differ from the real ones in nothing but the reasons of docs/contract.md. Each line here is one of its rows.
 */
import { liveEntries, type Literal } from './contract-models.ts';

/** The target as the check sees it. */
export function printTargetAtRunTime(target: string): string {
  return target
    // A brand does not exist at run time.
    .replaceAll(/\bBrand\b/g, 'string')
    // A Map that happens to fit a ReadonlySet (of pairs) is refused.
    .replaceAll(/\bReadonlySet</g, 'OnlySet<')
    // A member of a string enum is its text.
    .replaceAll(/\bLevel\b/g, "('low' | 'high')")
    // The rule about weak types (every one of the models ends so): it is off, though not for arrays, functions and primitives.
    .replaceAll('z?: unknown }', 'concat?: never; bind?: never; [key: string]: any }');
}

/** Names that the texts above use. */
export const EXCEPTION_TYPES = 'export type OnlySet<T> = ReadonlySet<T> & { readonly get?: never };';

/** The one row that refuses: the target as `never refuses` sees it. */
export function printTargetOfSets(target: string): string {
  return target.replaceAll(/\bReadonlySet</g, 'OnlySet<');
}

/** Only what has enumerable keys of its own is held against an index signature; built-in objects have none. */
const NO_OWN_KEYS = '{ [key: string]: never }';
const OWN_KEYS: Readonly<Record<string, string>> = {
  Nominal: '{ [key: string]: 1 | 2; [key: number]: never; [key: `x-${string}`]: never }', Structural: '{ [key: string]: 1 | "y"; [key: number]: never; [key: `x-${string}`]: never }',
  Uint8Array: '{ [key: string]: 0; [key: `x-${string}`]: never }',
};
/** An instance of a class may lack a property that may be `undefined`. */
const NEVER_SET = '{ a: undefined; b: undefined; c: undefined; kind: undefined; "x-y": undefined; length: undefined; name: undefined; message: undefined; odd: undefined; value: undefined; n: undefined; [Symbol.iterator]: undefined }';

/** The literal as the check sees it. @param unset whether instances are said to have the properties that they lack, as `undefined` */
export function printLiteralAtRunTime(value: Literal, unset: boolean): string {
  const print = (part: Literal): string => printLiteralAtRunTime(part, unset);
  const union = (items: readonly Literal[]): string => (items.length === 0 ? 'never' : items.map(print).join(' | '));
  switch (value.kind) {
    case 'object':
      return `{ ${Object.entries(value.fields).map(([name, field]) => `${JSON.stringify(name)}: ${print(field)}`).join('; ')} }`;
    case 'list':
      return `[${value.items.map(print).join(', ')}]`;
    case 'map':
      return `(Map<${union(liveEntries(value).map(([key]) => key))}, ${union(liveEntries(value).map(([, item]) => item))}> & ${NO_OWN_KEYS})`;
    case 'set':
      return `(Set<${union(value.items)}> & ${NO_OWN_KEYS})`;
    default:
      return printAtom(value.type, unset);
  }
}

function printAtom(type: string, unset: boolean): string {
  if (OWN_KEYS[type] !== undefined) return `(${type} & ${OWN_KEYS[type]}${unset && type !== 'Uint8Array' ? ` & ${NEVER_SET}` : ''})`;
  // The value of a promise is not looked at.
  if (type.startsWith('Promise<')) return `(Promise<any> & ${NO_OWN_KEYS})`;
  return /^(?:Date|RegExp)$/.test(type) ? `(${type} & ${NO_OWN_KEYS})` : type;
}

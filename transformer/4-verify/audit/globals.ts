/** The pure part of the standard library, by name; everything that is not here is a capability. */

export interface GlobalRule {
  /** Members that may be called or read. */
  readonly members?: ReadonlySet<string>;
  /** `f(…)`. */
  readonly call?: boolean;
  /** `new F(…)`, with at least so many arguments. */
  readonly construct?: number;
  /** May be handed on as a function, as in `.map(Number)`. */
  readonly value?: boolean;
  /** `x instanceof F`, `class A extends F`. */
  readonly heritage?: boolean;
}

const set = (names: string): ReadonlySet<string> => new Set(names.split(' '));
const converter = (members = ''): GlobalRule => ({ call: true, value: true, ...(members !== '' && { members: set(members) }) });
const typedArray: GlobalRule = { construct: 0, members: set('from of BYTES_PER_ELEMENT') };
const error: GlobalRule = { call: true, construct: 0, heritage: true };
const intl: GlobalRule = { construct: 1, members: set('supportedLocalesOf') };

export const GLOBALS: ReadonlyMap<string, GlobalRule> = new Map<string, GlobalRule>([
  ['undefined', { value: true }], ['NaN', { value: true }], ['Infinity', { value: true }],
  ['Math', { members: set('E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 cos cosh exp expm1 floor fround f16round hypot imul log log10 log1p log2 max min pow round sign sin sinh sqrt sumPrecise tan tanh trunc') }],
  ['JSON', { members: set('parse stringify') }],
  ['Number', converter('isFinite isInteger isNaN isSafeInteger parseFloat parseInt EPSILON MAX_SAFE_INTEGER MIN_SAFE_INTEGER MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY')],
  ['String', converter('fromCharCode fromCodePoint raw')],
  ['Boolean', converter()],
  ['BigInt', converter('asIntN asUintN')],
  ['Array', { call: true, construct: 0, members: set('isArray from of fromAsync') }],
  ['Object', { members: set('keys values entries fromEntries assign freeze is hasOwn create groupBy getOwnPropertyNames isFrozen isSealed isExtensible seal') }],
  ['Date', { construct: 1, members: set('now parse UTC') }],
  ['Map', { construct: 0, members: set('groupBy'), heritage: true }], ['Set', { construct: 0, heritage: true }], ['WeakMap', { construct: 0 }], ['WeakSet', { construct: 0 }],
  ['Promise', { construct: 1, members: set('all allSettled race any resolve reject withResolvers') }],
  ...['Error', 'TypeError', 'RangeError', 'SyntaxError', 'URIError', 'EvalError', 'AggregateError'].map((name): [string, GlobalRule] => [name, error]),
  ['RegExp', { call: true, construct: 1 }],
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array']
    .map((name): [string, GlobalRule] => [name, typedArray]),
  ['ArrayBuffer', { construct: 1, members: set('isView') }], ['DataView', { construct: 1 }],
  ['Iterator', { members: set('from') }],
  ['Intl', { members: set('NumberFormat DateTimeFormat Collator PluralRules RelativeTimeFormat ListFormat Segmenter DisplayNames getCanonicalLocales') }],
  ...['parseInt', 'parseFloat', 'isNaN', 'isFinite', 'encodeURIComponent', 'decodeURIComponent', 'encodeURI', 'decodeURI', 'btoa', 'atob'].map((name): [string, GlobalRule] => [name, converter()]),
  ['structuredClone', { call: true }],
  ['URL', { construct: 1, members: set('canParse parse') }], ['URLSearchParams', { construct: 0 }],
  ['TextEncoder', { construct: 0 }], ['TextDecoder', { construct: 0 }],
  ['performance', { members: set('now') }],
  ['setTimeout', { call: true }], ['clearTimeout', { call: true }],
  ['Symbol', { call: true, members: set('iterator asyncIterator') }],
]);

/** Constructors of `Intl`, each of which needs a locale. */
export const INTL: GlobalRule = intl;

/** Objects whose members are pure enough to be handed on: `.map(Math.abs)`. */
export const MEMBERS_AS_VALUES: ReadonlySet<string> = set('Math Number Array String');

/** Interfaces outside of the ECMAScript library files that are as harmless as those inside. */
export const HARMLESS_INTERFACES: ReadonlySet<string> = set('URL URLSearchParams URLSearchParamsIterator TextEncoder TextDecoder TextEncoderCommon TextDecoderCommon TextEncoderEncodeIntoResult Performance');

/** Names that lead from a value to the machinery behind it. */
export const FORBIDDEN_NAMES: ReadonlySet<string> = set(
  'constructor __proto__ prototype __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ caller callee arguments stack stackTraceLimit prepareStackTrace captureStackTrace mainModule binding',
);

/** Methods of the library that change what they are called on, by interface. */
export const MUTATORS: ReadonlySet<string> = set(
  'push pop shift unshift splice sort reverse fill copyWithin set add delete clear append getOrInsert getOrInsertComputed setInt8 setUint8 setInt16 setUint16 setInt32 setUint32 setFloat16 setFloat32 setFloat64 setBigInt64 setBigUint64 ' +
  'setDate setFullYear setHours setMilliseconds setMinutes setMonth setSeconds setTime setUTCDate setUTCFullYear setUTCHours setUTCMilliseconds setUTCMinutes setUTCMonth setUTCSeconds setYear transfer transferToFixedLength resize compile',
);

/** Methods of the library whose answer depends on the machine's locale or time zone, unless told otherwise. */
export const LOCAL_TIME: ReadonlySet<string> = set(
  'getDate getDay getFullYear getHours getMilliseconds getMinutes getMonth getSeconds getTimezoneOffset getYear toDateString toTimeString setDate setFullYear setHours setMinutes setMonth setSeconds',
);
/** Methods → position of the argument that names the locale. */
export const LOCALISED: ReadonlyMap<string, number> = new Map([
  ['toLocaleString', 0], ['toLocaleDateString', 0], ['toLocaleTimeString', 0], ['toLocaleLowerCase', 0], ['toLocaleUpperCase', 0], ['localeCompare', 1],
]);

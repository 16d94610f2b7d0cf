import { makeDiagnostic } from '../diagnostics/registry.ts';
import type { VersionMetadata } from '../../records/version.ts';
import type { Candidate, Plan, Verdict, Version } from '../types.ts';
import type { AtomicWriter } from './atomic-writer.ts';
import { collectVersions } from './collect-versions.ts';
import { contentHash, normalised } from './content-hash.ts';
import { metadataOf, readCurrent, readEdited, readPinned, readVersion, versionNames } from './find-version.ts';
import {
  CODE_FILE, CONTRACT_FILE, CURRENT_FILE, foldedName, HEADER_END, KEEP_VERSIONS, MAX_BYTES, METADATA_FILE, PARAMS_FILE, PINNED_FILE, STAMP_FILE, targetComponents, VERSION_NAME, versionNumber,
} from './layout.ts';
import { readEntry } from './list-entries.ts';
import { metadataText } from './metadata-text.ts';
import type { PlainReader } from './plain-reader.ts';
import { checkParameters } from './read-metadata.ts';
import { stampText } from './stamp.ts';
import { StoreFault } from './store-fault.ts';

export interface SaveRequest {
  readonly plan: Plan;
  readonly candidate: Candidate;
  readonly verdict: Verdict;
  /** TypeScript for editors only: what is in scope of code.ts. */
  readonly header: string;
  /** Why the version was made; default: what the history of the folder says. */
  readonly reason?: string;
  /** Of a model. */
  readonly facts?: ModelFacts;
}

export type ModelFacts = Pick<VersionMetadata, 'model' | 'prompt_hash' | 'tokens' | 'cost_usd' | 'attempts'>;

/**
 * Writes the next version and makes it current, unless another one is pinned; content that is there already for that key is reused instead.
 * The lock must be held.
 *
 * Order: folder, `current`, stamp. Killed between them, a reader still finds the version by its key, and the next save
 * of the same content completes the rest.
 *
 * @throws StoreFault too large, twin folder names, damaged or hostile surroundings, file system errors
 */
export function saveVersion(reader: PlainReader, writer: AtomicWriter, request: SaveRequest, nowMs: number): Version {
  const { plan, candidate, header } = request;
  assertStorable(request);
  refuseOversize(plan.target.id, candidate, header);
  const folder = targetComponents(plan.target.id);
  refuseTwin(reader, folder, plan.target.id);
  writer.makeFolder(folder);
  const names = versionNames(reader, folder);
  const current = currentOrNone(reader, folder);
  const hash = contentHash(candidate);
  const isHeld = holdsAnother(reader, folder, plan);
  const there = credited(reader, writer, identical(reader, folder, names, plan, hash), request);
  const version = there ?? writeNew(reader, writer, request, folder, current, hash, nowMs);
  if (!isHeld) pointTo(reader, writer, folder, version.metadata);
  if (there === undefined && names.length >= KEEP_VERSIONS) collectVersions(writer, [readEntry(reader, folder)], {});
  return version;
}

/**
 * Writes new metadata beside content that was edited by hand and has been verified since: its hash and its verdict.
 * The lock must be held.
 *
 * @param version as `readEdited` gave it
 * @throws StoreFault when the folder changed meanwhile
 */
export function acceptVersion(reader: PlainReader, writer: AtomicWriter, version: Version, plan: Plan, verdict: Verdict): Version {
  if (!verdict.ok) throw new Error(`${plan.target.id}: an edit that failed verification must not be accepted`);
  const folder = targetComponents(plan.target.id);
  const components = [...folder, version.name];
  const now = readEdited(reader, folder, metadataOf(reader, folder, version.name, plan.target.id));
  const hash = contentHash(version.candidate);
  // What was verified is what gets the verdict, not what somebody saved in between.
  if (contentHash(now.candidate) !== hash) throw new StoreFault(makeDiagnostic('POET5009', { path: reader.shown(components), expected: hash.slice(0, 12), found: contentHash(now.candidate).slice(0, 12) }, { file: reader.absolute([...components, CODE_FILE]), line: 1 }));
  const metadata: VersionMetadata = {
    ...version.metadata, key: plan.key, source_hash: plan.sourceHash, template: plan.template, content_hash: hash, provider: 'hand', verdict: verdict.checks, reason: 'edited by hand and accepted',
  };
  writer.putFile([...components, METADATA_FILE], metadataText(metadata));
  pointTo(reader, writer, folder, metadata);
  return { ...version, metadata };
}

/** Whether a version of the same key is pinned: a new one is then kept beside it, and does not ship. A damaged pin may be one of that key. */
function holdsAnother(reader: PlainReader, folder: readonly string[], { key, target }: Plan): boolean {
  try {
    const pinned = readPinned(reader, folder);
    return pinned !== undefined && metadataOf(reader, folder, pinned, target.id).key === key;
  } catch (error) {
    if (error instanceof StoreFault) return true;
    throw error;
  }
}

/** Makes a version the current one, and holds it there. The lock must be held. */
export function pinVersion(reader: PlainReader, writer: AtomicWriter, folder: readonly string[], metadata: VersionMetadata): void {
  writer.putFile([...folder, PINNED_FILE], `${metadata.version}\n`);
  pointTo(reader, writer, folder, metadata);
}

/** What questions to a model came to. */
export type Spent = Required<Pick<VersionMetadata, 'tokens'>> & Pick<VersionMetadata, 'cost_usd'>;

/**
 * Writes down what was tried after a version was made and came to nothing, and adds what that cost to what it says already.
 * Content and hash stay. The lock must be held.
 */
export function noteAttempts(reader: PlainReader, writer: AtomicWriter, targetId: string, name: string, attempts: readonly string[], spent: Spent): void {
  const folder = targetComponents(targetId);
  const metadata = metadataOf(reader, folder, name, targetId);
  writer.putFile([...folder, name, METADATA_FILE], metadataText({ ...metadata, ...addSpent(metadata, spent), attempts: clipAttempts(attempts) }));
}

function addSpent({ tokens, cost_usd }: VersionMetadata, more: Spent): Partial<Spent> {
  const sum = { input: (tokens?.input ?? 0) + more.tokens.input, output: (tokens?.output ?? 0) + more.tokens.output };
  if (sum.input + sum.output === 0) return {};
  return { tokens: sum, ...(more.cost_usd !== undefined && { cost_usd: (cost_usd ?? 0) + more.cost_usd }) };
}

const clipAttempts = (attempts: readonly string[]): readonly string[] => attempts.slice(-MAX_ATTEMPTS).map((text) => text.slice(0, MAX_ATTEMPT_TEXT));

/** Of the latest round; metadata are read by people. */
const MAX_ATTEMPTS = 20;
const MAX_ATTEMPT_TEXT = 2_000;

/** Makes a version the current one, and the stamp say so; writes nothing that is right already. The lock must be held. */
export function pointTo(reader: PlainReader, writer: AtomicWriter, folder: readonly string[], metadata: VersionMetadata): void {
  if (currentOrNone(reader, folder) !== metadata.version) writer.putFile([...folder, CURRENT_FILE], `${metadata.version}\n`);
  putStamp(reader, writer, folder, metadata);
}

/** One above the highest there is, damaged ones included. */
export function nextName(reader: PlainReader, folder: readonly string[]): string {
  const names = reader.folderExists(folder) ? versionNames(reader, folder) : [];
  return `v${versionNumber(names.at(-1) ?? 'v0') + 1}`;
}

export const isCurrent = (reader: PlainReader, folder: readonly string[], metadata: VersionMetadata): boolean =>
  currentOrNone(reader, folder) === metadata.version && stampIsRight(reader, folder, metadata);

/** Writes the stamp unless it is right already; true when it was written. */
export function putStamp(reader: PlainReader, writer: AtomicWriter, folder: readonly string[], metadata: VersionMetadata): boolean {
  if (stampIsRight(reader, folder, metadata)) return false;
  writer.putFile([...folder, STAMP_FILE], stampText(metadata), { durable: false });
  return true;
}

function stampIsRight(reader: PlainReader, folder: readonly string[], metadata: VersionMetadata): boolean {
  try {
    const found = reader.textOf([...folder, STAMP_FILE], MAX_BYTES[STAMP_FILE]);
    return found !== undefined && normalised(found) === stampText(metadata);
  } catch (error) {
    // A link in its place is replaced, not followed.
    if (error instanceof StoreFault) return false;
    throw error;
  }
}

function assertStorable({ plan, candidate, verdict, header }: SaveRequest): void {
  if (!verdict.ok) throw new Error(`${plan.target.id}: a candidate that failed verification must not be stored`);
  if (endedHeader(header).indexOf(HEADER_END) !== endedHeader(header).lastIndexOf(HEADER_END)) throw new Error(`${plan.target.id}: the header holds its own end`);
  for (const text of [candidate.code, candidate.contract, candidate.params]) {
    if (text.includes('\r\n')) throw new Error(`${plan.target.id}: candidates have line feeds; git would change this text`);
  }
}

function refuseOversize(target: string, candidate: Candidate, header: string): void {
  const sizes = [
    [CODE_FILE, endedHeader(header) + candidate.code],
    [CONTRACT_FILE, candidate.contract],
    [PARAMS_FILE, candidate.params],
  ] as const;
  for (const [file, text] of sizes) {
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_BYTES[file]) throw new StoreFault(makeDiagnostic('POET5016', { target, file, maxBytes: MAX_BYTES[file], bytes }));
  }
}

/** On a file system that folds names, `Mean` and `mean` would be one folder and overwrite each other. */
function refuseTwin(reader: PlainReader, folder: readonly string[], target: string): void {
  const own = folder.at(-1) ?? '';
  const parent = folder.slice(0, -1);
  if (!reader.folderExists(parent)) return;
  for (const name of reader.namesIn(parent)) {
    if (name !== own && foldedName(name) === foldedName(own)) throw new StoreFault(makeDiagnostic('POET5017', { target, found: reader.shown([...parent, name]) }));
  }
}

/** A damaged `current` is replaced by what is saved now. */
function currentOrNone(reader: PlainReader, folder: readonly string[]): string | undefined {
  try {
    return readCurrent(reader, folder);
  } catch (error) {
    if (error instanceof StoreFault) return undefined;
    throw error;
  }
}

/** A model that answers with what is there already has been asked, and paid: its version says so, or it would be asked again each time. */
function credited(reader: PlainReader, writer: AtomicWriter, version: Version | undefined, { plan, facts }: SaveRequest): Version | undefined {
  if (version === undefined || facts === undefined || version.metadata.model !== undefined) return version;
  const { tokens, cost_usd } = facts;
  // Added to what refused answers have cost before.
  const metadata: VersionMetadata = { ...version.metadata, ...clipFacts(facts), ...(tokens !== undefined && addSpent(version.metadata, { tokens, ...(cost_usd !== undefined && { cost_usd }) })) };
  writer.putFile([...targetComponents(plan.target.id), version.name, METADATA_FILE], metadataText(metadata));
  return { ...version, metadata: metadataOf(reader, targetComponents(plan.target.id), version.name, plan.target.id) };
}

const clipFacts = (facts: ModelFacts): ModelFacts => ({ ...facts, ...(facts.attempts !== undefined && { attempts: clipAttempts(facts.attempts) }) });

/** A whole version of the same key and content, the newest; damaged ones are stepped over. */
function identical(reader: PlainReader, folder: readonly string[], names: readonly string[], plan: Plan, hash: string): Version | undefined {
  for (const name of [...names].reverse()) {
    try {
      const metadata = metadataOf(reader, folder, name, plan.target.id);
      if (metadata.key === plan.key && metadata.content_hash === hash) return readVersion(reader, folder, metadata);
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
    }
  }
  return undefined;
}

function writeNew(
  reader: PlainReader, writer: AtomicWriter, request: SaveRequest, folder: readonly string[],
  current: string | undefined, hash: string, nowMs: number,
): Version {
  const { candidate } = request;
  const name = nextName(reader, folder);
  const components = [...folder, name];
  if (!VERSION_NAME.test(name)) throw new StoreFault(makeDiagnostic('POET5011', { path: reader.shown(folder), found: name }));
  checkParameters(candidate.params, { shown: reader.shown([...components, PARAMS_FILE]), file: reader.absolute([...components, PARAMS_FILE]) });
  const metadata = makeMetadata(request, name, current, hash, nowMs);
  const header = endedHeader(request.header);
  writer.putFolder(components, {
    [CODE_FILE]: header + candidate.code,
    [CONTRACT_FILE]: candidate.contract,
    [PARAMS_FILE]: candidate.params,
    [METADATA_FILE]: metadataText(metadata),
  });
  return { name, candidate, metadata, folder: reader.absolute(components), header };
}

/** The header with its last line, which the caller may have written already. */
function endedHeader(header: string): string {
  if (header.endsWith(`${HEADER_END}\n`)) return header;
  return `${header === '' || header.endsWith('\n') ? header : `${header}\n`}${HEADER_END}\n`;
}

function makeMetadata({ plan, candidate, verdict, reason, facts }: SaveRequest, version: string, parent: string | undefined, hash: string, nowMs: number): VersionMetadata {
  return {
    schema: 1,
    function_name: plan.target.name,
    target: plan.target.id,
    version,
    key: plan.key,
    content_hash: hash,
    source_hash: plan.sourceHash,
    template: plan.template,
    provider: candidate.provider,
    ...(facts !== undefined && clipFacts(facts)),
    verdict: verdict.checks,
    ...(parent === undefined ? {} : { parent }),
    reason: reason ?? (parent === undefined ? 'first version' : 'source, options or template changed'),
    created_at: new Date(nowMs).toISOString(),
  };
}

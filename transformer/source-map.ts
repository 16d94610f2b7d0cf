import { decode, encode, type SourceMapMappings, type SourceMapSegment } from '@jridgewell/sourcemap-codec';
import { findLineAndColumn, findLineStarts } from './syntax/line-map.ts';
import { findOrigin, type SourceText, type Span } from './rewrite.ts';

/** Version 3 source map, as JSON. */
export interface RawSourceMap {
  version: number;
  file?: string;
  sourceRoot?: string;
  sources: (string | null)[];
  sourcesContent?: (string | null)[];
  names: string[];
  mappings: string;
}

/** What a map of the rewritten text needs to know: which text came from where. */
export interface Mapped {
  readonly text: string;
  readonly spans: readonly Span[];
  /** Source 0 is the author's file. */
  readonly sources: readonly SourceText[];
}

type Place = { source: number; line: number; column: number };

function makeLocator(mapped: Mapped): (offset: number) => Place | undefined {
  const starts = mapped.sources.map((source) => findLineStarts(source.text));
  return (offset) => {
    const origin = findOrigin(mapped.spans, offset);
    if (origin === undefined) return undefined;
    return { source: origin.source, ...findLineAndColumn(starts[origin.source]!, origin.offset) };
  };
}

/**
 * Carries a compiler's map of the rewritten text on to the texts that it was made of.
 *
 * @param map output → rewritten text, one source
 * @param name how the map spells a source of ours; the author's own file keeps the compiler's spelling
 * @returns output → author's file and stored files; segments of written text without a place are dropped,
 * so that a debugger steps over them
 */
export function composeMap(map: RawSourceMap, mapped: Mapped, name: (path: string) => string): RawSourceMap {
  const locate = makeLocator(mapped);
  const lineStarts = findLineStarts(mapped.text);
  const used = new Map<number, number>([[0, 0]]);
  const mappings: SourceMapMappings = decode(map.mappings).map((line) => {
    const out: SourceMapSegment[] = [];
    for (const segment of line) {
      if (segment.length === 1) { out.push(segment); continue; }
      const lineStart = lineStarts[segment[2]];
      const place = lineStart === undefined ? undefined : locate(lineStart + segment[3]);
      if (place === undefined) { if (out.length > 0 && out[out.length - 1]!.length > 1) out.push([segment[0]]); continue; }
      let source = used.get(place.source);
      if (source === undefined) used.set(place.source, (source = used.size));
      out.push(segment.length === 5 ? [segment[0], source, place.line, place.column, segment[4]] : [segment[0], source, place.line, place.column]);
    }
    return out;
  });
  const order = [...used.keys()];
  return {
    ...map,
    sources: order.map((source) => (source === 0 ? map.sources[0] ?? null : name(mapped.sources[source]!.path))),
    ...(map.sourcesContent && { sourcesContent: order.map((source) => mapped.sources[source]!.text) }),
    mappings: encode(mappings),
  };
}

/**
 * A map of the rewritten text itself, for hosts whose compiler composes maps on its own (Vite, Rollup).
 * A segment stands at every start of a word or punctuation run, so that names and calls map exactly.
 */
export function makeMap(mapped: Mapped, name: (path: string) => string): RawSourceMap {
  const locate = makeLocator(mapped);
  const lineStarts = findLineStarts(mapped.text);
  const mappings: SourceMapMappings = lineStarts.map((start, index) => {
    const end = lineStarts[index + 1] ?? mapped.text.length;
    const out: SourceMapSegment[] = [];
    const words = /[\p{ID_Continue}$]+|[^\s\p{ID_Continue}$]/gu;
    const line = mapped.text.slice(start, end);
    for (let word = words.exec(line); word !== null; word = words.exec(line)) {
      const place = locate(start + word.index);
      if (place !== undefined) out.push([word.index, place.source, place.line, place.column]);
      else if (out.length > 0 && out[out.length - 1]!.length > 1) out.push([word.index]);
    }
    return out;
  });
  return {
    version: 3,
    sources: mapped.sources.map((source) => name(source.path)),
    sourcesContent: mapped.sources.map((source) => source.text),
    names: [],
    mappings: encode(mappings),
  };
}

import type ts from 'typescript';
import { completeScript, makeScriptTransformer, type Script } from '../../transformer/6-emit/index.ts';
import type { RawSourceMap } from '../../transformer/source-map.ts';
import type { Ts } from '../../transformer/types.ts';
import { INLINE_MAP, makeSpelling, toInlineMap } from './mapped-writer.ts';

type WriteArguments = Parameters<ts.WriteFileCallback>;

/** Lets the author's program emit files with targets: a transformer that leaves placeholders, and a writer that fills them. */
export interface ScriptWriter {
  withTransformer(transformers: ts.CustomTransformers | undefined): ts.CustomTransformers;
  readonly write: ts.WriteFileCallback;
}

/** @param lose is told of files whose placeholders another transformer has touched: nothing of them is written */
export function makeScriptWriter(
  ts: Ts, options: ts.CompilerOptions, find: (file: ts.SourceFile) => Script | undefined, lose: (file: ts.SourceFile) => void, write: ts.WriteFileCallback,
): ScriptWriter {
  const newLine = options.newLine === ts.NewLineKind.CarriageReturnLineFeed ? '\r\n' : '\n';
  /** The compiler writes a map before the script that it belongs to. */
  const maps = new Map<string, WriteArguments>();
  return {
    withTransformer: (transformers) => ({ ...transformers, before: [makeScriptTransformer(ts, find), ...(transformers?.before ?? [])] }),
    write(...args) {
      const [name, text, bom, onError, from, data] = args;
      const script = from?.length === 1 && !isDeclaration(name) ? find(from[0]!) : undefined;
      if (script === undefined) { write(...args); return; }
      if (name.endsWith('.map')) { maps.set(name.slice(0, -'.map'.length), args); return; }
      const completed = completeScript(script, text, newLine);
      if (completed === undefined) { maps.delete(name); lose(from![0]!); return; }
      const carry = (map: RawSourceMap, at: string): RawSourceMap => completed.map(map, makeSpelling(map, at, script.path));
      const map = maps.get(name);
      if (map !== undefined) {
        maps.delete(name);
        write(map[0], JSON.stringify(carry(JSON.parse(map[1]) as RawSourceMap, map[0])), ...map.slice(2) as [boolean]);
      }
      const inline = INLINE_MAP.exec(completed.text);
      const out = inline === null ? completed.text
        : `${completed.text.slice(0, inline.index)}${toInlineMap(carry(JSON.parse(Buffer.from(inline[1]!, 'base64').toString('utf8')) as RawSourceMap, name))}`;
      write(name, out, bom, onError, from, data);
    },
  };
}

const isDeclaration = (name: string): boolean => /\.d\.[cm]?ts(?:\.map)?$/.test(name);

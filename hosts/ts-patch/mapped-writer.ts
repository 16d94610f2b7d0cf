import { dirname, relative, resolve } from 'node:path';
import type ts from 'typescript';
import type { Rewrite } from '../../transformer/rewrite.ts';
import { composeMap, type RawSourceMap } from '../../transformer/source-map.ts';

export const INLINE_MAP = /\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/** Wraps a writer so that maps lead to the author's file and to `.poet/`, and builders see the author's file as the source. */
export function makeMappedWriter(rewrite: Rewrite, original: ts.SourceFile, write: ts.WriteFileCallback): { readonly write: ts.WriteFileCallback; flush(): void } {
  const held: Parameters<ts.WriteFileCallback>[] = [];
  return {
    write(name, text, bom, onError, _from, data) {
      let out = text;
      if (name.endsWith('.map')) out = JSON.stringify(carry(JSON.parse(text) as RawSourceMap, name, rewrite));
      else {
        const inline = INLINE_MAP.exec(text);
        if (inline) {
          const map = carry(JSON.parse(Buffer.from(inline[1]!, 'base64').toString('utf8')) as RawSourceMap, name, rewrite);
          out = `${text.slice(0, inline.index)}${toInlineMap(map)}`;
        }
      }
      held.push([name, out, bom, onError, [original], data]);
    },
    flush() { for (const args of held) write(...args); },
  };
}

export function toInlineMap(map: RawSourceMap): string {
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
}

function carry(map: RawSourceMap, name: string, rewrite: Rewrite): RawSourceMap {
  return composeMap(map, rewrite, makeSpelling(map, name, rewrite.path));
}

/** How a map spells stored files: the compiler spells the author's file relative to the map or to `mapRoot`, and they follow from that. */
export function makeSpelling(map: RawSourceMap, name: string, path: string): (stored: string) => string {
  const from = findBase(resolve(dirname(name)), map.sources[0] ?? '', path);
  return (stored) => relative(from, stored).replaceAll('\\', '/');
}

/** The folder against which the compiler wrote the author's path. */
function findBase(outputFolder: string, spelled: string, path: string): string {
  for (let folder = outputFolder; ; folder = dirname(folder)) {
    if (resolve(folder, spelled) === resolve(path)) return folder;
    if (dirname(folder) === folder) return outputFolder;
  }
}

import { dirname, relative, resolve } from 'node:path';
import type ts from 'typescript';
import type { Rewrite } from '../../transformer/rewrite.ts';
import { composeMap, type RawSourceMap } from '../../transformer/source-map.ts';

const INLINE = /\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

/** Wraps a writer so that maps lead to the author's file and to `.poet/`, and builders see the author's file as the source. */
export function makeMappedWriter(rewrite: Rewrite, original: ts.SourceFile, write: ts.WriteFileCallback): { readonly write: ts.WriteFileCallback; flush(): void } {
  const held: Parameters<ts.WriteFileCallback>[] = [];
  return {
    write(name, text, bom, onError, _from, data) {
      let out = text;
      if (name.endsWith('.map')) out = JSON.stringify(carry(JSON.parse(text) as RawSourceMap, name, rewrite));
      else {
        const inline = INLINE.exec(text);
        if (inline) {
          const map = carry(JSON.parse(Buffer.from(inline[1]!, 'base64').toString('utf8')) as RawSourceMap, name, rewrite);
          out = `${text.slice(0, inline.index)}//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
        }
      }
      held.push([name, out, bom, onError, [original], data]);
    },
    flush() { for (const args of held) write(...args); },
  };
}

function carry(map: RawSourceMap, name: string, rewrite: Rewrite): RawSourceMap {
  // The compiler spells the author's file relative to the map or to `mapRoot`; stored files follow from that spelling.
  const spelled = map.sources[0] ?? '';
  const from = findBase(resolve(dirname(name)), spelled, rewrite.path);
  return composeMap(map, rewrite, (path) => relative(from, path).replaceAll('\\', '/'));
}

/** The folder against which the compiler wrote the author's path. */
function findBase(outputFolder: string, spelled: string, path: string): string {
  for (let folder = outputFolder; ; folder = dirname(folder)) {
    if (resolve(folder, spelled) === resolve(path)) return folder;
    if (dirname(folder) === folder) return outputFolder;
  }
}

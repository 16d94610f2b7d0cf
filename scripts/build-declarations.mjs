import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import ts from 'typescript';

/**
 * A plugin's JavaScript is `module.exports = plugin`; its declaration has to say the same, or importers under
 * `module: node16` see a default export one level too deep. `export =` leaves no room for exported types: they stay
 * in the file unexported.
 */
function exportAssignment(code) {
  const match = /export \{ ([\w$]+) as default \};\s*(?:export type \{[^}]*\};\s*)?$/.exec(code);
  if (match === null) throw new Error(`a plugin exports its default and types, no other values:\n${code.slice(-300)}`);
  return `${code.slice(0, match.index)}export = ${match[1]};\n`;
}

/**
 * Declarations of the entries and of the files that those name, from one program. The rest of the transformer, most of it,
 * is never asked for: emitting a declaration makes the checker work through the file.
 */
function emitDeclarations(root, folder, sources) {
  const parsed = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.build.json'), { outDir: folder, rootDir: root }, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => { throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')); },
  });
  const files = new Set(sources.map((source) => join(root, source)));
  const program = ts.createProgram([...files], parsed.options);
  for (const file of files) {
    const writeFile = (path, text) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      for (const { fileName } of ts.preProcessFile(text).importedFiles) if (fileName.startsWith('.')) files.add(join(dirname(file), fileName));
    };
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`declarations: ${file} is named by a declaration and not in the program`);
    const { diagnostics } = program.emit(source, writeFile, undefined, true);
    if (diagnostics.length > 0) {
      throw new Error(`declarations: ${ts.formatDiagnostics(diagnostics, { getCurrentDirectory: () => root, getCanonicalFileName: (name) => name, getNewLine: () => '\n' })}`);
    }
  }
}

/** See `runtimeByName` in build-scripts.mjs: the same, for types. */
const runtimeByName = {
  name: 'runtime-by-name',
  resolveId: (id) => (/\/runtime\/(node\/)?index\.ts$/.test(id) ? { id: 'poetc/runtime', external: true } : null),
};

async function bundle(folder, entry) {
  const job = await rollup({
    input: join(folder, entry.source.replace(/\.ts$/, '.d.ts')),
    external: (id) => !/^(\.|\/|[A-Za-z]:)/.test(id),
    plugins: [...(entry.name === 'index' ? [runtimeByName] : []), dts()],
    onwarn: (warning) => { throw new Error(warning.message); },
  });
  const { output } = await job.generate({ format: 'es' });
  await job.close();
  if (output.length !== 1) throw new Error(`became ${output.length} files`);
  return output[0].code;
}

/**
 * One self-contained declaration file for each entry and module kind. ESM and CommonJS get the same text under two
 * names, since node16 resolution takes a declaration's module kind from its extension.
 *
 * @returns names of the files written in `dist`, and one line for each entry that failed
 */
export async function bundleDeclarations(root, dist, entries) {
  const files = [];
  const faults = [];
  const folder = mkdtempSync(join(tmpdir(), 'poetc-types-'));
  try {
    emitDeclarations(root, folder, entries.map((entry) => entry.source));
    for (const entry of entries) {
      try {
        const code = await bundle(folder, entry);
        const outputs = { '.d.cts': entry.shape === 'plugin' ? exportAssignment(code) : code, ...(entry.shape === 'dual' && { '.d.mts': code }) };
        for (const [extension, text] of Object.entries(outputs)) {
          writeFileSync(join(dist, entry.name + extension), text);
          files.push(entry.name + extension);
        }
      } catch (error) {
        faults.push(`${entry.name}: declarations: ${error.message}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { files, faults };
}

/** A corpus of candidates: `<dir>/*.ts`, each a module of phases below a header line of JSON that names its subject. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CorpusFile {
  readonly file: string;
  readonly id: string;
  readonly subject: string;
  readonly expected: 'accept' | 'reject';
  readonly category: string;
  readonly act: string;
  /** The layer that is expected to refuse it first. */
  readonly by: string | undefined;
  readonly hard: boolean;
  /** Names that exist in the author's file. */
  readonly scope: readonly string[];
  /** Argument lists, source text of an array. */
  readonly triggers: string | undefined;
  /** Folder of the corpus's subjects. */
  readonly subjects: string;
  /** The module without its header line. */
  readonly code: string;
}

/** @param subjects folder of the functions that the candidates stand for */
export function readCorpus(folder: string, expected: 'accept' | 'reject', subjects = join(folder, '../subjects')): readonly CorpusFile[] {
  const index = existsSync(join(folder, 'index.json')) ? (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Record<string, unknown>[]) : [];
  const byFile = new Map(index.map((entry) => [entry['file'], entry]));
  return readdirSync(folder).filter((name) => name.endsWith('.ts')).sort().map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const end = text.indexOf('\n');
    const head = { ...(JSON.parse(text.slice(0, end).replace(/^\/\/\s*/, '')) as Record<string, unknown>), ...byFile.get(file) };
    const said = (name: string): string | undefined => (typeof head[name] === 'string' ? head[name] : undefined);
    return {
      file, expected, id: said('id') ?? file.replace(/\.ts$/, ''), subject: said('subject') ?? '', category: said('category') ?? '', act: said('act') ?? '', by: said('by'),
      hard: head['hard'] === true || typeof head['hard'] === 'string', scope: Array.isArray(head['scope']) ? (head['scope'] as string[]) : [],
      triggers: said('trigger') ?? said('triggers'), subjects, code: text.slice(end + 1),
    };
  });
}

export function readSubject(folder: string, subject: string): string {
  return readFileSync(join(folder, `${subject}.ts`), 'utf8');
}

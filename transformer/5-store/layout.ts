/** Where things are inside `.poet/`. Names only; nothing here touches the disk. */
import { makeDiagnostic } from '../diagnostics/registry.ts';
import { StoreFault } from './store-fault.ts';

export const STORE_FOLDER = '.poet';
/** Half-made versions and locks; ignored by git, on the file system of `.poet/` so that renames are atomic. */
export const TEMPORARY_FOLDER = '.tmp';

export const CODE_FILE = 'code.ts';
export const CONTRACT_FILE = 'contract.ts';
export const PARAMS_FILE = 'params.json';
export const METADATA_FILE = 'metadata.json';
export const CURRENT_FILE = 'current';
export const STAMP_FILE = 'stamp.d.ts';
/** Names the version that stays current among those of its key, whatever comes after it. */
export const PINNED_FILE = 'pinned';

export const VERSION_FILES = [CODE_FILE, CONTRACT_FILE, PARAMS_FILE, METADATA_FILE] as const;
export type VersionFile = (typeof VERSION_FILES)[number];

/** Most bytes that are read of each file. Ten versions at these limits stay below 10 MB a function. */
export const MAX_BYTES: Readonly<Record<VersionFile | typeof CURRENT_FILE | typeof STAMP_FILE | typeof PINNED_FILE, number>> = {
  [CODE_FILE]: 64 * 1024,
  [CONTRACT_FILE]: 512 * 1024,
  [PARAMS_FILE]: 128 * 1024,
  [METADATA_FILE]: 128 * 1024,
  [CURRENT_FILE]: 4096,
  [STAMP_FILE]: 4096,
  [PINNED_FILE]: 4096,
};

/** Versions kept for a function; its current one and the pinned one always stay. */
export const KEEP_VERSIONS = 10;

export const VERSION_NAME = /^v[1-9]\d{0,5}$/;

export const versionNumber = (name: string): number => Number(name.slice(1));

/** `v10` after `v9`. */
export const byVersion = (a: string, b: string): number => versionNumber(a) - versionNumber(b);

/** Line that ends the header of code.ts; everything up to it is for editors only. */
export const HEADER_END = '// ---- header ends ----';

// Characters and names that Windows refuses. `%` itself is encoded too, which makes the encoding reversible.
const FORBIDDEN = /[<>:"/\\|?*%\u0000-\u001f\u007f]/g;
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=$|\.)/i;

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;

/** Folder name of a function; equal to its name unless that holds characters that some file system refuses. */
export function folderName(name: string): string {
  return name
    .replace(FORBIDDEN, percent)
    .replace(/[. ]$/, percent)
    .replace(RESERVED, (word) => percent(word[0] ?? '') + word.slice(1));
}

/** Inverse of `folderName`. */
export function nameOfFolder(folder: string): string {
  return folder.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** What a case-insensitive, normalising file system takes two names to be. */
export const foldedName = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * Path of a target's folder below `.poet/`, as its components.
 *
 * @param targetId `<module path>#<function>`; the function part may hold further `#` (private methods)
 * @throws StoreFault POET5018 when the module path is empty, absolute, or climbs out of the project
 */
export function targetComponents(targetId: string): string[] {
  const hash = targetId.indexOf('#');
  const modules = targetId.slice(0, hash).split('/');
  const escapes = modules.some((part) => part === '' || part === '.' || part === '..' || part.includes('\\') || part.includes('\0'));
  if (hash < 1 || escapes || hash === targetId.length - 1 || /^[A-Za-z]:/.test(targetId)) {
    throw new StoreFault(makeDiagnostic('POET5018', { target: targetId }));
  }
  return [...modules, folderName(targetId.slice(hash + 1))];
}

/** Path of a target's folder below `.poet/`, posix. */
export const targetFolder = (targetId: string): string => targetComponents(targetId).join('/');

/** Inverse of `targetComponents`. */
export function targetIdOf(components: readonly string[]): string {
  return `${components.slice(0, -1).join('/')}#${nameOfFolder(components.at(-1) ?? '')}`;
}

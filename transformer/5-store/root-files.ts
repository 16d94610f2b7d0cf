/** The files at the top of `.poet/`; written when missing, never over what a user made of them. */

// A source folder may be called `events` too. Its versions lie below a folder named like a module (`events/bus.ts/`),
// run-time files do not: so everything is ignored but what is in such a folder.
const runtimeFolder = (name: string): string[] => [
  `/${name}/**`,
  `!/${name}/**/`,
  ...['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'].map((extension) => `!/${name}/**/*.${extension}/**`),
];

const GITIGNORE = [
  '# Versions are committed and reviewed like source; what programs write here while they run is not.',
  ...['events', 'feedback', 'state'].flatMap(runtimeFolder),
  '/disable',
  '*.lock',
  '/.tmp/',
  '',
].join('\n');

const GITATTRIBUTES = [
  '# Hashes are taken over line feeds; metadata is for machines, code.ts is there to be read.',
  '* text eol=lf',
  'metadata.json linguist-generated',
  '',
].join('\n');

const TSCONFIG = `{
  // For editors only: it lets them follow the names in code.ts. Nothing is built with it.
  "compilerOptions": {
    "target": "ES2022",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "allowImportingTsExtensions": true,
    "noEmit": true,
    "strict": true,
    "skipLibCheck": true
  },
  "include": ["**/code.ts", "**/contract.ts"]
}
`;

export const ROOT_FILES: Readonly<Record<string, string>> = {
  '.gitignore': GITIGNORE,
  '.gitattributes': GITATTRIBUTES,
  'tsconfig.json': TSCONFIG,
};

// npm run corpus -- <dir>: what poetc does to somebody else's project. See docs/corpus.md.
import { runTypeScript } from './run-typescript.mjs';

process.exitCode = await runTypeScript('scripts/corpus/main.ts', process.argv.slice(2));

import { runTypeScript } from './run-typescript.mjs';

process.exitCode = await runTypeScript('scripts/verify-score/main.ts', process.argv.slice(2));

// npm run bench [-- name …] [--check]: see docs/benchmarks.md.
import { runTypeScript } from '../scripts/run-typescript.mjs';

process.exitCode = await runTypeScript('bench/main.ts', process.argv.slice(2));

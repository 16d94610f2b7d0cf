import { runCorrupted } from './corrupted.js';
import { makeReport } from './report.js';

const part = process.argv[2];
if (part === undefined || part === 'report') for (const line of await makeReport()) console.log(line);
if (part === undefined || part === 'corrupted') for (const line of await runCorrupted()) console.log(line);

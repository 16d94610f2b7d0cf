import { runCli } from './run-cli.ts';
import { processTerminal } from './terminal.ts';

// `poet status | head` closes the pipe early: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// A bug of ours rejects here, and Node prints it whole. The exit code is set, not forced: pipes still empty themselves.
void runCli(process.argv.slice(2), processTerminal()).then((exitCode) => { process.exitCode = exitCode; });

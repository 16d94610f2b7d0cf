/** Runs modules of a project's own templates: they come with pull requests, so never in this process. */
import { spawnSync } from 'node:child_process';
import type { ModuleAnswer, ModuleRequest } from '../transformer/4-verify/behaviour/main.ts';
import type { RunTemplateModule } from '../transformer/template-module.ts';
import { childEnvironment, findProgram } from './prover.ts';

/** @param program path of prove.cjs; default: beside this file's bundle */
export function makeTemplateRunner(program?: string): RunTemplateModule {
  return (source, exportName, args) => {
    const request: ModuleRequest = { index: 0, module: { source, exportName, args: JSON.stringify(args) } };
    const { stdout, error } = spawnSync(process.execPath, [program ?? findProgram()], {
      input: `${JSON.stringify(request)}\n`, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'], maxBuffer: 1 << 26, env: childEnvironment(),
    });
    if (error) throw error;
    const answer = stdout === '' ? undefined : JSON.parse(stdout) as ModuleAnswer;
    if (answer === undefined) throw new Error('the sandbox ended early');
    if (answer.failure !== undefined) throw new Error(answer.failure);
    return answer.result === undefined ? undefined : JSON.parse(answer.result);
  };
}

import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** Nanoseconds a call of one slice of work, by the clock and by the processor time of the whole process. */
export interface Slice { readonly wall: number; readonly cpu: number }

/** A contender's process; one request at a time. */
export interface Contender {
  readonly name: string;
  ask<T>(job: string, details?: object): Promise<T>;
  close(): void;
}

/** @param name `<module>` or `<module>:<function>` of the compiled project @throws Error when the process does not come up */
export async function startContender(root: string, name: string, env: Readonly<Record<string, string>>): Promise<Contender> {
  const [module = '', fn = 'charge'] = name.split(':');
  const child: ChildProcess = fork(join(root, 'contender.mjs'), [module, fn], { cwd: root, env: { ...process.env, NODE_ENV: 'production', ...env } });
  let settle: { resolve(result: unknown): void; reject(error: Error): void } | undefined;
  child.on('message', ({ result, error }: { readonly result?: unknown; readonly error?: string }) => (error === undefined ? settle?.resolve(result) : settle?.reject(new Error(error))));
  child.on('exit', () => settle?.reject(new Error(`${name} ended`)));
  const answer = (): Promise<unknown> => new Promise((resolve, reject) => { settle = { resolve, reject }; });
  await answer();
  return {
    name: module,
    async ask<T>(job: string, details: object = {}): Promise<T> {
      const answered = answer();
      child.send({ job, ...details });
      return (await answered) as T;
    },
    close: () => { child.kill('SIGKILL'); },
  };
}

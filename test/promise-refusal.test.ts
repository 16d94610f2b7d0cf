/** A function that returns promises without being `async`: what its Perceive refuses rejects the promise, and never throws in the caller's face. */
import { makeTempProject, PLUGIN, PAIRS } from './support/temp-project.ts';

const CONFIG = JSON.stringify({ compilerOptions: { strict: true, module: 'nodenext', target: 'ES2022', rootDir: 'src', outDir: 'dist', skipLibCheck: true, types: [], plugins: [PLUGIN] }, include: ['src'] });
const SOURCE = `
declare const console: { log(text: string): void };
/** @poet perceive=strict */
export function load(id: string): Promise<string> { return Promise.resolve(id.toUpperCase()); }
export class Store {
  #suffix = '!';
  /** @poet perceive=strict */
  find(this: Store, id: string): Promise<string> { return Promise.resolve(id + this.#suffix); }
}
/** The same without a promise: this one throws. */
/** @poet perceive=strict */
export function half(n: number): number { return n / 2; }

async function tell(name: string, call: () => unknown): Promise<void> {
  const told = (error: unknown): string => { const { name: kind, code, path, expected } = error as Record<string, string>; return [kind, code, path, expected].join(' '); };
  let result: unknown;
  try { result = call(); } catch (error) { console.log(name + ' threw ' + told(error)); return; }
  const isPromise = result instanceof Promise;
  try { console.log(name + ' gave ' + String(await result)); } catch (error) { console.log(name + (isPromise ? ' rejected ' : ' is no promise ') + told(error)); }
}
await tell('load', () => load('a'));
await tell('load', () => load(7 as never));
await tell('find', () => new Store().find('a'));
await tell('find', () => new Store().find(7 as never));
await tell('half', () => half('x' as never));
`;

it('rejects with the PerceiveError; a function without a promise throws it', () => {
  const project = makeTempProject(PAIRS[0], { 'tsconfig.json': CONFIG, 'src/main.ts': SOURCE });
  try {
    expect(project.tspc('-p', '.')).toEqual({ code: 0, out: '', err: '' });
    const { code, out, err } = project.node(['dist/main.js'], { POET_RUNTIME_DIR: '' });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'load gave A', 'load rejected PerceiveError POET7001 $input.id string',
      'find gave a!', 'find rejected PerceiveError POET7001 $input.id string',
      'half threw PerceiveError POET7001 $input.n number', '',
    ]);
  } finally {
    project.remove();
  }
});

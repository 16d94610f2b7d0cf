import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(__filename);
const door = JSON.stringify(join(__dirname, '..', 'index.ts'));

const COMMON = `
import { poet } from ${door};
type Same<X, Y> = (<T>() => T extends X ? 1 : 2) extends (<T>() => T extends Y ? 1 : 2) ? true : false;
export class Shop {
  @poet() async fetchUser(id: string): Promise<number> { return id.length; }
  @poet({ domain: 'ml_monitoring', optimizeFor: 'accuracy' }) static pick<T>(x: T): T { return x; }
  @poet({ domain: 'of-my-own' }) private bound(this: Shop, n?: number): number { return n ?? this.bound(1); }
  // @ts-expect-error a field is no method
  @poet() field = 1;
  // @ts-expect-error nor is an accessor
  @poet() get total(): number { return 1; }
  // @ts-expect-error options are checked
  @poet({ retries: '3' }) wrong(): void {}
  // @ts-expect-error the parentheses are needed
  @poet bare(): void {}
}
// @ts-expect-error nor is a class
@poet() export class Marked {}
// @ts-expect-error an unknown option
poet({ domian: 'x' });
// @ts-expect-error an unknown mode
poet({ perceive: 'lenient' });

const plain = { literal: () => 'a', guard: (x: unknown): x is string => typeof x === 'string' };
export const literal = poet({}, () => 'a');
export const guard = poet({}, (x: unknown): x is string => typeof x === 'string');
export const generic = poet({ domain: 'base' }, function <T extends object>(this: Date, x: T, ...rest: number[]): T { void rest; return x; });
export const same: [Same<typeof literal, typeof plain.literal>, Same<typeof guard, typeof plain.guard>] = [true, true];
export const sameGeneric: Same<typeof generic, <T extends object>(this: Date, x: T, ...rest: number[]) => T> = true;
`;
const PRIVATE = `
export class Vault { @poet() #open(key: string): boolean { return key === ''; } try(): boolean { return this.#open(''); } }
`;

function compile(compiler: string, source: string, ...flags: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'poetc-types-'));
  try {
    const file = join(dir, 'source.ts');
    writeFileSync(file, source);
    const options = { strict: true, noEmit: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', allowImportingTsExtensions: true, skipLibCheck: true, types: [], ...Object.fromEntries(flags.map((flag) => [flag, true])) };
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: [file] }));
    return spawnSync(process.execPath, [require.resolve(`${compiler}/lib/tsc.js`), '-p', dir], { encoding: 'utf8' }).stdout;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe.each(['typescript', 'typescript-5.9'])('the type of poet under %s', (compiler) => {
  it('checks with standard decorators, #private methods too', () => expect(compile(compiler, COMMON + PRIVATE)).toBe(''));
  it('checks with legacy decorators', () => expect(compile(compiler, COMMON, 'experimentalDecorators')).toBe(''));
  it('is seen by the compiler at all', () => expect(compile(compiler, `${COMMON}\nexport const n: number = literal();`)).toContain('TS2322'));
});

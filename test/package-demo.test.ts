import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** `npm run demo` without its build: examples/river-flow from the packed tarball. It fails by itself where enhanced and plain results differ. */
describe('npm run demo', () => {
  let text = '';
  beforeAll(() => {
    text = execFileSync(process.execPath, ['scripts/demo.mjs', '--no-build'], { cwd: join(__dirname, '..'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }, 300_000);

  it('gives the known results on real data, and the same ones as plain tsc', () => {
    // The level shift of the Nile after 1898, from 1098 to 850, is the textbook result for this series (R, package strucchange).
    expect(text).toContain('Nile changed its level after 1898: from 1097.8 to 850.0');
    expect(text).toContain('Ozone in month 6: 29.4 ppb (9 days measured, 21 missing)');
    expect(text).toContain('compiled by plain tsc prints the same, byte for byte');
  });

  it('corrects numbers that came as strings', () => {
    expect(text).toContain('strings for numbers: {"years":3,"mean":1081,"lowest":963,"lowestYear":1873,"highest":1160,"highestYear":1872}');
    expect(text).toMatch(/^perceive\.corrected +\$input\.years\[0\]\.flow +number/m);
  });

  it('names path, expected and received of what it refuses', () => {
    expect(text).toMatch(/\$input\.years\[1\]\.flow: expected number.*, received undefined/);
    expect(text).toMatch(/\$input\.years: expected FlowYear\[\], received object/);
    expect(text).toMatch(/\$input\.days\[0\]\.month: expected number.*, received number 13/);
    expect(text).toMatch(/\$output\[2\]\.flow: expected number.*, received number NaN/);
  });

  it('counts it all from the events', () => {
    expect(text).toMatch(/^src\/flow\.ts#summarise +3 +1 +1 +0 +1$/m);
    expect(text).toMatch(/^src\/read-csv\.ts#readFlow +2 +0 +0 +1 +1$/m);
  });
});

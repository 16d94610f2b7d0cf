import { buildForms, MODULE_KINDS, readDeclarations, SPELLINGS, type FormBuild } from './support/forms.ts';
import { readForms } from '../scripts/docs-spellings.ts';
import { PAIRS, REPO } from './support/temp-project.ts';

// Every spelling × function form × module kind × TypeScript: real compilers, and the results are run.
for (const pair of PAIRS) {
  for (const kind of MODULE_KINDS) {
    describe.each(SPELLINGS)(`%s, ${kind.name}, ${pair.name}`, (spelling) => {
      let build: FormBuild;
      beforeAll(() => { build = buildForms(spelling, kind, pair); });
      afterAll(() => build?.project.remove());

      it('compiles without a word', () => {
        expect(build.built).toEqual({ code: 0, out: '', err: '' });
      });

      it('makes a version of every function that docs/spellings.md counts', () => {
        const marked: Record<string, number> = {};
        for (const { file } of readForms(REPO, spelling)) if (build.sources.includes(file)) marked[file] = (marked[file] ?? 0) + 1;
        expect(build.versions).toEqual(marked);
      });

      it('gives the original results inside the contract', () => {
        expect(build.enhanced.map(({ file, calls }) => ({ file, calls }))).toEqual(build.plain.map(({ file, calls }) => ({ file, calls })));
      });

      it('refuses what the types forbid', () => {
        const let_through = build.enhanced.flatMap(({ file, refused }) => refused.flatMap((r, i) => (/^PerceiveError/.test(r.error ?? '') ? [] : [{ file, i, ...r }])));
        expect(let_through).toEqual([]);
      });

      it('keeps names, lengths and kinds of functions', () => {
        expect(build.enhanced.map(({ functions }) => functions)).toEqual(build.plain.map(({ functions }) => functions));
      });

      it('runs the originals under POET_DISABLE', () => {
        expect(build.disabled).toEqual(build.plain);
      });

      it("has plain tsc's declarations, byte for byte", () => {
        expect(readDeclarations(build.project, 'dist')).toEqual(readDeclarations(build.project, 'plain'));
      });
    });
  }
}

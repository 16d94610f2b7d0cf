import { buildForms, MODULE_KINDS } from './support/forms.ts';
import { PAIRS } from './support/temp-project.ts';
it('try', () => {
  const b = buildForms((process.env['SP'] ?? 'jsdoc') as never, MODULE_KINDS[Number(process.env['MK'] ?? 0)]!, PAIRS[Number(process.env['PR'] ?? 0)]!);
  process.stdout.write(b.project.root + '\n' + b.built.out.slice(0, 4000) + '\nERR ' + b.built.err.slice(0, 6000) + '\n');
  for (const e of b.enhanced) {
    const p = b.plain.find((x) => x.file === e.file)!;
    e.calls.forEach((c, i) => { if (JSON.stringify(c) !== JSON.stringify(p.calls[i])) process.stdout.write(`${e.file} call ${i}: ${JSON.stringify(c)} vs ${JSON.stringify(p.calls[i])}\n`); });
    e.refused.forEach((c, i) => { if (!/^PerceiveError/.test(c.error ?? '')) process.stdout.write(`${e.file} refused ${i}: ${JSON.stringify(c)}\n`); });
    if (JSON.stringify(e.functions) !== JSON.stringify(p.functions)) process.stdout.write(`${e.file} functions ${JSON.stringify(e.functions)} vs ${JSON.stringify(p.functions)}\n`);
  }
});

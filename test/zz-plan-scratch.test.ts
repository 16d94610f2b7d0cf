import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { planAll } from './plan-targets.ts';
import { makeHeader } from '../transformer/3-generate/header.ts';
import { checkShape } from '../transformer/4-verify/shape.ts';
it('prints', () => {
  const all = planAll({ 'src/a.ts': readFileSync('/tmp/plan/x/a.ts', 'utf8'), 'src/b.ts': readFileSync('/tmp/plan/x/b.ts', 'utf8') });
  let out = '';
  for (const plan of all.plans) {
    const c = all.candidate(plan.target.name);
    const shape = checkShape(c, plan, all.ctx);
    out += `\n=========== ${plan.target.id} ${plan.target.effects.kind}: ${plan.target.effects.reason} [${plan.dependencies}] ${plan.key.slice(0, 8)} ${shape.ok} ${shape.detail}\n`;
    out += makeHeader(plan, c, all.ctx, { checker: all.checker, versionFolder: `.poet/${plan.target.modulePath}/${plan.target.name}/v1` }) + c.code;
  }
  require('node:fs').writeFileSync('/tmp/plan/x/out.txt', out);
});

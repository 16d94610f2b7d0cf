import type { Plan, Version } from '../types.ts';
import type { BehaviourVerdict } from './behaviour/subject.ts';

export interface CostLimits { readonly maxSizeRatio: number; readonly maxTimeRatio: number }

/** Small functions may grow by checks and comments alone. */
const FREE_BYTES = 4_096;
/** What a call may cost more in any case, microseconds; below it the sandbox measures itself. */
const FREE_US = 50;

/**
 * Whether a version costs about what the original does: length of code.ts against the author's function, and processor time of the
 * calls that the behaviour check compared, where it ran them.
 */
export function checkCost({ target }: Plan, { candidate }: Version, { cpuUs, inputs }: BehaviourVerdict, limits: CostLimits): { readonly ok: boolean; readonly detail: string } {
  const [own, made] = [target.node.getWidth(target.sourceFile), candidate.code.length];
  if (target.stub) {
    // Its constant says nothing of how long, or how quick, an implementation may be.
    const most = FREE_BYTES * limits.maxSizeRatio;
    return made > most ? { ok: false, detail: `code.ts is ${made} characters long, ${most} are allowed for a stub` } : { ok: true, detail: `${made} characters; a stub has no length to compare with` };
  }
  if (made > FREE_BYTES && made > own * limits.maxSizeRatio) return { ok: false, detail: `code.ts is ${(made / own).toFixed(1)} times as long as the original, ${limits.maxSizeRatio} are allowed` };
  const size = `${(made / own).toFixed(1)} times the original's length`;
  if (cpuUs === undefined || inputs === 0) return { ok: true, detail: size };
  const [before, after] = [cpuUs.original / inputs, cpuUs.enhanced / inputs];
  const ratio = after / Math.max(before, 1);
  if (after - before > FREE_US && ratio > limits.maxTimeRatio) return { ok: false, detail: `a call takes ${ratio.toFixed(1)} times the original's processor time (${Math.round(after)} µs against ${Math.round(before)} µs), ${limits.maxTimeRatio} are allowed` };
  return { ok: true, detail: `${size}, ${Math.round(after)} µs a call in the sandbox against ${Math.round(before)} µs` };
}

import { checkCost } from '../transformer/4-verify/cost.ts';
import { readAnswer } from '../transformer/model-answer.ts';
import type { Plan, Version } from '../transformer/types.ts';
import { planAll } from './plan-targets.ts';

const CODE = 'export function operatePrime(): number {\n  return 1;\n}\n';

describe('what a model answers', () => {
  it.each<[string, string]>([
    ['as it was asked to', JSON.stringify({ code: CODE })],
    ['with the line that ends a block of the prompt', JSON.stringify({ code: `${CODE}===== a14f4e9cb40e92b0 end\n` })],
    ['in a fence', `Here it is:\n\`\`\`ts\n${CODE}\`\`\`\n`],
    ['with the line ends of another system', JSON.stringify({ code: CODE.replaceAll('\n', '\r\n') })],
  ])('%s is the same code', (_, text) => expect(readAnswer(text)).toEqual({ code: CODE }));
});

describe('the cost of a stub', () => {
  const costOf = (source: string, length: number): boolean => {
    const [plan] = planAll(source).plans as [Plan];
    const version = { candidate: { provider: 'x', code: 'x'.repeat(length), contract: '', params: '' } } as unknown as Version;
    return checkCost(plan, version, { status: 'equal', reason: '', inputs: 1, discarded: 0 }, { maxSizeRatio: 10, maxTimeRatio: 10 }).ok;
  };
  it('is not held against the length of its constant', () => {
    const source = (body: string): string => `/** @poet domain=ml_monitoring */ export function hasDrifted(a: number[], b: number[]): boolean { ${body} }`;
    expect([costOf(source('return false;'), 20_000), costOf(source('return false;'), 50_000), costOf(source('return a.length > b.length;'), 20_000)]).toEqual([true, false, false]);
  });
});

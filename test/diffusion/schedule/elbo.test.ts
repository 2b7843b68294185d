import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betaSchedule } from '../../../src/diffusion/schedule/beta-schedule.ts';
import { createChain } from '../../../src/diffusion/schedule/chain.ts';
import { elboTerms } from '../../../src/diffusion/schedule/elbo.ts';
import { posterior } from '../../../src/diffusion/schedule/posterior.ts';
import { plain, plainOps } from '../plain-ops.ts';

const c = 0.6; // the data: N(0, c)
// x_0 and noise each +-1 standard deviation: the average of these four is the exact expectation of anything quadratic
const x0 = plain(
  [1, 1, -1, -1].map((v) => v * Math.sqrt(c)),
  [4, 1],
);
const noise = plain([1, -1, 1, -1], [4, 1]);
const average = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;

const klOfGaussians = (mean: number, variance: number, otherMean: number, other: number) =>
  (Math.log(other / variance) + (variance + (mean - otherMean) ** 2) / other - 1) / 2;

for (const [kind, steps] of [
  ['linear', 20],
  ['cosine', 50],
  ['quadratic', 50],
] as const) {
  const chain = createChain(betaSchedule(kind, steps));
  const slope = (t: number) => (Math.sqrt(chain.alphaBar[t]) * c) / (chain.alphaBar[t] * c + 1 - chain.alphaBar[t]);
  /** Variance of x_{t-1} given x_t for the true data: the posterior's and what x_t leaves open of x_0. */
  const trueVariance = (t: number) => {
    const { onX0, variance } = posterior(chain.alphaBar[t], chain.alphaBar[t - 1]);
    return variance + onX0 ** 2 * c * (1 - slope(t) * Math.sqrt(chain.alphaBar[t]));
  };
  const bound = (factor: number, variance: (t: number) => number) =>
    elboTerms(
      plainOps,
      chain,
      { x0: (xt, t) => plainOps.mulScalar(xt, factor * slope(t)), variance },
      x0,
      Array(steps).fill(noise),
      1,
    );
  const total = (terms: ReturnType<typeof bound>) =>
    [terms.prior, ...terms.steps, terms.reconstruction].reduce((sum, term) => sum + average(term.values), 0);

  describe(`elboTerms, ${kind}`, () => {
    it('of the exact reverse chain is the entropy of the data and what the chain did not forget', () => {
      const entropy = Math.log(2 * Math.PI * Math.E * c) / 2;
      const last = chain.alphaBar[steps];
      const remembered = klOfGaussians(0, last * c + 1 - last, 0, 1);
      assert.ok(Math.abs(total(bound(1, trueVariance)) - (entropy + remembered)) < 1e-9);
    });

    it('is worse for every other chain', () => {
      const best = total(bound(1, trueVariance));
      assert.ok(total(bound(0.9, trueVariance)) > best);
      assert.ok(total(bound(1.1, trueVariance)) > best);
      assert.ok(total(bound(1, (t) => 1.2 * trueVariance(t))) > best);
      assert.ok(total(bound(1, (t) => trueVariance(t) / 1.2)) > best);
    });

    it('has the terms of the definition', () => {
      const variance = (t: number) => chain.beta[t];
      const terms = bound(0.8, variance);
      assert.equal(terms.steps.length, steps - 1);
      for (let row = 0; row < 4; row++) {
        const x = x0.values[row];
        const a = chain.alphaBar[steps];
        assert.ok(Math.abs(terms.prior.values[row] - klOfGaussians(Math.sqrt(a) * x, 1 - a, 0, 1)) < 1e-12);
        for (const t of [1, 2, 7, steps]) {
          const b = chain.alphaBar[t];
          const xt = Math.sqrt(b) * x + Math.sqrt(1 - b) * noise.values[row];
          const guess = 0.8 * slope(t) * xt;
          const q = posterior(b, chain.alphaBar[t - 1]);
          const want =
            t === 1
              ? ((x - guess) ** 2 / variance(1) + Math.log(2 * Math.PI * variance(1))) / 2
              : klOfGaussians(q.onX0 * x + q.onXt * xt, q.variance, q.onX0 * guess + q.onXt * xt, variance(t));
          const got = t === 1 ? terms.reconstruction : terms.steps[t - 2];
          assert.ok(Math.abs(got.values[row] - want) < 1e-9 * (1 + Math.abs(want)), `t = ${t}`);
        }
      }
    });
  });
}

describe('elboTerms of several cells', () => {
  it('adds up over cells', () => {
    const chain = createChain(betaSchedule('cosine', 10));
    const reverse = { x0: (xt: typeof x0) => plainOps.mulScalar(xt, 0.5), variance: (t: number) => chain.beta[t] };
    const wide = (values: readonly number[]) => plain(values, [1, values.length]);
    const [both, first, second] = [[0.4, -1.1], [0.4], [-1.1]].map((x) =>
      elboTerms(plainOps, chain, reverse, wide(x), Array(10).fill(wide(x.map((v) => v / 2))), x.length),
    );
    for (const term of ['prior', 'reconstruction'] as const)
      assert.ok(Math.abs(both[term].values[0] - first[term].values[0] - second[term].values[0]) < 1e-12);
    both.steps.forEach((term, k) =>
      assert.ok(Math.abs(term.values[0] - first.steps[k].values[0] - second.steps[k].values[0]) < 1e-12),
    );
  });
});

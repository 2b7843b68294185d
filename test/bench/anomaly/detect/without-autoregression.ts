import type { Prepared } from '../../../../src/cli/train/prepare.ts';
import { initialHeadScale, logisticMeanAbsolute } from '../../../../src/diffusion/logistic.ts';

/** The same bases, but that the newest rows start from the long-run mean: an ablation. The residual's unit becomes that of z. */
export function withoutAutoregression(prepared: Prepared): Prepared {
  const { fitted } = prepared;
  const { basis, shape, segments } = fitted;
  const { autoregression, residualScale } = basis;
  const score = residualScale.score.map((_, d) => {
    let sum = 0;
    let count = 0;
    for (const { z } of segments) {
      for (let i = d; i < z.length; i += shape.channels) {
        if (Number.isNaN(z[i])) continue;
        sum += Math.abs(z[i]);
        count++;
      }
    }
    return Math.max(0.01, sum / Math.max(1, count) / (logisticMeanAbsolute * initialHeadScale));
  });
  const changed = {
    ...basis,
    autoregression: { ...autoregression, coefficients: new Float32Array(autoregression.coefficients.length) },
    residualScale: { ...residualScale, score },
  };
  return { ...prepared, fitted: { ...fitted, basis: changed } };
}

import { requireEqualLength } from './require-equal-length.ts';

/**
 * Energy score of a vector: E|X - y| - E|X - X'| / 2 with the Euclidean norm, the multivariate CRPS (Gneiting & Raftery
 * 2007). Divide by scales first where dimensions have different units. Quadratic in the number of samples. `plain` and
 * `fair` as in `sampleCrps`.
 *
 * @param target [dimension]
 * @param samples [sample, dimension]
 */
export function energyScore(
  target: ArrayLike<number>,
  samples: ArrayLike<number>,
  form: 'plain' | 'fair' = 'fair',
): number {
  const dimensions = target.length;
  const count = Math.floor(samples.length / dimensions);
  requireEqualLength('computing the energy score', {
    samples: samples.length,
    'count x dimensions': count * dimensions,
  });
  let error = 0;
  let spread = 0;
  for (let i = 0; i < count; i++) {
    error += distance(samples, i * dimensions, target, 0, dimensions);
    for (let j = i + 1; j < count; j++)
      spread += distance(samples, i * dimensions, samples, j * dimensions, dimensions);
  }
  return error / count - spread / (count * (form === 'fair' ? count - 1 : count));
}

function distance(
  a: ArrayLike<number>,
  offsetA: number,
  b: ArrayLike<number>,
  offsetB: number,
  dimensions: number,
): number {
  let sum = 0;
  for (let d = 0; d < dimensions; d++) sum += (a[offsetA + d] - b[offsetB + d]) ** 2;
  return Math.sqrt(sum);
}

import type { Block, DenseMemory } from './dense-memory.ts';

/**
 * out = T S T' for a symmetric S [n, n] and a transition T [n, n] whose last n - channels rows are zero in the columns from
 * `channels` on: both the transition of the Kalman state [x_t; V' x_{t-1}], [A B; V' 0], and its transpose are of this form.
 *
 * @param memory of all four arrays
 * @param product scratch [n, n]; on return the rows of T S: the first `channels` rows whole, the others in their first `channels` columns
 */
export function congruence(
  memory: DenseMemory,
  transition: Float64Array,
  s: Float64Array,
  channels: number,
  n: number,
  product: Float64Array,
  out: Float64Array,
): void {
  const rank = n - channels;
  const at = (data: Float64Array, offset: number): Block => ({ data, offset, stride: n });
  const low = channels * n;
  memory.multiplyTransposed(at(transition, 0), at(s, 0), at(product, 0), channels, n, n, false);
  memory.multiplyTransposed(at(product, 0), at(transition, 0), at(out, 0), channels, channels, n, true);
  if (rank > 0) {
    memory.multiplyTransposed(at(transition, low), at(s, 0), at(product, low), rank, channels, channels, false);
    memory.multiplyTransposed(at(transition, low), at(product, 0), at(out, low), rank, channels, channels, false);
    memory.multiplyTransposed(
      at(product, low),
      at(transition, low),
      at(out, low + channels),
      rank,
      rank,
      channels,
      true,
    );
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) out[j * n + i] = out[i * n + j];
}

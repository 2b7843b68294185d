/**
 * Indices that keep the look of a long series: of each of `buckets` equal stretches its smallest and its largest value (so
 * no spike is lost), and one index of a stretch that is NaN throughout (so that the line breaks there). Ascending; all
 * indices where the series is short enough.
 *
 * @param values [time]
 */
export function minMaxIndices(values: ArrayLike<number>, buckets: number): Int32Array {
  const length = values.length;
  if (length <= 2 * buckets) return Int32Array.from({ length }, (_, i) => i);
  const kept: number[] = [];
  for (let b = 0; b < buckets; b++) {
    const start = Math.floor((b * length) / buckets);
    const end = Math.floor(((b + 1) * length) / buckets);
    let low = -1;
    let high = -1;
    for (let i = start; i < end; i++) {
      if (Number.isNaN(values[i])) continue;
      if (low < 0 || values[i] < values[low]) low = i;
      if (high < 0 || values[i] > values[high]) high = i;
    }
    if (low < 0) kept.push(start);
    else kept.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  return Int32Array.from(kept);
}

/**
 * Of each of `buckets` equal stretches the index of its largest value, or one index where it is NaN throughout. Ascending;
 * all indices where the series is short enough.
 *
 * @param values [time]
 */
export function maxIndices(values: ArrayLike<number>, buckets: number): Int32Array {
  const length = values.length;
  if (length <= buckets) return Int32Array.from({ length }, (_, i) => i);
  return Int32Array.from({ length: buckets }, (_, b) => {
    const end = Math.floor(((b + 1) * length) / buckets);
    let high = Math.floor((b * length) / buckets);
    for (let i = high + 1; i < end; i++) if (values[i] > values[high] || Number.isNaN(values[high])) high = i;
    return high;
  });
}

/** The values at the indices. */
export function pick(values: ArrayLike<number>, indices: Int32Array): Float64Array {
  return Float64Array.from(indices, (i) => values[i]);
}

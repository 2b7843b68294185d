/** One decimal is a tenth of a pixel: enough, and short. */
const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Path data of a line through the points; a NaN ordinate breaks it. A lone point becomes a dot (with round line caps). */
export function linePath(xs: ArrayLike<number>, ys: ArrayLike<number>): string {
  const parts: string[] = [];
  for (const [start, end] of runs(ys)) {
    parts.push(`M${round(xs[start])} ${round(ys[start])}`);
    if (end === start) parts.push('h0');
    for (let i = start + 1; i <= end; i++) parts.push(`L${round(xs[i])} ${round(ys[i])}`);
  }
  return parts.join('');
}

/** Path data of the area between two lines; broken where either is NaN. A lone point gets `loneWidth` pixels. */
export function bandPath(
  xs: ArrayLike<number>,
  lows: ArrayLike<number>,
  highs: ArrayLike<number>,
  loneWidth = 3,
): string {
  const parts: string[] = [];
  const both = Float64Array.from({ length: xs.length }, (_, i) => lows[i] + highs[i]);
  for (const [start, end] of runs(both)) {
    if (start === end) {
      const half = loneWidth / 2;
      parts.push(
        `M${round(xs[start] - half)} ${round(lows[start])}h${loneWidth}V${round(highs[start])}h${-loneWidth}Z`,
      );
      continue;
    }
    for (let i = start; i <= end; i++) parts.push(`${i === start ? 'M' : 'L'}${round(xs[i])} ${round(highs[i])}`);
    for (let i = end; i >= start; i--) parts.push(`L${round(xs[i])} ${round(lows[i])}`);
    parts.push('Z');
  }
  return parts.join('');
}

/** Maximal runs without NaN, both ends inclusive. */
function runs(values: ArrayLike<number>): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  let start = -1;
  for (let i = 0; i <= values.length; i++) {
    const known = i < values.length && !Number.isNaN(values[i]);
    if (known && start < 0) start = i;
    if (!known && start >= 0) {
      found.push([start, i - 1]);
      start = -1;
    }
  }
  return found;
}

/**
 * Between the measured points a power law, beyond them the one of the nearest two; a single point stands for all.
 * @param measured positive, by a positive x
 */
export function interpolateLog(measured: Readonly<Record<string, number>>, x: number): number {
  const points = Object.entries(measured)
    .map(([at, value]) => [Number(at), value] as const)
    .sort(([a], [b]) => a - b);
  const [first, ...others] = points;
  if (first === undefined) throw new RangeError('nothing was measured');
  if (others.length === 0) return first[1];
  const after = points.findIndex(([at]) => at >= x);
  const right = after <= 0 ? (after === 0 ? 1 : points.length - 1) : after;
  const [[x0, y0], [x1, y1]] = [
    points[right - 1] as readonly [number, number],
    points[right] as readonly [number, number],
  ];
  return y0 * (x / x0) ** (Math.log(y1 / y0) / Math.log(x1 / x0));
}

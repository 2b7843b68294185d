export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** A linear map of [from, to] onto [low, high] pixels. A domain without extent maps onto the middle. */
export function linearScale(from: number, to: number, low: number, high: number): (value: number) => number {
  if (to === from) return () => (low + high) / 2;
  return (value) => low + ((value - from) / (to - from)) * (high - low);
}

/** Round numbers (1, 2 or 5 times a power of ten apart) within [from, to], about `count` of them. */
export function numberTicks(from: number, to: number, count: number): Tick[] {
  if (!(to > from)) return [];
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks: Tick[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) {
    ticks.push({ at: i * step, label: tickLabel(i * step, decimals) });
  }
  return ticks;
}

function tickLabel(value: number, decimals: number): string {
  const magnitude = Math.abs(value);
  if (decimals > 5 || magnitude >= 1e6) return value === 0 ? '0' : value.toExponential(1).replace('e+', 'e');
  return value.toFixed(decimals);
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const timeSteps: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minuteMs),
  ...[1, 2, 3, 6, 12].map((n) => n * hourMs),
  ...[1, 2, 4, 7, 14, 28, 91, 182, 364, 1820, 3640].map((n) => n * dayMs),
];

/** Round UTC times within [startMs, endMs], at most `count`. Midnights carry the date, other times the time of day. */
export function timeTicks(startMs: number, endMs: number, count: number): Tick[] {
  const step = timeSteps.find((candidate) => (endMs - startMs) / candidate <= count) ?? timeSteps[timeSteps.length - 1];
  const ticks: Tick[] = [];
  for (let at = Math.ceil(startMs / step) * step; at <= endMs && ticks.length < count + 1; at += step) {
    ticks.push({ at, label: timeLabel(at, step) });
  }
  return ticks;
}

function timeLabel(timeMs: number, stepMs: number): string {
  const iso = new Date(timeMs).toISOString();
  if (stepMs >= 28 * dayMs) return iso.slice(0, 10);
  if (timeMs % dayMs === 0) return iso.slice(5, 10);
  return iso.slice(11, stepMs < minuteMs ? 19 : 16);
}

/** Smallest and largest finite value of the arrays, widened by `margin` of the extent; [0, 1] where there is none. */
export function extent(arrays: readonly ArrayLike<number>[], margin = 0.06): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of arrays) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) continue;
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
  }
  if (low > high) return [0, 1];
  const pad = high > low ? (high - low) * margin : Math.max(Math.abs(high) * 0.1, 0.5);
  return [low - pad, high + pad];
}

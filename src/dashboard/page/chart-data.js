/**
 * Columns for uPlot from the model's rows: one dense time axis, null where there is nothing. Pure.
 *
 * @typedef {import('./model.js').Row} Row
 * @typedef {import('./model.js').ForecastView} ForecastView
 * @typedef {(number | null)[]} Column
 * @typedef {{ from: number, to: number }} Span
 */

/** Positions of the columns that `channelColumns` gives; 0 is time. */
export const columns = /** @type {const} */ ({
  expectedLow: 1,
  expectedHigh: 2,
  imputedLow: 3,
  imputedHigh: 4,
  fanLow: 5,
  fanHigh: 6,
  fanInnerLow: 7,
  fanInnerHigh: 8,
  expected: 9,
  fanMedian: 10,
  imputed: 11,
  observed: 12,
});

/**
 * Every grid time from the oldest row to the newest, and on through the forecast.
 *
 * @param {ReadonlyMap<number, Row>} rows
 * @param {ForecastView | null} forecast
 * @param {number} stepMs
 * @returns {number[]}
 */
export function denseTimes(rows, forecast, stepMs) {
  if (rows.size === 0) return [];
  const known = [...rows.keys()];
  const first = Math.min(...known);
  const last = Math.max(...known);
  const horizon = forecast?.quantiles[0]?.[0]?.length ?? 0;
  const end = forecast === null ? last : Math.max(last, forecast.startMs + (horizon - 1) * forecast.stepMs);
  return Array.from({ length: Math.round((end - first) / stepMs) + 1 }, (_, i) => first + i * stepMs);
}

/**
 * @param {number[]} times
 * @param {ReadonlyMap<number, Row>} rows
 * @param {ForecastView | null} forecast
 * @param {number} channel
 * @returns {[number[], ...Column[]]}
 */
export function channelColumns(times, rows, forecast, channel) {
  /** @param {(row: Row) => number | null} pick @returns {Column} */
  const each = (pick) =>
    times.map((timeMs) => {
      const row = rows.get(timeMs);
      return row === undefined ? null : pick(row);
    });
  const observed = each((row) => row.cells.observed[channel]);
  const expected = each((row) => row.cells.expected[channel]);
  const halfWidth = each((row) => row.cells.halfWidth90[channel]);
  const median = each((row) => row.cells.median[channel]);
  const fan = fanColumns(times, forecast, channel);
  return [
    times,
    expected.map((value, i) => minus(value, halfWidth[i])),
    expected.map((value, i) => minus(value, negative(halfWidth[i]))),
    joined(
      each((row) => row.cells.low[channel]),
      median,
      observed,
    ),
    joined(
      each((row) => row.cells.high[channel]),
      median,
      observed,
    ),
    ...fan.slice(0, 4),
    expected,
    fan[4],
    joined(median, median, observed),
    observed,
  ];
}

/**
 * Indices of the cells that are imputed: those get a dot; the line's joints do not.
 *
 * @param {number[]} times
 * @param {ReadonlyMap<number, Row>} rows
 * @param {number} channel
 */
export function imputedIndices(times, rows, channel) {
  return times.flatMap((timeMs, i) => (typeof rows.get(timeMs)?.cells.median[channel] === 'number' ? [i] : []));
}

/**
 * The imputed line meets its observed neighbours, so that a gap reads as one stroke.
 *
 * @param {Column} values @param {Column} median @param {Column} observed @returns {Column}
 */
function joined(values, median, observed) {
  return values.map((value, i) => {
    if (value !== null) return value;
    const besideImputed = typeof median[i - 1] === 'number' || typeof median[i + 1] === 'number';
    return besideImputed ? observed[i] : null;
  });
}

/**
 * Outermost pair, next pair towards the median, and the level nearest the median.
 *
 * @param {number[]} times @param {ForecastView | null} forecast @param {number} channel @returns {Column[]}
 */
function fanColumns(times, forecast, channel) {
  const pairs = fanLevels(forecast?.levels ?? []);
  return [pairs.low, pairs.high, pairs.innerLow, pairs.innerHigh, pairs.median].map((level) =>
    times.map((timeMs) => {
      if (forecast === null || level === null) return null;
      const h = Math.round((timeMs - forecast.startMs) / forecast.stepMs);
      return forecast.quantiles[channel]?.[level]?.[h] ?? null;
    }),
  );
}

/**
 * @param {readonly number[]} levels ascending
 * @returns {{ low: number | null, high: number | null, innerLow: number | null, innerHigh: number | null, median: number | null }}
 */
export function fanLevels(levels) {
  const last = levels.length - 1;
  if (last < 0) return { low: null, high: null, innerLow: null, innerHigh: null, median: null };
  const median = levels.reduce(
    (best, level, i) => (Math.abs(level - 0.5) < Math.abs(levels[best] - 0.5) ? i : best),
    0,
  );
  const nearest = levels.findIndex((level, i) => i > 0 && level >= 0.25 && i < median);
  const inner = nearest > 0 && last - nearest > median ? nearest : null;
  return {
    low: last > 0 ? 0 : null,
    high: last > 0 ? last : null,
    innerLow: inner,
    innerHigh: inner === null ? null : last - inner,
    median,
  };
}

/**
 * Runs of rows for which `test` holds, half a step wider on both sides.
 *
 * @param {number[]} times @param {ReadonlyMap<number, Row>} rows @param {number} stepMs @param {(row: Row) => boolean} test
 * @returns {Span[]}
 */
export function runs(times, rows, stepMs, test) {
  /** @type {Span[]} */
  const found = [];
  for (const timeMs of times) {
    const row = rows.get(timeMs);
    if (row === undefined || !test(row)) continue;
    const newest = found.at(-1);
    if (newest !== undefined && timeMs - newest.to <= stepMs) newest.to = timeMs + stepMs / 2;
    else found.push({ from: timeMs - stepMs / 2, to: timeMs + stepMs / 2 });
  }
  return found;
}

/** @param {number | null} a @param {number | null} b */
const minus = (a, b) => (a === null || b === null ? null : a - b);
/** @param {number | null} a */
const negative = (a) => (a === null ? null : -a);

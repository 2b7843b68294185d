import { DriftcastError } from '../../core/errors.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps that people sample at. */
const NATURAL_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 250, 500],
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12].map((count) => count * HOUR),
  ...[1, 7].map((count) => count * DAY),
];
const SNAP = 0.05;
/** Share of the distances that must be a multiple of the step for a feed to be called regular. */
const REGULAR_SHARE_MIN = 0.8;

export interface Grid {
  readonly stepMs: number;
  readonly irregular: boolean;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Rows with a time, by series, then by time. */
  readonly order: Int32Array;
  /** [place in the order], index of the grid cell of its series from the series' first. */
  readonly cells: Int32Array;
  /** Where in the order each series starts; one more at the end. */
  readonly starts: readonly number[];
  readonly doubledRows: number;
}

/**
 * The grid of a feed: the median distance of rows of a series, as a natural duration; or the step that was asked for.
 *
 * @param timesMs [row], NaN rows are left out
 * @param keys [row], series names
 */
export function measureGrid(timesMs: Float64Array, keys: readonly string[], askedStepMs: number | null): Grid {
  const order = Int32Array.from(timesMs.keys()).filter((row) => !Number.isNaN(timesMs[row]));
  order.sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : timesMs[a] - timesMs[b] || a - b));
  const starts = [...order.keys()].filter((place) => place === 0 || keys[order[place]] !== keys[order[place - 1]]);
  starts.push(order.length);
  const distances = Float64Array.from(order, (row, place) =>
    place === 0 || keys[row] !== keys[order[place - 1]] ? 0 : timesMs[row] - timesMs[order[place - 1]],
  );
  const positive = distances.filter((distance) => distance > 0).sort();
  if (positive.length === 0) {
    const hint = 'A pipeline needs several rows of a series at different times.';
    throw new DriftcastError(
      'DATA_INSUFFICIENT',
      `measuring the step: ${order.length} rows, none later than another of its series`,
      { hint },
    );
  }
  const { stepMs, irregular } = stepOf(positive, askedStepMs);
  const { cells, doubledRows } = cellsOf(timesMs, order, starts, stepMs);
  const times = order.length === 0 ? [0] : [...starts.slice(0, -1).map((start) => timesMs[order[start]])];
  const ends = starts.slice(1).map((end) => timesMs[order[end - 1]]);
  return {
    stepMs,
    irregular,
    order,
    cells,
    starts,
    doubledRows,
    firstMs: least(times),
    lastMs: -least(ends.map((end) => -end)),
  };
}

const least = (values: readonly number[]): number =>
  values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);

/** @param positive distances, ascending */
function stepOf(positive: Float64Array, asked: number | null): { stepMs: number; irregular: boolean } {
  const median = positive[Math.floor((positive.length - 1) / 2)];
  const near = NATURAL_MS.find((natural) => Math.abs(natural - median) <= SNAP * natural);
  const base = near ?? median;
  const regular = positive.filter(
    (distance) => Math.abs(distance / base - Math.round(distance / base)) < 0.1 && distance > base / 2,
  );
  const irregular = regular.length < REGULAR_SHARE_MIN * positive.length;
  if (asked !== null) return { stepMs: asked, irregular };
  if (!irregular) return { stepMs: Math.max(1, Math.round(base)), irregular };
  const distanceOf = (natural: number) => Math.abs(Math.log(natural / median));
  return {
    stepMs: NATURAL_MS.reduce((best, natural) => (distanceOf(natural) < distanceOf(best) ? natural : best)),
    irregular,
  };
}

function cellsOf(timesMs: Float64Array, order: Int32Array, starts: readonly number[], stepMs: number) {
  const cells = new Int32Array(order.length);
  let doubledRows = 0;
  for (let series = 0; series + 1 < starts.length; series++) {
    const first = Math.floor(timesMs[order[starts[series]]] / stepMs);
    for (let place = starts[series]; place < starts[series + 1]; place++) {
      cells[place] = Math.floor(timesMs[order[place]] / stepMs) - first;
      if (place > starts[series] && cells[place] === cells[place - 1]) doubledRows += 1;
    }
  }
  return { cells, doubledRows };
}

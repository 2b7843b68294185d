import type { ChannelFacts } from './facts.ts';
import type { Grid } from './measure-grid.ts';

const FLAG_VALUES_MAX = 4;
const COUNTER_ROWS_MIN = 50;
/** A counter goes up this often at least, and back this often at most (a reset). */
const RISES_SHARE_MIN = 0.3;
const FALLS_SHARE_MAX = 0.005;
/** A gap this long is worth a word, as a share of all. */
const MISSING_NOTED = 0.2;

/** What the values of a channel are like. @param values [row], NaN where there is none */
export function describeChannel(name: string, values: Float64Array, grid: Grid): ChannelFacts {
  const present = values.filter((value) => !Number.isNaN(value)).sort();
  const { missingFraction, gapSteps } = missingOf(values, grid);
  const distinct = countDistinct(present);
  const isFlag = distinct <= FLAG_VALUES_MAX && present.every(Number.isInteger);
  const counter = distinct > FLAG_VALUES_MAX && isCounter(values, grid);
  const notes = [
    ...(distinct === 1 ? ['constant so far, so a flag; as a gauge a change of it would be scored'] : []),
    ...(counter ? ['only ever grows: taken as a counter, its channel is what it grows by each second'] : []),
    ...(missingFraction > MISSING_NOTED ? ['mostly imputed where it is missing'] : []),
  ];
  return {
    name,
    kind: isFlag || distinct === 1 ? 'flag' : 'gauge',
    counter,
    missingFraction,
    gapSteps,
    min: present[0] ?? Number.NaN,
    median: present[Math.floor((present.length - 1) / 2)] ?? Number.NaN,
    max: present[present.length - 1] ?? Number.NaN,
    notes,
  };
}

/** @param sorted ascending */
function countDistinct(sorted: Float64Array): number {
  let distinct = 0;
  for (let index = 0; index < sorted.length; index++) {
    if (index === 0 || sorted[index] !== sorted[index - 1]) distinct += 1;
  }
  return distinct;
}

/** Grid cells without a value: their share of all cells, and the most of them in a row. */
function missingOf(
  values: Float64Array,
  { order, cells, starts }: Grid,
): { missingFraction: number; gapSteps: number } {
  let expected = 0;
  let observed = 0;
  let gapSteps = 0;
  for (let series = 0; series + 1 < starts.length; series++) {
    const end = starts[series + 1];
    const lastCell = cells[end - 1];
    let previous = -1;
    for (let place = starts[series]; place < end; place++) {
      if (Number.isNaN(values[order[place]]) || cells[place] === previous) continue;
      observed += 1;
      gapSteps = Math.max(gapSteps, cells[place] - previous - 1);
      previous = cells[place];
    }
    gapSteps = Math.max(gapSteps, lastCell - previous);
    expected += lastCell + 1;
  }
  return { missingFraction: expected === 0 ? 1 : (expected - observed) / expected, gapSteps };
}

function isCounter(values: Float64Array, { order, starts }: Grid): boolean {
  let steps = 0;
  let rises = 0;
  let falls = 0;
  let resets = 0;
  for (let series = 0; series + 1 < starts.length; series++) {
    let previous = Number.NaN;
    for (let place = starts[series]; place < starts[series + 1]; place++) {
      const value = values[order[place]];
      if (Number.isNaN(value)) continue;
      if (!Number.isNaN(previous)) {
        steps += 1;
        if (value > previous) rises += 1;
        if (value < previous) falls += 1;
        if (value < previous && Math.abs(value) <= Math.abs(previous) / 10) resets += 1;
      }
      previous = value;
    }
  }
  return (
    steps >= COUNTER_ROWS_MIN &&
    rises >= steps * RISES_SHARE_MIN &&
    falls === resets &&
    falls <= Math.max(1, steps * FALLS_SHARE_MAX)
  );
}

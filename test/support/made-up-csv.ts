import { createRng } from '../../src/core/rng.ts';

/** One line of a CSV file, cell by cell. */
export type Line = readonly (string | number)[];

export const channelNames = ['a', 'b', 'c'] as const;

export interface MadeUpOptions {
  readonly seed?: number;
  readonly startMs?: number;
  /** Rows [from, to) in which `b` contradicts `a`. */
  readonly faults?: readonly (readonly [from: number, to: number])[];
}

export const minuteMs = 60_000;
export const startMs = Date.parse('2024-03-04T00:00:00Z');

/** Rows of one minute: time, a, b (twice a), c, label. Some cells of b are empty. */
export function madeUpLines(
  rows: number,
  { seed = 1, startMs: firstMs = startMs, faults = [] }: MadeUpOptions = {},
): Line[] {
  const rng = createRng(seed);
  let wander = 0;
  return Array.from({ length: rows }, (_, i) => {
    wander = 0.9 * wander + rng.uniform() - 0.5;
    const a = 10 + 3 * Math.sin(i / 15) + wander;
    const faulty = faults.some(([from, to]) => i >= from && i < to);
    const b = (faulty ? 30 : 2 * a) + rng.uniform() - 0.5;
    const c = 5 + Math.cos(i / 40) + 0.3 * (rng.uniform() - 0.5);
    const time = new Date(firstMs + i * minuteMs).toISOString();
    return [time, a.toFixed(3), rng.uniform() < 0.05 ? '' : b.toFixed(3), c.toFixed(3), faulty ? 1 : 0];
  });
}

export const header = 'time,a,b,c,label';

/** Text of a CSV file. */
export const csvText = (lines: readonly Line[], head = header, delimiter = ',', lineEnd = '\n'): string =>
  [head.replaceAll(',', delimiter), ...lines.map((line) => line.join(delimiter))]
    .map((line) => line + lineEnd)
    .join('');

/** A pipeline for such a file: windows of 32 rows, so that a model is trained in a moment. */
export const madeUpPipeline = (series: object = { constant: 'plant' }, source: object = {}): string =>
  JSON.stringify({
    name: 'made-up',
    source: { type: 'replay', path: 'train.csv', drop_columns: ['label'], ...source },
    decode: { type: 'json', layout: 'wide', time: { path: 'time', format: 'auto' }, series },
    channels: channelNames.map((name) => ({ name })),
    window: { step_ms: '1m', length_steps: 32 },
    model: { horizon_steps: 8, impute_delay_steps: 4 },
    train: { width: 8, blocks: 1, steps_max: 4, batch_windows: 4 },
    // two faults of a kind in 400 rows: as frequent faults ask for (see the option)
    score: { held_out_ratio: 200 },
    alert: { p_value: 0.01 },
    infer: { workers: 1 },
    sinks: [{ type: 'line-protocol', path: 'out/results.lp' }],
    dead_letter: { type: 'file', path: 'out/dead-letters.jsonl' },
  });

import type { Aggregate } from '../../src/core/channel.ts';
import type { WindowOptions } from '../../src/window/options.ts';
import type { Cell } from './feed.ts';

export type ReferenceEvent =
  | {
      readonly kind: 'window';
      readonly endMs: number;
      readonly values: readonly number[];
      readonly location: readonly number[];
      readonly scale: readonly number[];
    }
  | { readonly kind: 'silent'; readonly lastMs: number; readonly silentForMs: number };

/**
 * What one series has to emit, computed from the full list of its readings (in arrival order, none late) by the words of
 * the contract: no ring, no watermark, nothing incremental. `newestMs` is the newest event time of the whole partition,
 * which has ended.
 */
export function referenceEvents(cells: readonly Cell[], newestMs: number, options: WindowOptions): ReferenceEvent[] {
  const { stepMs, length, stride } = options;
  const silentAfterMs = Math.max(stepMs, options.silentAfterMs || length * stepMs);
  const rowOf = (cell: Cell) => Math.floor(cell.timeMs / stepMs);
  const lastRow = Math.floor(newestMs / stepMs);
  const events: ReferenceEvent[] = [];
  let life = cells;
  /** Rows up to here are of lives before; a series that is known already has windows as soon as it is heard. */
  let bornAfterRow = Number.NEGATIVE_INFINITY;
  const over: (readonly Cell[])[] = [];
  while (life.length > 0) {
    const firstRow = Math.min(...life.map(rowOf));
    const isKnown = bornAfterRow > Number.NEGATIVE_INFINITY;
    let silentRow: number | null = null;
    for (let row = firstRow; row <= lastRow && silentRow === null; row++) {
      const closed = life.filter((cell) => rowOf(cell) <= row);
      const lastMs = Math.max(...closed.map((cell) => cell.timeMs));
      const startRow = row - length + 1;
      if ((row + 1) * stepMs > lastMs + silentAfterMs) {
        events.push({ kind: 'silent', lastMs, silentForMs: (row + 1) * stepMs - lastMs });
        silentRow = row;
      } else if (
        (row + 1) % stride === 0 &&
        (isKnown ? row > bornAfterRow + 1 : startRow >= firstRow) &&
        closed.some((cell) => rowOf(cell) >= startRow)
      ) {
        events.push({ kind: 'window', endMs: row * stepMs, ...windowAt(row, [...over, closed], options) });
      }
    }
    const endOfLife = silentRow ?? Number.POSITIVE_INFINITY;
    over.push(life.filter((cell) => rowOf(cell) <= endOfLife));
    life = life.filter((cell) => rowOf(cell) > endOfLife);
    bornAfterRow = endOfLife;
  }
  return events;
}

/** @param lives readings by life, the one that the window is of last: the normaliser has seen them all */
function windowAt(row: number, lives: readonly (readonly Cell[])[], options: WindowOptions) {
  const { length, stride, channels, stepMs } = options;
  const closed = lives.at(-1) ?? [];
  const firstRow = Math.min(...lives.flat().map((cell) => Math.floor(cell.timeMs / stepMs)));
  const lifeOf = (r: number) => lives.find((life) => life.some((cell) => Math.floor(cell.timeMs / stepMs) === r)) ?? [];
  const values: number[] = [];
  for (let r = row - length + 1; r <= row; r++) {
    for (let c = 0; c < channels.length; c++) values.push(aggregateOf(r, c, closed, options));
  }
  const location: number[] = [];
  const scale: number[] = [];
  for (let c = 0; c < channels.length; c++) {
    let { mean: m, absMax, weight: w } = options.prior[c];
    let q = options.prior[c].variance + m * m;
    for (let r = firstRow; r <= row - stride; r++) {
      const x = aggregateOf(r, c, lifeOf(r), options);
      if (Number.isNaN(x)) continue;
      w = w * 2 ** (-1 / 5000) + 1;
      m += (x - m) / w;
      q += (x * x - q) / w;
      absMax = Math.max(absMax, Math.abs(x));
    }
    location.push(m);
    scale.push(Math.max(Math.sqrt(q - m * m), 0.02 * absMax));
  }
  return { values, location, scale };
}

function aggregateOf(row: number, c: number, cells: readonly Cell[], options: WindowOptions): number {
  const rowOf = (cell: Cell) => Math.floor(cell.timeMs / options.stepMs);
  const inOrder = cells
    .map((cell, arrival) => ({ cell, arrival }))
    .filter(({ cell }) => c in cell.values)
    .sort((a, b) => a.cell.timeMs - b.cell.timeMs || a.arrival - b.arrival)
    .map(({ cell }) => cell);
  const own = inOrder.filter((cell) => rowOf(cell) === row);
  const hits = own.map((cell) => cell.values[c]);
  if (hits.length === 0) return Number.NaN;
  const sum = hits.reduce((total, x) => total + x, 0);
  const by: Record<Aggregate, number> = {
    last: hits[hits.length - 1],
    mean: sum / hits.length,
    min: Math.min(...hits),
    max: Math.max(...hits),
    sum,
    rate: rateOf(
      inOrder.filter((cell) => rowOf(cell) < row).at(-1),
      own.at(-1),
      c,
      options.silentAfterMs || options.length * options.stepMs,
    ),
  };
  return by[options.channels[c].aggregate];
}

function rateOf(before: Cell | undefined, now: Cell | undefined, c: number, gapMsMax: number): number {
  if (before === undefined || now === undefined || now.timeMs - before.timeMs > gapMsMax) return Number.NaN;
  const grown = now.values[c] >= before.values[c] ? now.values[c] - before.values[c] : now.values[c];
  return Math.max(0, (grown / (now.timeMs - before.timeMs)) * 1000);
}

import type { Table } from './facts.ts';

/** One value of one channel. */
export interface Cell {
  readonly lane: number;
  /** '' where there is only one series. */
  readonly series: string;
  /** As text that reads as a time. */
  readonly time: string;
  readonly channel: string;
  readonly value: string;
}

/** Channels of a table; what is behind them is left out. */
const CHANNELS_MAX = 400;

/** Gathers values of the same series and time into one row: columns time, series, and one a channel. */
export function pivot(cells: readonly Cell[], truncated: boolean): Table {
  const channels = new Map<string, number>();
  for (const { channel } of cells) {
    if (!channels.has(channel) && channels.size < CHANNELS_MAX) channels.set(channel, channels.size + 2);
  }
  const width = channels.size + 2;
  const byPlace = new Map<string, { readonly row: string[]; readonly lane: number }>();
  for (const { lane, series, time, channel, value } of cells) {
    const place = `${time}\n${series}`;
    let entry = byPlace.get(place);
    if (entry === undefined) {
      entry = { row: [time, series, ...Array<string>(width - 2).fill('')], lane };
      byPlace.set(place, entry);
    }
    const column = channels.get(channel);
    if (column !== undefined) entry.row[column] = value;
  }
  const entries = [...byPlace.values()];
  return {
    names: ['time', 'series', ...channels.keys()],
    rows: entries.map(({ row }) => row),
    lanes: entries.map(({ lane }) => lane),
    raggedRows: 0,
    truncated,
  };
}

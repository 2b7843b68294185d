import type { Aggregate, Channel } from '../../src/core/channel.ts';
import type { Reading } from '../../src/core/reading.ts';
import type { WindowEvent } from '../../src/core/window.ts';
import type { WindowAssembler } from '../../src/window/assembler.ts';
import type { WindowOptions } from '../../src/window/options.ts';

export const channel = (name: string, aggregate: Aggregate = 'last'): Channel => ({
  name,
  unit: '',
  kind: 'gauge',
  aggregate,
  min: -Number.MAX_VALUE,
  max: Number.MAX_VALUE,
});

/** Small windows: 4 rows of 10 ms, every 2 rows, nothing late, channels a (last) and b (last). */
export const options = (changes: Partial<WindowOptions> = {}): WindowOptions => {
  const channels = changes.channels ?? [channel('a'), channel('b')];
  return {
    stepMs: 10,
    length: 4,
    stride: 2,
    latenessMs: 0,
    silentAfterMs: 0,
    seriesMax: 100,
    channels,
    prior: channels.map(() => ({ mean: 1, variance: 4, absMax: 3, weight: 10 })),
    ...changes,
  };
};

export interface Cell {
  readonly series: string;
  readonly timeMs: number;
  readonly values: Readonly<Record<number, number>>;
}

export const reading = (cell: Cell, offset: number, partition = 0, generation = 1): Reading => ({
  series: cell.series,
  timeMs: cell.timeMs,
  channels: Object.keys(cell.values).map(Number),
  values: Object.values(cell.values),
  position: { topic: 't', partition, generation, offset },
});

/** One reading of channel 0. */
export const at = (timeMs: number, value = timeMs, series = 's'): Cell => ({ series, timeMs, values: { 0: value } });

/** Feeds the cells with offsets 0, 1, ... and returns all events; `end` closes the partition as ended. */
export function feed(assembler: WindowAssembler, cells: readonly Cell[], end = false): WindowEvent[] {
  const events = cells.flatMap((cell, offset) => [...assembler.push(reading(cell, offset))]);
  return end ? [...events, ...assembler.close(ended())] : events;
}

export const ended = (partition = 0, generation = 1, isEnd = true) =>
  ({ kind: 'closed', topic: 't', partition, generation, ended: isEnd }) as const;

export const resetOf = (partition = 0, generation = 2) =>
  ({ kind: 'reset', topic: 't', partition, generation }) as const;

export const windowsOf = (events: readonly WindowEvent[]) =>
  events.flatMap((event) => (event.kind === 'window' ? [event.window] : []));

export const seriesOfEvent = (event: WindowEvent): string =>
  event.kind === 'window' ? event.window.series : event.series;

/** The events of each series, in the order they were emitted. */
export function bySeries(events: readonly WindowEvent[]): Record<string, WindowEvent[]> {
  const groups: Record<string, WindowEvent[]> = {};
  for (const event of events) {
    const series = seriesOfEvent(event);
    groups[series] ??= [];
    groups[series].push(event);
  }
  return groups;
}

/** With typed arrays as arrays: NaN has many bit patterns, and node compares those. */
export function comparable(event: WindowEvent): unknown {
  if (event.kind === 'silent') return event;
  const { values, location, scale, ahead } = event.window;
  const planned = ahead === undefined ? {} : { ahead: [...ahead] };
  return { ...event.window, values: [...values], location: [...location], scale: [...scale], ...planned };
}

/** Without holds, which tell of arrival. */
export const withoutHold = (event: WindowEvent): unknown => ({ ...(comparable(event) as object), hold: null });

/** The watermark of a partition of topic t; null if it has seen nothing. */
export const watermarkOf = (assembler: WindowAssembler, partition: number): number | null =>
  assembler.watermarks().find((mark) => mark.topic === 't' && mark.partition === partition)?.watermarkMs ?? null;

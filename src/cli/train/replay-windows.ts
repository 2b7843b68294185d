import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { Channel } from '../../core/channel.ts';
import type { Window } from '../../core/window.ts';
import type { Model } from '../../diffusion/model.ts';
import type { GridSeries } from '../../diffusion/normal.ts';
import { windowOptionsOf } from '../../topology/window-options.ts';
import { WindowAssembler } from '../../window/assembler.ts';
import { planAhead } from '../evaluate/plan-ahead.ts';

/** Rows of a series to be replayed: the windows whose new rows are in [from, to), with what came before as their context. */
export interface Stretch {
  readonly series: GridSeries;
  readonly from: number;
  readonly to: number;
}

/** The windows of a stretch as the window room makes them, oldest first; the first ones need rows before `from` to be whole. */
export function* replayWindows({ series, from, to }: Stretch, model: Model, config: PipelineConfig): Generator<Window> {
  const options = windowOptionsOf(config, model.basis);
  // what is replayed was gridded before: a value a cell, and of counters their rates
  const gridded = options.channels.map((channel): Channel => ({ ...channel, aggregate: 'last' }));
  const assembler = new WindowAssembler({ ...options, channels: gridded, pendingStatesMax: 0 });
  const { step_ms: stepMs } = config.window;
  const channels = config.channels.length;
  const at = { topic: 'replay', partition: 0, generation: 1 };
  const beforeMs = series.startMs + (from - 1) * stepMs;
  function* windowsOf(events: ReturnType<WindowAssembler['push']>): Generator<Window> {
    for (const event of events) {
      // all of its new rows are of the stretch
      if (event.kind === 'window' && event.window.endMs - event.window.newRows * stepMs >= beforeMs) yield event.window;
    }
  }
  const told = planAhead([series], config);
  assembler.reset({ kind: 'reset', ...at });
  for (let row = Math.max(0, from - model.shape.length); row < to; row++) {
    const cells = series.values.subarray(row * channels, (row + 1) * channels);
    const seen = [...cells.keys()].filter((c) => !Number.isNaN(cells[c] as number));
    const reading = {
      series: series.series,
      timeMs: series.startMs + row * stepMs,
      channels: seen,
      values: seen.map((c) => cells[c] as number),
      position: { ...at, offset: row },
    };
    for (const one of told(reading)) yield* windowsOf(assembler.push(one));
  }
  yield* windowsOf(assembler.close({ kind: 'closed', ...at, ended: true }));
}

/** Items in groups of at most `size`, in their order. */
export function* inGroups<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let group: T[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

import { setImmediate } from 'node:timers/promises';
import type { Decoder, Source } from '../../src/core/component.ts';
import type { Reading } from '../../src/core/reading.ts';
import { createRng } from '../../src/core/rng.ts';
import { benchStartMs, benchStepMs } from './bench-pipeline.ts';

export interface RowFeed {
  readonly channels: number;
  readonly series: number;
  /** Number of the first row. */
  readonly firstRow: number;
  readonly rows: number;
}

/** As long as the source of Kafka goes on before others get their turn. */
const emitMsMax = 3;
const topic = 'bench';
/** Noise is drawn once and gone through in turns: to draw it would cost as much as what is measured. */
const noiseValues = 4093;

export const seriesName = (index: number): string => `pump-${index}`;

/**
 * Rows of many series as readings, without bytes and without a decoder, in the order in which devices send. `whole`: called behind the
 * last row, while all series are alive.
 */
export function rowSource(
  { channels, series, firstRow, rows }: RowFeed,
  whole: () => Promise<void>,
): { readonly source: Source; readonly decoder: Decoder } {
  const rng = createRng(1);
  const noise = Float64Array.from({ length: noiseValues }, () => 20 + rng.normal());
  const all = Array.from({ length: channels }, (_, c) => c);
  const names = Array.from({ length: series }, (_, s) => seriesName(s));
  const readingAt = (offset: number): Reading => ({
    series: names[offset % series],
    timeMs: benchStartMs + (firstRow + Math.floor(offset / series)) * benchStepMs,
    channels: all,
    values: all.map((c) => noise[(offset * channels + c) % noiseValues]),
    position: { topic, partition: 0, generation: 1, offset },
  });
  const source: Source = {
    async run(emit, credits) {
      emit({ kind: 'reset', topic, partition: 0, generation: 1 });
      let sinceMs = performance.now();
      for (let offset = 0; offset < rows * series; offset++) {
        if (!credits.free || performance.now() - sinceMs > emitMsMax) {
          await setImmediate();
          await credits.whenFree();
          sinceMs = performance.now();
        }
        const position = { topic, partition: 0, generation: 1, offset };
        emit({ kind: 'record', record: { key: null, value: null, timestampMs: null, position } });
      }
      await whole();
    },
    commit: async () => {},
    stop: async () => {},
    close: async () => {},
    progress: () => null,
    health: () => ({ ok: true, detail: '' }),
  };
  return { source, decoder: { decode: ({ position }) => ({ readings: [readingAt(position.offset)], rejected: [] }) } };
}

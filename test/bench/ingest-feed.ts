import { createRng } from '../../src/core/rng.ts';
import { benchStartMs, benchStepMs } from './bench-pipeline.ts';

export interface IngestFeed {
  readonly layout: 'narrow' | 'wide';
  readonly channels: number;
  readonly series: number;
  readonly messages: number;
}

/** What devices say of themselves besides the value: a narrow message is of some 200 bytes. */
const around = {
  unit: 'bar',
  site: 'plant-north/hall-2/line-7',
  quality: 'good',
  firmware: '4.12.0',
  gateway: 'gw-0017',
};

/** Row by row, every series of a row in turn; of a narrow feed every channel of it. */
export function* ingestMessages({
  layout,
  channels,
  series,
  messages,
}: IngestFeed): Generator<{ key: string; value: string }> {
  const rng = createRng(1);
  for (let i = 0; i < messages; ) {
    const row = Math.floor(i / (series * (layout === 'wide' ? 1 : channels)));
    const time = benchStartMs + row * benchStepMs;
    for (let s = 0; s < series; s++) {
      const device = `pump-${s}`;
      const values = Array.from({ length: channels }, () => Number((20 + rng.normal()).toFixed(3)));
      if (layout === 'wide') {
        const cells = Object.fromEntries(values.map((value, c) => [`channel_${c}`, value]));
        if (i++ < messages) yield { key: device, value: JSON.stringify({ time, device, ...cells }) };
        continue;
      }
      for (const [c, value] of values.entries())
        if (i < messages)
          yield {
            key: device,
            value: JSON.stringify({ time, device, channel: `channel_${c}`, value, ...around, sequence: i++ }),
          };
    }
  }
}

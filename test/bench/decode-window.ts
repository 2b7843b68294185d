import type { ComponentContext } from '../../src/core/component.ts';
import { eventTimeMs } from '../../src/core/event-time.ts';
import type { SourceRecord } from '../../src/core/record.ts';
import { createRng } from '../../src/core/rng.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { jsonDecoder } from '../../src/decode/json.ts';
import { WindowAssembler } from '../../src/window/assembler.ts';
import type { Benchmark, BenchmarkResult, Row } from './benchmark.ts';
import { measureInterleaved } from './measure-interleaved.ts';
import { sampleTime } from './sample-time.ts';

interface Feed {
  readonly layout: 'narrow' | 'wide';
  readonly channels: number;
  readonly values: number;
  readonly records: readonly SourceRecord[];
}

const stepMs = 1000;
const startMs = Date.UTC(2026, 0, 1);
const seriesCount = 8;
const position = { topic: 'bench', partition: 0, generation: 1 };

export const decodeWindow: Benchmark = {
  name: 'decode-window',
  summary:
    'From message bytes to windows (length 96, stride 4, 8 series), with the state snapshots that a delivery takes; no inference. The reference ' +
    'only makes text of the same bytes and calls `JSON.parse`. Rates are per second of CPU time; `over_json_parse` is how ' +
    'many times the reference it costs.',
  async run(quick): Promise<BenchmarkResult> {
    const rows = quick ? 104 : 400; // the first window takes 96
    const narrow = await compare(makeFeed('narrow', quick ? 2 : 10, rows), quick);
    const wide = await compare(makeFeed('wide', quick ? 3 : 38, 2 * rows), quick);
    const [{ messages_per_s_core: narrowRate }, { values_per_s_core: wideRate }] = [narrow, wide];
    const keys = {
      decode_narrow_messages_per_s_core: narrowRate,
      decode_wide_values_per_s_core: wideRate,
      narrow_over_json_parse: narrow.over_json_parse,
      wide_over_json_parse: wide.over_json_parse,
    };
    return { keys, rows: [narrow, wide] };
  },
};

function makeFeed(layout: Feed['layout'], channels: number, rows: number): Feed {
  const rng = createRng(1);
  const messages: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (let s = 0; s < seriesCount; s++) {
      const time = startMs + row * stepMs;
      const cells = Array.from({ length: channels }, (_, c) => [
        `channel_${c}`,
        Number((20 + rng.normal()).toFixed(3)),
      ]);
      if (layout === 'wide') messages.push(JSON.stringify({ time, device: `pump-${s}`, ...Object.fromEntries(cells) }));
      else
        for (const [channel, value] of cells)
          messages.push(JSON.stringify({ time, device: `pump-${s}`, channel, value }));
    }
  }
  const encoder = new TextEncoder();
  const records = messages.map((text, offset) => ({
    key: null,
    value: encoder.encode(text),
    timestampMs: null,
    position: { ...position, offset },
  }));
  return { layout, channels, values: rows * seriesCount * channels, records };
}

async function compare(
  feed: Feed,
  quick: boolean,
): Promise<Row & Record<`${string}_core` | 'over_json_parse', number>> {
  const cpuMsMin = quick ? 1 : 100;
  const text = new TextDecoder();
  const parseAlone = () => {
    for (const { value } of feed.records) JSON.parse(text.decode(value as Uint8Array));
  };
  const side = (name: string, run: () => void) => ({ name, sample: () => sampleTime(run, cpuMsMin) });
  const sides = [side('JSON.parse', parseAlone), side('decode and window', () => decodeAndWindow(feed))];
  const [reference, own] = await measureInterleaved(sides, quick ? 1 : 5);
  const messages = feed.records.length;
  return {
    layout: feed.layout,
    channels: feed.channels,
    messages_per_s_core: (1000 * messages) / own.median.cpuMs,
    values_per_s_core: (1000 * feed.values) / own.median.cpuMs,
    json_parse_messages_per_s_core: (1000 * messages) / reference.median.cpuMs,
    over_json_parse: own.ratio.cpuMs,
    cpu_us_a_message: (1000 * own.median.cpuMs) / messages,
    wall_us_a_message: (1000 * own.median.wallMs) / messages,
  };
}

/** One pass over the feed. Event time cannot go back, so that each pass has a decoder and an assembler of its own. */
function decodeAndWindow(feed: Feed): void {
  const channels = Array.from({ length: feed.channels }, (_, c) => ({
    name: `channel_${c}`,
    unit: '',
    kind: 'gauge' as const,
    aggregate: 'last' as const,
    min: -1e6,
    max: 1e6,
  }));
  const options = jsonDecoder.options.parse({ layout: feed.layout, series: { path: 'device' } });
  const decoder = jsonDecoder.build(options, contextOf(channels));
  const prior = channels.map(() => ({ mean: 20, variance: 1, absMax: 24, weight: 1000 }));
  const assembler = new WindowAssembler({
    stepMs,
    length: 96,
    stride: 4,
    latenessMs: 0,
    silentAfterMs: 0,
    seriesMax: 100,
    channels,
    prior,
  });
  let values = 0;
  let windows = 0;
  for (const record of feed.records) {
    for (const reading of decoder.decode(record).readings) {
      values += reading.values.length;
      for (const event of assembler.push(reading)) {
        if (event.kind !== 'window') continue;
        windows++;
        assembler.takeState(event.window.series, eventTimeMs(event));
      }
    }
  }
  if (values !== feed.values || windows === 0)
    throw new Error(`${values} of ${feed.values} values, ${windows} windows`);
}

function contextOf(channels: ComponentContext['channels']): ComponentContext {
  return {
    pipeline: 'bench',
    channels,
    stepMs,
    limits: {
      messageBytesMax: 1_048_576,
      nestingMax: 16,
      seriesMax: 100,
      seriesNameCharsMax: 100,
      futureMsMax: 3_600_000,
      deadLetterBytesMax: 4096,
      inFlightWindowsMax: 100,
    },
    clock: { nowMs: () => startMs + 3_600_000, monotonicMs: () => 0, sleep: async () => {}, every: () => () => {} },
    telemetry: silentTelemetry,
    resolvePath: (path) => path,
  };
}

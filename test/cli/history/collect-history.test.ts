import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectHistory } from '../../../src/cli/history/collect-history.ts';
import type { HistoryFeed } from '../../../src/cli/history/feed.ts';
import type { CliIo } from '../../../src/cli/io.ts';
import { registry } from '../../../src/components.ts';
import { loadPipeline } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Source } from '../../../src/core/component.ts';
import type { SourceEvent } from '../../../src/core/record.ts';

const { config } = loadPipeline('pipelines/demo/pipeline.yaml', { registry, env: {}, overrides: [] });
const io = { clock: systemClock, signal: new AbortController().signal, env: {} } as unknown as CliIo;
const channel = config.channels[0].name;
const stepMs = config.window.step_ms;
const startMs = Math.ceil(1_700_000_000_000 / stepMs) * stepMs;

const record = (offset: number, row: number, key: string | null = null): SourceEvent => ({
  kind: 'record',
  record: {
    key,
    value: Buffer.from(JSON.stringify({ time: startMs + row * stepMs, [channel]: row })),
    timestampMs: null,
    position: { topic: 't', partition: 0, generation: 1, offset },
  },
});

function feedOf(events: readonly SourceEvent[], more: Partial<HistoryFeed> = {}): HistoryFeed {
  const source = {
    async run(take: (event: SourceEvent) => void) {
      for (const event of events) take(event);
    },
    commit: async () => {},
    stop: async () => {},
    close: async () => {},
  } as unknown as Source;
  const decode = {
    type: 'json',
    layout: 'wide',
    time: { path: 'time', format: 'auto' },
    series: { constant: 'plant' },
    values: { path: '' },
    rename: {},
    channel_path: 'channel',
    value_path: 'value',
  };
  return { what: 'a topic', source, decode, ...more };
}

const collect = (feed: HistoryFeed) => collectHistory(config, registry, io, feed);

describe('collectHistory', () => {
  it('takes no message twice that a topic brings again after it was opened again', async () => {
    const once = [record(4, 0), record(5, 1), record(6, 2)];
    const reset: SourceEvent = { kind: 'reset', topic: 't', partition: 0, generation: 2 };
    const plain = await collect(feedOf([...once, record(7, 3)]));
    const again = await collect(feedOf([...once, reset, ...once, record(7, 3)]));
    assert.equal(plain.readings, 4);
    assert.deepEqual([again.readings, again.late], [plain.readings, plain.late]);
    assert.deepEqual(again.series, plain.series);
  });

  it('keys of messages are not taken for series, those of a CSV file are', async () => {
    const keyed = [record(0, 0, 'shard-1'), record(1, 1, 'shard-2')];
    assert.deepEqual(
      (await collect(feedOf(keyed))).series.map(({ series }) => series),
      ['plant'],
    );
    await assert.rejects(collect(feedOf(keyed, { keysAreSeries: true })), /several series \(shard-1, shard-2\)/);
  });
});

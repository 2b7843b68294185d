import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspectTable } from '../../../src/cli/init/inspect-table.ts';
import type { Message } from '../../../src/cli/init/message.ts';
import { recogniseJson } from '../../../src/cli/init/recognise-json.ts';
import { START_MS } from './made-up.ts';

const messages = (
  count: number,
  value: (row: number, iso: string) => unknown,
  key: (row: number) => string | null = () => null,
): Message[] =>
  Array.from({ length: count }, (_, row) => ({
    key: key(row),
    text: JSON.stringify(value(row, new Date(START_MS + Math.floor(row / 2) * 60_000).toISOString())),
    timestampMs: START_MS + Math.floor(row / 2) * 60_000,
    partition: row % 2,
    framed: false,
  }));

/** `decode` and channels as init would write them. */
function recognised(feed: readonly Message[]) {
  const found = recogniseJson(feed, false, 'topic t');
  assert.ok(found);
  const facts = inspectTable(found.table, { what: 'topic t', label: null, stepMs: null });
  const columns = facts.channels.map(({ name }) => name);
  return {
    facts,
    layout: found.layout,
    decode: found.decodeFor(columns),
    channels: columns.map((column) => found.channelName(column, columns)),
  };
}

describe('recogniseJson', () => {
  it('reads wide messages with a series field', () => {
    const { decode, channels, facts } = recognised(
      messages(100, (row, iso) => ({ ts: iso, device: `d${row % 2}`, flow: row * 1.5, note: 'x', on: row % 3 === 0 })),
    );
    assert.deepEqual(decode, {
      type: 'json',
      layout: 'wide',
      time: { path: 'ts', format: 'auto' },
      series: { path: 'device' },
    });
    assert.deepEqual(channels, ['flow', 'on']);
    assert.equal(facts.seriesCount, 2);
    assert.equal(facts.stepMs, 60_000);
    assert.equal(facts.channels[1].kind, 'flag');
  });

  it('takes the key where no field names the series, and one series where neither does', () => {
    assert.deepEqual(
      recognised(
        messages(
          100,
          (row, iso) => ({ time: iso, flow: row }),
          (row) => `k${row % 2}`,
        ),
      ).decode.series,
      { key: true },
    );
    assert.deepEqual(
      recognised(
        messages(
          100,
          (row, iso) => ({ time: iso, flow: row }),
          (row) => `unique-${row}`,
        ),
      ).decode.series,
      { constant: 'default' },
    );
  });

  it('takes the time stamp of the message where no field reads as a time', () => {
    const { decode, facts } = recognised(messages(100, (row) => ({ device: `d${row % 2}`, flow: row })));
    assert.deepEqual(decode.time, { format: 'record' });
    assert.equal(facts.stepMs, 60_000);
  });

  it('finds channels below a common parent, deeper ones by their path', () => {
    const { decode, channels } = recognised(
      messages(100, (row, iso) => ({
        meta: { id: `d${row % 2}`, at: { time: iso } },
        data: { flow: row, motor: { amps: row / 2 } },
      })),
    );
    assert.deepEqual(decode, {
      type: 'json',
      layout: 'wide',
      time: { path: 'meta.at.time', format: 'auto' },
      series: { path: 'meta.id' },
      values: { path: 'data' },
      unknown_channels: 'ignore',
      rename: { 'motor.amps': 'motor.amps' },
    });
    assert.deepEqual(channels, ['flow', 'motor.amps']);
  });

  it('knows a key that holds a dot from a path', () => {
    const { decode, channels } = recognised(
      messages(100, (row, iso) => ({ time: iso, device: `d${row % 2}`, 'PM2.5': row, wind: { speed: row } })),
    );
    assert.deepEqual(decode.rename, { 'wind.speed': 'wind.speed' });
    assert.deepEqual(channels, ['PM2.5', 'wind.speed']);
  });

  it('reads arrays of objects', () => {
    const { facts } = recognised(
      messages(60, (row, iso) => [
        { time: iso, device: 'a', v1: row },
        { time: iso, device: 'b', v1: -row },
      ]),
    );
    assert.equal(facts.rows, 120);
    assert.equal(facts.seriesCount, 2);
  });

  it('reads narrow messages: one value of one channel', () => {
    const { decode, channels, facts, layout } = recognised(
      messages(
        200,
        (row, iso) => ({ ts: iso, station: 'north', tag: row % 2 === 0 ? 'flow' : 'level', value: row * 0.5 }),
        () => 'north',
      ),
    );
    assert.equal(layout, 'narrow JSON');
    assert.deepEqual(decode, {
      type: 'json',
      layout: 'narrow',
      time: { path: 'ts', format: 'auto' },
      series: { path: 'station' },
      channel_path: 'tag',
      value_path: 'value',
      unknown_channels: 'ignore',
    });
    assert.deepEqual(channels, ['flow', 'level']);
    assert.equal(facts.rows, 100);
  });

  it('does not take the channel for the series where the key repeats it', () => {
    const narrow = messages(
      200,
      (row, iso) => ({ time: iso, sensor: row % 2 === 0 ? 'flow' : 'level', value: row }),
      (row) => (row % 2 === 0 ? 'flow' : 'level'),
    );
    assert.deepEqual(recognised(narrow).decode.series, { constant: 'default' });
  });

  it('is not fooled by other texts', () => {
    const texts = (text: string): Message[] => messages(10, () => 0).map((message) => ({ ...message, text }));
    assert.equal(recogniseJson(texts('cpu,host=a usage=1 1'), false, 't'), null);
    assert.equal(recogniseJson(texts('5'), false, 't'), null);
    assert.equal(recogniseJson(texts(''), false, 't'), null);
  });
});

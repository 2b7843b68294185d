import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspectTable } from '../../../src/cli/init/inspect-table.ts';
import type { Message } from '../../../src/cli/init/message.ts';
import { recogniseLineProtocol } from '../../../src/cli/init/recognise-line-protocol.ts';
import { START_MS } from './made-up.ts';

const messages = (text: (row: number, ms: number) => string): Message[] =>
  Array.from({ length: 100 }, (_, row) => ({
    key: null,
    text: text(row, START_MS + row * 10_000),
    timestampMs: START_MS + row * 10_000,
    partition: 0,
    framed: false,
  }));

function recognised(feed: readonly Message[]) {
  const found = recogniseLineProtocol(feed, false);
  assert.ok(found);
  return {
    decode: found.decodeFor([]),
    facts: inspectTable(found.table, { what: 'topic t', label: null, stepMs: null }),
  };
}

describe('recogniseLineProtocol', () => {
  it('reads what Telegraf sends, several lines a message', () => {
    const { decode, facts } = recognised(
      messages(
        (row, ms) =>
          `cpu,host=a usage=${row * 1.5},idle=3i ${ms}000000\nmem,host=a used=${row},ok=true,who="x" ${ms}000000\n`,
      ),
    );
    assert.deepEqual(decode, {
      type: 'line-protocol',
      series_tag: 'host',
      channel: 'measurement_field',
      precision: 'ns',
    });
    assert.deepEqual(
      facts.channels.map(({ name, kind }) => [name, kind]),
      [
        ['cpu_usage', 'gauge'],
        ['cpu_idle', 'flag'],
        ['mem_used', 'gauge'],
        ['mem_ok', 'flag'],
      ],
    );
    assert.equal(facts.rows, 100);
    assert.equal(facts.stepMs, 10_000);
  });

  it('tells the unit of the time stamps', () => {
    for (const [precision, stamp] of [
      ['us', (ms: number) => `${ms}000`],
      ['ms', String],
      ['s', (ms: number) => String(ms / 1000)],
    ] as const) {
      const { decode, facts } = recognised(messages((row, ms) => `m,host=a v=${row}.5 ${stamp(ms)}`));
      assert.equal(decode.precision, precision);
      assert.equal(facts.firstMs, START_MS);
    }
  });

  it('takes the time of the message where a line has none', () => {
    assert.equal(recognised(messages((row) => `m,host=a v=${row}.5`)).facts.firstMs, START_MS);
  });

  it('finds another tag for the series', () => {
    assert.equal(recognised(messages((row) => `m,area=x,device=d${row % 2} v=${row}.5`)).decode.series_tag, 'device');
    assert.equal(recognised(messages((row) => `m,area=x v=${row}.5`)).decode.series_tag, 'area');
  });

  it('is not fooled by other texts', () => {
    assert.equal(
      recogniseLineProtocol(
        messages(() => '{"a": 1}'),
        false,
      ),
      null,
    );
    assert.equal(
      recogniseLineProtocol(
        messages(() => 'hello'),
        false,
      ),
      null,
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from 'kafkajs';
import { DriftcastError } from '../../src/core/errors.ts';
import { markMessage, readStateRecord, stateMessage } from '../../src/source/kafka-state-record.ts';

const state = { window: { endMs: 1 }, score: null, alert: null, forecast: null };

/** What the broker gives back of a message. */
const stored = ({ key, value, headers = {} }: Message) => ({
  key: key === null || key === undefined ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(String(text))])),
});
const read = (message: Message) => readStateRecord(stored(message), 'states, partition 3', 'm1');

describe('records of a state topic', () => {
  test('a state comes back; one of another model, and a tombstone, say that there is none', () => {
    assert.equal(stateMessage('pump 1', state, 3, 'm1').partition, 3);
    assert.deepEqual(read(stateMessage('pump 1', state, 3, 'm1')), { kind: 'state', series: 'pump 1', state });
    assert.deepEqual(read(stateMessage('pump 1', state, 3, 'm2')), { kind: 'none', series: 'pump 1' });
    assert.deepEqual(read({ key: 'pump 1', value: JSON.stringify(state) }), { kind: 'none', series: 'pump 1' });
    assert.equal(stateMessage('pump 1', null, 3, 'm1').value, null);
    assert.deepEqual(read(stateMessage('pump 1', null, 3, 'm1')), { kind: 'none', series: 'pump 1' });
  });

  test('a mark says whose it is', () => {
    assert.deepEqual(read(markMessage('me', 3)), { kind: 'mark', owner: 'me' });
  });

  test('what cannot be read says where it stands', () => {
    for (const value of ['{', '3', 'null', '{"window":1,"score":null,"alert":null}']) {
      assert.throws(
        () => read({ key: 'a', value, headers: { model: 'm1' } }),
        (error: unknown) =>
          error instanceof DriftcastError &&
          error.code === 'STATE_INVALID' &&
          !error.retryable &&
          error.message.startsWith('reading the state of "a" from states, partition 3: '),
        value,
      );
    }
  });
});

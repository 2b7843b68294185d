import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedMessage } from '../../../src/cli/history/recorded-message.ts';

const of = (line: unknown) => {
  const { key, value, timestampMs } = recordedMessage(
    Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)),
  );
  return [key, value === null ? null : Buffer.from(value).toString(), timestampMs];
};
const envelope = { topic: 't', partition: 1, offset: 7, ts: 1709510400000, key: 'k', payload: '{"a":1}' };

test('a line is its message; an envelope gives key and stamp', () => {
  assert.deepEqual(of('{"a":1}'), [null, '{"a":1}', null]);
  assert.deepEqual(of(envelope), ['k', '{"a":1}', 1709510400000]);
  assert.deepEqual(of({ ...envelope, key: null, ts: -1 }), [null, '{"a":1}', null]);
  assert.deepEqual(of({ ...envelope, payload: { a: 1 } }), ['k', '{"a":1}', 1709510400000]);
});

test('a tombstone stays one', () => assert.deepEqual(of({ ...envelope, payload: null })[1], null));

test('what only looks like an envelope is the message', () => {
  for (const line of ['{"payload":5}', '{"topic":"t","payload":"x"}', 'no "payload" at all', '["payload"]'])
    assert.deepEqual(of(line), [null, line, null]);
});

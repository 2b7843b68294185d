import assert from 'node:assert/strict';
import { test } from 'node:test';
import { committingFailed, isGenerationOver, readingFailed, topicsMissing } from '../../src/source/kafka-errors.ts';

test('the end of a generation is seen through the wrappers of the client', () => {
  const broker = Object.assign(new Error('The group is rebalancing'), { type: 'REBALANCE_IN_PROGRESS' });
  assert.ok(isGenerationOver(broker));
  assert.ok(isGenerationOver(new Error('wrapped', { cause: broker })));
  assert.ok(isGenerationOver(new Error('twice', { cause: new Error('wrapped', { cause: broker }) })));
  for (const other of [
    null,
    undefined,
    'REBALANCE_IN_PROGRESS',
    new Error('REBALANCE_IN_PROGRESS'),
    { type: 'NOT_LEADER_FOR_PARTITION' },
  ]) {
    assert.equal(isGenerationOver(other), false);
  }
});

test('errors say what was being done with what, and whether to try again', () => {
  const cause = new Error('no');
  const errors = [
    [topicsMissing(['a', 'b']), 'reading Kafka: no such topic: a, b'],
    [readingFailed({ topics: ['a'], brokers: ['k:1'] }, cause), 'reading a from k:1: no'],
    [committingFailed('g', cause), 'committing offsets of group g: no'],
  ] as const;
  for (const [error, message] of errors) {
    assert.equal(error.message, message);
    assert.equal(error.code, 'SOURCE_FAILED');
    assert.equal(error.retryable, true);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DriftcastError } from '../../src/core/errors.ts';
import {
  committingFailed,
  committingStateFailed,
  errorTypeOf,
  isFenced,
  isGenerationOver,
  isPermanent,
  readingFailed,
  topicsMissing,
} from '../../src/source/kafka-errors.ts';

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

test('what a broker said decides whether to try again, and who has the partition', () => {
  const of = (type: string) => new Error('wrapped', { cause: Object.assign(new Error('said'), { type }) });
  assert.equal(errorTypeOf(of('CONCURRENT_TRANSACTIONS')), 'CONCURRENT_TRANSACTIONS');
  assert.equal(errorTypeOf(new Error('none')), null);
  assert.equal(errorTypeOf('INVALID_PRODUCER_EPOCH'), null);
  assert.deepEqual(['INVALID_PRODUCER_EPOCH', 'MESSAGE_TOO_LARGE', 'UNKNOWN'].map(of).map(isFenced), [
    true,
    false,
    false,
  ]);
  assert.deepEqual(
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'MESSAGE_TOO_LARGE', 'NOT_COORDINATOR_FOR_GROUP']
      .map(of)
      .map(isPermanent),
    [true, true, false],
  );
  assert.equal(isPermanent(topicsMissing(['a'])), false);
  assert.equal(isPermanent(new DriftcastError('STATE_INVALID', 'damaged')), true);

  const tooLarge = committingStateFailed('g', 's.t', of('MESSAGE_TOO_LARGE'));
  assert.equal(tooLarge.code, 'STATE_INVALID');
  assert.match(String(tooLarge.hint), /--entity-name s\.t --add-config max\.message\.bytes/);
  assert.match(String(committingStateFailed('g', 's.t', of('UNKNOWN')).hint), /write to s\.t/);
});

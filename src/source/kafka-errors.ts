import { DriftcastError, messageOf } from '../core/errors.ts';

/** What the broker says to a member whose generation is over. */
const generationOver: ReadonlySet<unknown> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);

/** Whether a commit failed because the partitions may belong to somebody else by now. kafkajs may have wrapped the error. */
export function isGenerationOver(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { type, cause } = error as { readonly type?: unknown; readonly cause?: unknown };
  return generationOver.has(type) || isGenerationOver(cause);
}

/** What the broker called the error, however often kafkajs has wrapped it. */
export function errorTypeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const { type, cause } = error as { readonly type?: unknown; readonly cause?: unknown };
  return typeof type === 'string' ? type : errorTypeOf(cause);
}

/** Whether the same would fail again, whoever tries and however often. */
export function isPermanent(error: unknown): boolean {
  if (error instanceof DriftcastError) return !error.retryable;
  const type = errorTypeOf(error) ?? '';
  return type.endsWith('_AUTHORIZATION_FAILED') || type === 'MESSAGE_TOO_LARGE';
}

/** Whether another process has taken the partition over, or the brokers have given the transaction up. */
export const isFenced = (error: unknown): boolean =>
  ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING'].includes(errorTypeOf(error) ?? '');

export const topicsMissing = (topics: readonly string[]): DriftcastError =>
  new DriftcastError('SOURCE_FAILED', `reading Kafka: no such topic: ${topics.join(', ')}`, {
    retryable: true,
    hint: 'Create the topic, or let the user see it (Describe), or correct source.topics.',
  });

export const readingFailed = (
  from: { readonly topics: readonly string[]; readonly brokers: readonly string[] },
  error: unknown,
): DriftcastError =>
  new DriftcastError(
    'SOURCE_FAILED',
    `reading ${from.topics.join(', ')} from ${from.brokers.join(', ')}: ${messageOf(error)}`,
    {
      cause: error,
      retryable: true,
      hint: 'Check that the brokers can be reached and that the user may read the topics and join the group.',
    },
  );

export const committingFailed = (group: string, error: unknown): DriftcastError =>
  new DriftcastError('SOURCE_FAILED', `committing offsets of group ${group}: ${messageOf(error)}`, {
    cause: error,
    retryable: true,
  });

export function committingStateFailed(group: string, stateTopic: string, error: unknown): DriftcastError {
  const hint =
    errorTypeOf(error) === 'MESSAGE_TOO_LARGE'
      ? `Let an administrator raise the limit: kafka-configs.sh --alter --entity-type topics --entity-name ${stateTopic} --add-config max.message.bytes=16777216; or lower score.memory_scores.`
      : `Check that the user may write to ${stateTopic}, and use transactional ids that begin with ${group}.`;
  return new DriftcastError(
    'STATE_INVALID',
    `committing states and offsets of group ${group} to ${stateTopic}: ${messageOf(error)}`,
    { cause: error, retryable: !isPermanent(error), hint },
  );
}

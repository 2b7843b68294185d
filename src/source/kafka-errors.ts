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

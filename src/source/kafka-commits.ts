import type { Consumer } from 'kafkajs';
import type { CommitMark } from '../core/record.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { committingFailed, committingStateFailed, isFenced, isGenerationOver, isPermanent } from './kafka-errors.ts';
import type { OwnedPartition, OwnedPartitions } from './kafka-partitions.ts';
import { stateTopicOf } from './kafka-state-topic.ts';
import type { KafkaStates } from './kafka-states.ts';

export interface CommitParts {
  readonly consumer: Consumer;
  readonly group: string;
  readonly partitions: OwnedPartitions;
  readonly telemetry: Telemetry;
  readonly stopped: () => boolean;
  /** Where states are committed with the offsets. */
  readonly states: { readonly kafka: KafkaStates; readonly topicPrefix: string } | null;
  /** A transaction failed: nobody knows whether it counts, or somebody else has the partition. */
  readonly onLost: (slot: OwnedPartition, error: unknown) => void;
}

/** Transactions of one partition that may fail in a row. */
const failuresMax = 10;

/** Commits what is of the present generation; one after the other, since an older commit would move the group back. */
export class KafkaCommits {
  readonly #parts: CommitParts;
  /** Transactions that failed in a row, by topic and partition. */
  readonly #failures = new Map<string, number>();
  #committing: Promise<void> = Promise.resolve();

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /** Errors: SOURCE_FAILED, STATE_INVALID. */
  commit(marks: readonly CommitMark[]): Promise<void> {
    const { states } = this.#parts;
    const commit = this.#committing.then(() =>
      states === null ? this.#offsets(marks) : this.#transactions(marks, states),
    );
    this.#committing = commit.catch(() => undefined);
    return commit;
  }

  async #offsets(marks: readonly CommitMark[]): Promise<void> {
    const { consumer, group, partitions } = this.#parts;
    const current = partitions.current(marks);
    if (current.length === 0) return;
    const { generation } = partitions;
    try {
      await consumer.commitOffsets(
        current.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: String(nextOffset) })),
      );
    } catch (error) {
      if (partitions.generation !== generation || isGenerationOver(error)) return;
      throw committingFailed(group, error);
    }
    this.#done(current);
  }

  async #transactions(marks: readonly CommitMark[], states: NonNullable<CommitParts['states']>): Promise<void> {
    const { group, partitions, stopped, onLost } = this.#parts;
    const commitOne = async (mark: CommitMark): Promise<void> => {
      const slot = partitions.get(mark) as OwnedPartition;
      const key = `${mark.topic}/${mark.partition}`;
      try {
        await states.kafka.commit(mark);
        this.#failures.delete(key);
        this.#done([mark]);
      } catch (error) {
        if (partitions.get(mark) !== slot) return;
        const failures = (this.#failures.get(key) ?? 0) + 1;
        this.#failures.set(key, failures);
        const cannotGoOn = isPermanent(error) || failures > failuresMax || (stopped() && !isFenced(error));
        if (cannotGoOn) throw committingStateFailed(group, stateTopicOf(states.topicPrefix, mark.topic), error);
        onLost(slot, error);
      }
    };
    await Promise.all(partitions.current(marks).map(commitOne));
  }

  #done(marks: readonly CommitMark[]): void {
    const { partitions, telemetry } = this.#parts;
    partitions.committed(marks);
    for (const mark of marks) {
      const { topic, partition, nextOffset, generation } = mark;
      if (partitions.get(mark)?.generation === generation)
        telemetry.gauge('low_water_offset', nextOffset, { topic, partition: String(partition) });
    }
  }
}

import { messageOf } from '../core/errors.ts';
import { partitionKey } from '../core/record.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { KafkaOffsets } from './kafka-offsets.ts';
import type { OwnedPartition, OwnedPartitions } from './kafka-partitions.ts';

/** How far behind a partition is; `high` is its end. */
export function tellLag(telemetry: Telemetry, { topic, partition, next }: OwnedPartition, high: number): void {
  if (next === null) return;
  telemetry.gauge('lag_messages', Math.max(high - next, 0), { topic, partition: String(partition) });
}

/** Asks for the ends of what is owned: a partition that is not read tells nothing by itself. */
export async function tellLags(
  telemetry: Telemetry,
  partitions: OwnedPartitions,
  offsets: KafkaOffsets,
): Promise<void> {
  try {
    const known = await offsets.read([]);
    for (const slot of partitions.all()) {
      const at = known.get(partitionKey(slot));
      if (at !== undefined) tellLag(telemetry, slot, at.high);
    }
  } catch (error) {
    telemetry.log('debug', `asking for the ends of the partitions: ${messageOf(error)}`);
  }
}

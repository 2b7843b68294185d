import { z } from 'zod';
import { kafkaConnectionShape } from '../core/kafka-connection.ts';

const topic = z.string().min(1).max(249);

export const kafkaSourceOptions = z.strictObject({
  ...kafkaConnectionShape,
  topics: z.union([topic, z.array(topic).min(1).max(100)]).describe('Topic, or topics, to read. They have to exist.'),
  group: z.string().min(1).max(249).optional().describe('Consumer group. Default: driftcast-<name of the pipeline>.'),
  from: z
    .enum(['earliest', 'latest'])
    .default('earliest')
    .describe('Where a partition starts that the group has never committed.'),
  until: z
    .enum(['never', 'end'])
    .default('never')
    .describe('end: stop at the messages that are there at the start, for replays in batch.'),
  session_timeout_ms: z
    .number()
    .int()
    .min(1000)
    .default(6000)
    .describe('A member silent for this long loses its partitions. The broker has bounds of its own (6 s to 30 min).'),
  heartbeat_ms: z
    .number()
    .int()
    .min(50)
    .default(500)
    .describe('Between two heartbeats: how soon a rebalance is noticed.'),
  rebalance_timeout_ms: z
    .number()
    .int()
    .min(1000)
    .default(30_000)
    .describe('How long the group waits for its members.'),
  fetch_wait_ms_max: z.number().int().min(10).default(500).describe('How long a broker may wait for new messages.'),
  fetch_bytes_max: z
    .number()
    .int()
    .min(1024)
    .default(8_388_608)
    .describe('Bytes of one fetch: what the source holds at most.'),
});
export type KafkaSourceOptions = z.output<typeof kafkaSourceOptions>;

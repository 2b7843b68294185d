import { createRegistry } from './core/registry.ts';
import { avroDecoder } from './decode/avro.ts';
import { jsonDecoder } from './decode/json.ts';
import { lineProtocolDecoder } from './decode/line-protocol.ts';
import { senmlDecoder } from './decode/senml.ts';
import { deadLetterFile } from './sink/dead-letter-file.ts';
import { deadLetterKafka } from './sink/dead-letter-kafka.ts';
import { influxdbSink } from './sink/influxdb.ts';
import { kafkaSink } from './sink/kafka.ts';
import { lineProtocolSink } from './sink/line-protocol.ts';
import { webhookSink } from './sink/webhook.ts';
import { hostSource } from './source/host.ts';
import { kafkaSource } from './source/kafka.ts';
import { replaySource } from './source/replay.ts';
import { simulateSource } from './source/simulate.ts';

/** The one list of concrete components. Adding one is a file of its own and a line here. */
export const registry = createRegistry({
  sources: [kafkaSource, replaySource, simulateSource, hostSource],
  decoders: [jsonDecoder, avroDecoder, lineProtocolDecoder, senmlDecoder],
  sinks: [influxdbSink, lineProtocolSink, kafkaSink, webhookSink],
  deadLetters: [deadLetterFile, deadLetterKafka],
});

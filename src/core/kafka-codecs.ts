import kafkajs, { type CompressionTypes } from 'kafkajs';
import type { Codec } from './compression/codec.ts';
import { gzipCodec } from './compression/gzip.ts';
import { lz4Codec } from './compression/lz4.ts';
import { snappyCodec } from './compression/snappy.ts';
import { zstdCodec } from './compression/zstd.ts';
import { messageOf } from './errors.ts';
import { headerBefore, holdsRecords, substituteRecords } from './kafka-batch.ts';

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof compressions)[number];

export const compressionType: Readonly<Record<Compression, CompressionTypes>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

const codecs: readonly (readonly [Exclude<Compression, 'none'>, Codec])[] = [
  ['gzip', gzipCodec],
  ['snappy', snappyCodec],
  ['lz4', lz4Codec],
  ['zstd', zstdCodec],
];

/** Of one batch, opened. Brokers take 1 MiB of compressed records by default. */
const batchBytesMax = 67_108_864;
/** kafkajs takes a batch as the arguments of one call, and the stack ends at about twice as many. */
const batchMessagesMax = 50_000;

/** Why the messages cannot be read whose values are views of this memory. */
const unreadable = new WeakMap<ArrayBufferLike, string>();

/** Why a message stands for one of a batch that could not be opened; null: it is a message. */
export const unreadableBatch = (value: Buffer | null): string | null =>
  value === null ? null : (unreadable.get(value.buffer) ?? null);

/**
 * Gives kafkajs its codecs, gzip's too. kafkajs compares no checksums, asks for ever again for what cannot be opened, and logs
 * that nowhere: a batch that is damaged becomes as many messages that say so (`unreadableBatch`), at their offsets.
 */
export function registerKafkaCodecs(): void {
  const table: Record<number, () => unknown> = kafkajs.CompressionCodecs;
  for (const [name, codec] of codecs) {
    const guarded = {
      compress: ({ buffer }: { readonly buffer: Buffer }) => codec.compress(buffer),
      decompress: (records: Buffer) => opened(name, codec, records),
    };
    table[compressionType[name]] = () => guarded;
  }
}

async function opened(name: string, codec: Codec, records: Buffer): Promise<Buffer> {
  const header = headerBefore(records);
  let why: string;
  if (header !== null && header.count > batchMessagesMax)
    throw hopeless(
      `a batch of ${header.count} messages, at most ${batchMessagesMax} can be read: set linger.ms and batch.size of the producer lower`,
    );
  if (header?.crcMatches === false) why = 'its checksum does not match';
  else {
    try {
      const bytes = await codec.decompress(records, batchBytesMax);
      if (header === null || holdsRecords(bytes, header.count)) return bytes;
      why = `it does not hold the ${header.count} messages that it should`;
    } catch (error) {
      why = messageOf(error);
    }
  }
  const detail = `a batch compressed with ${name} cannot be read: ${why}`;
  const substitute = header === null ? null : substituteRecords(header);
  if (substitute === null) throw hopeless(detail);
  // A Buffer of the pool shares its memory with others.
  const own = Buffer.from(new Uint8Array(substitute).buffer);
  unreadable.set(own.buffer, detail);
  return own;
}

/** Ends the consumer with this message, where anything else would be tried again in silence. */
const hopeless = (what: string): Error =>
  new kafkajs.KafkaJSNonRetriableError(`${what}; kafka-consumer-groups --reset-offsets moves the group past it`);

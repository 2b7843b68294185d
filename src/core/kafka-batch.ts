import { crc32c } from './crc32c.ts';

/**
 * A batch of records as it lies around its compressed records in what a broker sent. Apache Kafka, "Record Batch":
 * baseOffset 8, length 4, leader epoch 4, magic 1, crc 4, attributes 2, lastOffsetDelta 4, times 16, producer 14, count 4.
 */
export interface BatchHeader {
  readonly count: number;
  readonly lastOffsetDelta: number;
  readonly crcMatches: boolean;
}

const headerBytes = 61;
const place = { length: 8, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23, count: 57 } as const;
const lengthStartsAt = 12;
/** More offsets than this are in no batch: its header is damaged too. */
const offsetsMax = 1_000_000;

/** Finds the header before the compressed records, which are a view into the answer of the broker; null where none is. */
export function headerBefore(records: Buffer): BatchHeader | null {
  if (records.byteOffset < headerBytes) return null;
  const batch = Buffer.from(records.buffer, records.byteOffset - headerBytes, headerBytes + records.length);
  if (batch[place.magic] !== 2 || batch.readInt32BE(place.length) !== batch.length - lengthStartsAt) return null;
  return {
    count: batch.readInt32BE(place.count),
    lastOffsetDelta: batch.readInt32BE(place.lastOffsetDelta),
    crcMatches: batch.readUInt32BE(place.crc) === crc32c(batch.subarray(place.attributes)),
  };
}

/** Whether the bytes hold that many records, each with its length before it, and nothing else. */
export function holdsRecords(bytes: Buffer, count: number): boolean {
  let at = 0;
  for (let i = 0; i < count; i++) {
    let zigzag = 0;
    let shift = 0;
    let byte: number;
    do {
      if (at >= bytes.length || shift > 28) return false;
      byte = bytes[at++] as number;
      zigzag += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80);
    if (zigzag % 2 === 1) return false;
    at += zigzag / 2;
  }
  return at === bytes.length;
}

/**
 * Records in place of those that cannot be read: the same number, with the first offsets and the last one of the batch, each
 * with a value of one byte. null where the header makes no sense.
 */
export function substituteRecords({ count, lastOffsetDelta }: BatchHeader): Buffer | null {
  if (count < 1 || lastOffsetDelta < count - 1 || lastOffsetDelta >= offsetsMax) return null;
  const parts: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const offsetDelta = varint(2 * (i === count - 1 ? lastOffsetDelta : i));
    // attributes 0, time 0, offset; no key (-1), a value of length 1, no headers
    const body = Buffer.concat([Buffer.of(0, 0), offsetDelta, Buffer.of(1, 2, 0, 0)]);
    parts.push(varint(2 * body.length), body);
  }
  return Buffer.concat(parts);
}

/** Of a number that is zigzag-encoded already. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

import { compress } from 'snappyjs';
import { type Codec, tooLarge } from './codec.ts';

/** How snappy-java, and so Java's clients, frame their blocks: this, two versions, then blocks with their lengths before them. */
const framed = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const frameHeaderBytes = 16;

/** Raw blocks as librdkafka writes them, and the frames of snappy-java. */
export const snappyCodec: Codec = {
  compress: async (bytes) => Buffer.from(compress(bytes)),
  async decompress(bytes, bytesMax) {
    if (!bytes.subarray(0, framed.length).equals(framed)) return block(bytes, bytesMax);
    const blocks: Buffer[] = [];
    let left = bytesMax;
    for (let at = frameHeaderBytes; at < bytes.length; ) {
      if (at + 4 > bytes.length) throw new Error('the length of a snappy block is cut off');
      const length = bytes.readUInt32BE(at);
      at += 4;
      if (at + length > bytes.length) throw new Error('a snappy block is cut off');
      const opened = block(bytes.subarray(at, at + length), left);
      blocks.push(opened);
      left -= opened.length;
      at += length;
    }
    return Buffer.concat(blocks);
  },
};

/**
 * Opens one block. snappyjs could, but a length that comes out negative keeps it busy for half a minute.
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
function block(bytes: Buffer, bytesMax: number): Buffer {
  const { length, end } = lengthOf(bytes);
  if (length > bytesMax) throw tooLarge(length, bytesMax);
  const out = Buffer.alloc(length);
  let made = 0;
  for (let at = end; at < bytes.length; ) {
    const tag = bytes[at++] as number;
    const kind = tag & 3;
    const extraBytes = kind === 0 ? Math.max(0, (tag >> 2) - 59) : kind === 3 ? 4 : kind;
    if (at + extraBytes > bytes.length) throw damaged();
    const extra = extraBytes === 0 ? 0 : bytes.readUIntLE(at, extraBytes);
    at += extraBytes;
    if (kind === 0) {
      const literal = (extraBytes === 0 ? tag >> 2 : extra) + 1;
      if (at + literal > bytes.length || made + literal > length) throw damaged();
      bytes.copy(out, made, at, at + literal);
      at += literal;
      made += literal;
    } else {
      const copied = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      const offset = kind === 1 ? (tag >> 5) * 256 + extra : extra;
      if (offset === 0 || offset > made || made + copied > length) throw damaged();
      // byte by byte: what is copied may be part of the copy
      for (const until = made + copied; made < until; made++) out[made] = out[made - offset] as number;
    }
  }
  if (made !== length) throw damaged();
  return out;
}

const damaged = () => new Error('a snappy block is damaged');

/** The length of what was compressed: a varint of at most five bytes. */
function lengthOf(bytes: Buffer): { readonly length: number; readonly end: number } {
  let length = 0;
  for (let at = 0; at < Math.min(5, bytes.length); at++) {
    const byte = bytes[at] as number;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, end: at + 1 };
  }
  throw damaged();
}

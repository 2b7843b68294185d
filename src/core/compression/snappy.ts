import { compress, uncompress } from 'snappyjs';
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

function block(bytes: Buffer, bytesMax: number): Buffer {
  // Eight bits for each byte of the length: a varint of at most five bytes comes first.
  let length = 0;
  for (let i = 0; i < Math.min(5, bytes.length); i++) {
    length += ((bytes[i] as number) & 0x7f) * 2 ** (7 * i);
    if ((bytes[i] as number) < 0x80) break;
  }
  if (length > bytesMax) throw tooLarge(length, bytesMax);
  return Buffer.from(uncompress(bytes, bytesMax));
}

import { compressBlock, compressBound, decompressBlock } from 'lz4js';
import { type Codec, tooLarge } from './codec.ts';

const magic = 0x184d2204;
/** Version 1, independent blocks (Kafka's Java classes take no others), blocks of 64 KiB, checksum of these two bytes. */
const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
const blockBytesMax: ReadonlyMap<number, number> = new Map([
  [4, 65_536],
  [5, 262_144],
  [6, 1_048_576],
  [7, 4_194_304],
]);
const ownBlockBytes = 65_536;
const uncompressedBit = 0x80000000;
/** A byte of a block stands for at most this many. */
const ratioMax = 255;

/** LZ4 frames. Checksums are not looked at: a batch has one of its own. https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
export const lz4Codec: Codec = {
  async compress(bytes) {
    const parts: Buffer[] = [header];
    for (let at = 0; at < bytes.length; at += ownBlockBytes) parts.push(packed(bytes.subarray(at, at + ownBlockBytes)));
    return Buffer.concat([...parts, Buffer.alloc(4)]);
  },
  async decompress(bytes, bytesMax) {
    const frame = frameOf(bytes);
    const bound = frame.blocks.reduce((sum, { length, packed }) => {
      return sum + (packed ? Math.min(frame.blockBytesMax, length * ratioMax) : length);
    }, 0);
    if (bound > bytesMax + frame.blockBytesMax) throw tooLarge(`up to ${bound}`, bytesMax);
    const out = Buffer.alloc(bound);
    let at = 0;
    for (const { start, length, packed } of frame.blocks) {
      if (packed) at = decompressBlock(bytes, out, start, length, at);
      else at += bytes.copy(out, at, start, start + length);
      if (!(at <= out.length)) throw new Error('an LZ4 block is damaged');
    }
    if (at > bytesMax) throw tooLarge(at, bytesMax);
    return out.subarray(0, at);
  },
};

function packed(chunk: Buffer): Buffer {
  const out = Buffer.alloc(4 + compressBound(chunk.length));
  const length = compressBlock(chunk, out.subarray(4), 0, chunk.length, new Uint32Array(65_536));
  if (length > 0 && length < chunk.length) {
    out.writeUInt32LE(length);
    return out.subarray(0, 4 + length);
  }
  out.writeUInt32LE((chunk.length | uncompressedBit) >>> 0);
  chunk.copy(out, 4);
  return out.subarray(0, 4 + chunk.length);
}

interface Frame {
  readonly blockBytesMax: number;
  readonly blocks: readonly { readonly start: number; readonly length: number; readonly packed: boolean }[];
}

/** Where the blocks are, each within the bytes. */
function frameOf(bytes: Buffer): Frame {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== magic) throw new Error('no LZ4 frame');
  const flags = bytes[4] as number;
  if (flags >> 6 !== 1) throw new Error('an LZ4 frame of another version');
  const ofBlock = blockBytesMax.get(((bytes[5] as number) >> 4) & 7);
  if (ofBlock === undefined) throw new Error('an LZ4 frame with an unknown block size');
  const blocks: Frame['blocks'][number][] = [];
  const sizeBytes = flags & 0x08 ? 8 : 0;
  const checksumBytes = flags & 0x10 ? 4 : 0;
  for (let at = 6 + sizeBytes + 1; ; ) {
    if (at + 4 > bytes.length) throw new Error('an LZ4 frame is cut off');
    const word = bytes.readUInt32LE(at);
    if (word === 0) return { blockBytesMax: ofBlock, blocks };
    const length = word % uncompressedBit;
    const start = at + 4;
    if (length > ofBlock + 16 || start + length > bytes.length) throw new Error('an LZ4 block is cut off');
    blocks.push({ start, length, packed: word < uncompressedBit });
    at = start + length + checksumBytes;
  }
}

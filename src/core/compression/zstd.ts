import { Decompress } from 'fzstd';
import { type Codec, tooLarge } from './codec.ts';

const magic = 0xfd2fb528;
/** What a frame without the size of its content may ask for beforehand: level 19's own is 8 MiB. */
const windowBytesMax = 67_108_864;

/** Zstandard frames, with or without the size of their content (streams have none). RFC 8878 */
export const zstdCodec: Codec = {
  async compress(bytes) {
    // Half a second and some megabytes, for those alone who send zstd.
    const { Zstd } = await import('@hpcc-js/wasm-zstd');
    return Buffer.from((await Zstd.load()).compress(bytes));
  },
  async decompress(bytes, bytesMax) {
    const { windowBytes, contentBytes } = declared(bytes);
    if (contentBytes > bytesMax) throw tooLarge(contentBytes, bytesMax);
    if (windowBytes > windowBytesMax) throw new Error(`a window of ${windowBytes} bytes, at most ${windowBytesMax}`);
    const parts: Uint8Array[] = [];
    let length = 0;
    const stream = new Decompress((part) => {
      length += part.length;
      if (length > bytesMax) throw tooLarge(`over ${bytesMax}`, bytesMax);
      parts.push(Uint8Array.from(part)); // the window behind it is written over
    });
    stream.push(bytes, true);
    return Buffer.concat(parts);
  },
};

/** What the head of a frame says. */
function declared(bytes: Buffer): { readonly windowBytes: number; readonly contentBytes: number } {
  if (bytes.length < 9 || bytes.readUInt32LE(0) !== magic) throw new Error('no Zstandard frame');
  const descriptor = bytes[4] as number;
  const single = (descriptor & 0x20) !== 0;
  const exponent = (bytes[5] as number) >> 3;
  const windowBytes = single ? 0 : 2 ** (10 + exponent) * (1 + ((bytes[5] as number) & 7) / 8);
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const at = (single ? 5 : 6) + dictionaryBytes;
  const sizeBytes = descriptor >> 6 === 0 ? (single ? 1 : 0) : 2 ** (descriptor >> 6);
  if (at + sizeBytes > bytes.length) throw new Error('a Zstandard frame is cut off');
  if (sizeBytes === 0) return { windowBytes, contentBytes: 0 };
  if (sizeBytes === 8) return { windowBytes, contentBytes: Number(bytes.readBigUInt64LE(at)) };
  return { windowBytes, contentBytes: bytes.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0) };
}

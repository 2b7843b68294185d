import { promisify } from 'node:util';
import { gzip, unzip } from 'node:zlib';
import { type Codec, tooLarge } from './codec.ts';

const zip = promisify<Buffer, Buffer>(gzip);
const open = promisify<Buffer, { maxOutputLength: number }, Buffer>(unzip);

export const gzipCodec: Codec = {
  compress: (bytes) => zip(bytes),
  async decompress(bytes, bytesMax) {
    try {
      return await open(bytes, { maxOutputLength: bytesMax });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
        throw tooLarge(`over ${bytesMax}`, bytesMax);
      throw error;
    }
  },
};

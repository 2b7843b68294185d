/** One way to compress the records of a Kafka batch. Both directions reject with an Error where they cannot. */
export interface Codec {
  compress(bytes: Buffer): Promise<Buffer>;
  /** Never makes more than `bytesMax`: a few bytes can stand for gigabytes. */
  decompress(bytes: Buffer, bytesMax: number): Promise<Buffer>;
}

export const tooLarge = (bytes: number | string, bytesMax: number): Error =>
  new Error(`decompressed it would have ${bytes} bytes, at most ${bytesMax} are taken`);

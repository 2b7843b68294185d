declare module 'lz4js' {
  /** Writes the block to `to` and returns its length; 0: it does not get smaller. The table has 65,536 entries of 0. */
  export function compressBlock(
    from: Uint8Array,
    to: Uint8Array,
    start: number,
    length: number,
    table: Uint32Array,
  ): number;
  /** Writes behind `at` and returns the index behind what it wrote, which may lie outside of `to`. */
  export function decompressBlock(from: Uint8Array, to: Uint8Array, start: number, length: number, at: number): number;
  export function compressBound(length: number): number;
}

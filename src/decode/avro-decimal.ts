const bytesMax = 64;

/** The number that two's complement bytes, highest first, stand for; NaN where they are more than a number can mean. */
export function avroDecimal(bytes: Uint8Array, scale: number): number {
  if (bytes.length > bytesMax) return Number.NaN;
  let unscaled = 0n;
  for (const byte of bytes) unscaled = (unscaled << 8n) | BigInt(byte);
  const digits = String(BigInt.asIntN(8 * bytes.length, unscaled));
  return Number(`${digits}e-${scale}`);
}

/**
 * The three coefficients of Karras et al. 2022 (EDM), Table 1, for data of standard deviation one:
 * denoised = cSkip z + cOut network(cIn z, sigma).
 */
export interface Preconditioning {
  readonly cSkip: number;
  readonly cOut: number;
  readonly cIn: number;
}

export function precondition(sigma: number): Preconditioning {
  const total = 1 + sigma * sigma;
  return { cSkip: 1 / total, cOut: sigma / Math.sqrt(total), cIn: 1 / Math.sqrt(total) };
}

/** The level whose embedding stands for "nothing known of z": the network is trained and called there with z = 0. */
export const nullSigma = 20;

/** Number of geometric Fourier frequencies (.25 to 16) of ln(sigma) / 4. */
export const noiseFrequencies = 16;

/** Writes [sin, cos] of ln(sigma) / 4 at 16 geometric frequencies to `out` at `offset`; 2 x 16 numbers. */
export function noiseFeatures(sigma: number, out: Float32Array, offset: number): void {
  const level = Math.log(sigma) / 4;
  for (let i = 0; i < noiseFrequencies; i++) {
    const angle = 2 * Math.PI * level * 0.25 * 64 ** (i / (noiseFrequencies - 1));
    out[offset + i] = Math.sin(angle);
    out[offset + noiseFrequencies + i] = Math.cos(angle);
  }
}

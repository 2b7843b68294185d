/**
 * Noise level in the words of Karras et al. 2022 (EDM): z_sigma = x_t / sqrt(alphaBar) = x_0 + sigma n, so that the discrete chain,
 * the variance-preserving SDE and EDM are one process on three clocks (their appendix C.1).
 */
export const sigmaOf = (alphaBar: number): number => Math.sqrt((1 - alphaBar) / alphaBar);

/** Share of the signal's variance left at a noise level: the inverse of `sigmaOf`. x_t = sqrt(alphaBar) z_sigma. */
export const alphaBarOf = (sigma: number): number => 1 / (1 + sigma * sigma);

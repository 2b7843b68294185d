/**
 * q(x_t | x_0) = N(mean x_0, std^2 I) of a variance-preserving process, discrete or continuous
 * (Ho et al. 2020, equation 4; Song et al. 2021, equation 29).
 */
export const forwardMarginal = (alphaBar: number): { readonly mean: number; readonly std: number } => ({
  mean: Math.sqrt(alphaBar),
  std: Math.sqrt(1 - alphaBar),
});

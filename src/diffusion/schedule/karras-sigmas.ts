/**
 * `steps` noise levels from `max` down to `min`, evenly spaced in sigma^(1/rho), and 0 (Karras et al. 2022, equation 5; rho = 7).
 */
export function karrasSigmas(steps: number, min: number, max: number, rho = 7): number[] {
  const [low, high] = [min ** (1 / rho), max ** (1 / rho)];
  const at = (k: number) => (steps === 1 ? max : (high + (k / (steps - 1)) * (low - high)) ** rho);
  return [...Array.from({ length: steps }, (_, k) => at(k)), 0];
}

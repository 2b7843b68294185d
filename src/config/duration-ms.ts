import { z } from 'zod';

const DURATION_EXPECTED = 'expected a duration such as 500ms, 10s, 5m, 1h, 7d';

/** Milliseconds, or a number with a unit: 500ms, 10s, 5m, 1h, 7d. */
export const durationMs = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, DURATION_EXPECTED)], {
    error: DURATION_EXPECTED,
  })
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(value) as RegExpExecArray;
    return Number(amount) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'ms'];
  });

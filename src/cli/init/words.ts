const PLAIN = /^[A-Za-z_][\w./-]*( [\w./-]+)*$/;
const RESERVED = /^(true|false|null|yes|no|on|off|y|n|nan|inf)$/i;

/** A `${` of the data is no variable of the environment. */
export const escapeVariables = (text: string): string => text.replaceAll('${', () => '$${');

/** Text as a YAML scalar that is read back as that text. */
export function yamlText(text: string): string {
  const escaped = escapeVariables(text);
  return PLAIN.test(escaped) && !RESERVED.test(escaped) ? escaped : JSON.stringify(escaped);
}

/** Text from data as it may stand in a comment or on a terminal: on one line, without control characters, cut. */
export const tame = (text: string, charsMax = 120): string => {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return clean.length > charsMax ? `${clean.slice(0, charsMax)}...` : clean;
};

/** Four digits, as short as they can be written. */
export const figure = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '-');

/** '0%', '2.1%', '<0.1%'. */
export function percent(fraction: number): string {
  if (fraction <= 0) return '0%';
  return fraction < 0.001 ? '<0.1%' : `${Number((fraction * 100).toPrecision(2))}%`;
}

/** '2026-03-01 10:00:00', UTC. */
export const utc = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');

/** Rough length in the unit that people would say it in: '95m', '3.5d'. */
export function span(durationMs: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const;
  const [unit, ms] = units.find(([, unitMs]) => durationMs >= 2 * unitMs) ?? ['ms', 1];
  return `${Number((durationMs / ms).toPrecision(2))}${unit}`;
}

export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 || what.endsWith('s') ? '' : 's'}`;

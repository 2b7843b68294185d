/** How numbers and times read. Pure. */

/** @param {number | null | undefined} value @returns {string} about four significant digits, never an exponent in the usual ranges */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2);
  if (size >= 10_000) return Math.round(value).toLocaleString('en-US').replaceAll(',', '\u202f');
  return String(Number(value.toPrecision(4)));
}

/** @param {number | null} p */
export function pValue(p) {
  if (p === null) return '–';
  return p >= 0.1 ? p.toFixed(2) : String(Number(p.toPrecision(2)));
}

/** @param {number | null | undefined} p @returns {number | null} how unusual: -log10 p, 0 or more */
export function unusual(p) {
  return p === null || p === undefined || p <= 0 ? null : Math.max(0, -Math.log10(p));
}

/** @param {number} ms @returns {string} two units at most */
export function duration(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  const days = seconds / 86_400;
  return days < 730 ? `${Math.round(days)} d` : `${(days / 365.25).toFixed(1)} y`;
}

/** How long an alert has lasted: until it was resolved, or until now. @param {{ state: string, startMs: number, timeMs: number }} alert @param {number | null} nowMs event time */
export function alertLength(alert, nowMs) {
  return (alert.state === 'resolved' || nowMs === null ? alert.timeMs : Math.max(nowMs, alert.timeMs)) - alert.startMs;
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, '0');

/** @param {number | null} ms local time of the reader's machine */
export function clockTime(ms) {
  if (ms === null) return '–';
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** @param {number | null} ms */
export function dateTime(ms) {
  if (ms === null) return '–';
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clockTime(ms)}`;
}

/** @param {number | null} value */
export function percent(value) {
  return value === null ? '–' : `${Math.round(value * 100)} %`;
}

/** @type {Readonly<Record<string, string>>} */
export const stateNames = {
  warming: 'warming up',
  sparse: 'too few readings',
  learning: 'learning',
  ordinary: 'ordinary',
  alarm: 'alarm',
  pending: 'pending',
  firing: 'firing',
  silent: 'silent',
  resolved: 'resolved',
};

/**
 * What stands beside the score, in the order it is shown.
 *
 * @type {readonly { readonly key: import('./model.js').ReferenceName, readonly name: string, readonly short: string }[]}
 */
export const references = [
  { key: 'ridge_var', name: 'ridge VAR (no network)', short: 'ridge VAR' },
  { key: 'z_score', name: 'z-score', short: 'z-score' },
];

/** Whether the references would have raised an alert, too; a line each. @param {NonNullable<import('./model.js').AlertView['references']>} found */
export function describeReferences(found) {
  return references.map(({ key, short }) => {
    const { minPValue, alarm, learning } = found[key];
    if (learning) return `${short}: still learning`;
    return `${short}: p ${pValue(minPValue)}, ${alarm ? 'alarm too' : 'no alarm'}`;
  });
}

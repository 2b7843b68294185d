import type { Channel } from '../core/channel.ts';
import type { DriftAction, DriftFinding, DriftKind } from '../core/drift.ts';
import type { Contribution } from '../core/verdict.ts';

/** "flow_out 12.1 l/s, expected 8.0 ± 0.9": as many decimals as the half width makes sense of. */
export function describeContribution(part: Contribution, channel: Channel): string {
  const unit = channel.unit === '' ? '' : ` ${channel.unit}`;
  const format = formatterFor(part.halfWidth90);
  const known = Number.isFinite(part.halfWidth90) && part.halfWidth90 > 0;
  const spread = known ? ` ± ${format(part.halfWidth90)}` : '';
  return `${channel.name} ${format(part.observed)}${unit}, expected ${format(part.expected)}${spread}`;
}

/** "pump-3: flow_out ...; pressure ...; p = 0.0002" */
export function describeAnomaly(
  series: string,
  parts: readonly Contribution[],
  minPValue: number,
  channels: readonly Channel[],
): string {
  const texts = parts.map((part) => {
    const channel = channels[part.channel];
    return channel === undefined ? `channel ${part.channel}` : describeContribution(part, channel);
  });
  return `${series}: ${[...texts, `p = ${Number(minPValue.toPrecision(2))}`].join('; ')}`;
}

const driftWords: Readonly<Record<DriftKind, string>> = {
  level_shift: 'has moved and stays there',
  trend: 'moves little by little',
  season_change: 'has another course of the day',
  sensor_replaced: 'has another noise, as after a change of the sensor or its gain',
  sensor_frozen: 'says the same for longer than ever before',
};

const driftAdvice: Readonly<Record<DriftAction, string>> = {
  retrain: 'train the model again with rows since then',
  adapt: 'taken for ordinary from now on',
  hold: 'still judged by what was before',
  off: '',
};

/** "pump-3: flow has moved and stays there (12.1 l/s, was 8.0) since 2026-01-05; ...; train the model again ..." */
export function describeDrift(
  series: string,
  findings: readonly DriftFinding[],
  channels: readonly Channel[],
  action: DriftAction,
): string {
  const texts = findings.map(({ channel, kind, was, now, sinceMs }) => {
    const { name, unit } = channels[channel] ?? { name: `channel ${channel}`, unit: '' };
    const value = (x: number) => String(Number(x.toPrecision(4)));
    const level = `${value(now)}${unit === '' ? '' : ` ${unit}`}, was ${value(was)}`;
    return `${name} ${driftWords[kind]} (${level}) since ${new Date(sinceMs).toISOString().slice(0, 16).replace('T', ' ')}`;
  });
  // a sensor that says nothing is for somebody with a screwdriver
  const advice = findings.every(({ kind }) => kind === 'sensor_frozen') ? 'look after the sensor' : driftAdvice[action];
  return `${series}: ${[...texts, advice].join('; ')}`;
}

/** "45 s", "12 min", "3.5 h", "2 d" */
export function describeDuration(durationMs: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  // From two of a unit on: 90 s says more than 1.5 min.
  const [name, sizeMs] = units.find(([, ms]) => durationMs >= 2 * ms) ?? ['ms', 1];
  return `${Number((durationMs / sizeMs).toPrecision(2))} ${name}`;
}

function formatterFor(halfWidth: number): (x: number) => string {
  const decimals = halfWidth > 0 && Number.isFinite(halfWidth) ? -Math.floor(Math.log10(halfWidth)) : null;
  return (x) => {
    if (!Number.isFinite(x)) return 'unknown';
    if (decimals === null || decimals > 6 || Math.abs(x) >= 1e9) return String(Number(x.toPrecision(4)));
    // -0.04 with one decimal is 0.0, not -0.0.
    return x.toFixed(Math.max(0, decimals)).replace(/^-(?=[0.]+$)/, '');
  };
}

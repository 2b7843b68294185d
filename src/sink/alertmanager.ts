import type { AlertKind, AlertTransition } from '../core/alert.ts';
import type { Channel } from '../core/channel.ts';

/** One element of the array that Alertmanager's `POST /api/v2/alerts` takes. */
export interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
}

export interface AlertmanagerSettings {
  readonly pipeline: string;
  readonly severity: string;
  /** Wall clock. */
  readonly nowMs: number;
  /** How long a firing alert stands without further word; 0 leaves `endsAt` out. */
  readonly firingMsMax: number;
}

/**
 * A transition in Alertmanager's form, or null for a pending one. Firing and resolved carry the same labels and `startsAt`,
 * so that they meet. A firing alert gets an end far ahead, as Prometheus does: without one, Alertmanager would declare it
 * resolved after five minutes because nobody repeats it.
 */
export function toAlertmanager(
  alert: AlertTransition,
  channels: readonly Channel[],
  { pipeline, severity, nowMs, firingMsMax }: AlertmanagerSettings,
): AlertmanagerAlert | null {
  if (alert.state === 'pending') return null;
  const alertname = alertNames[alert.kind];
  const endMs = alert.state === 'resolved' ? Math.max(alert.timeMs, alert.startMs) : endOfFiring(nowMs, firingMsMax);
  return {
    labels: { alertname, pipeline, series: alert.series, severity },
    annotations: annotationsOf(alert, channels),
    startsAt: isoTime(alert.startMs),
    ...(endMs === null ? {} : { endsAt: isoTime(endMs) }),
  };
}

const alertNames: Readonly<Record<AlertKind, string>> = {
  anomaly: 'DriftcastAnomaly',
  silent: 'DriftcastSilent',
  drift: 'DriftcastDrift',
};

const endOfFiring = (nowMs: number, firingMsMax: number): number | null =>
  firingMsMax === 0 ? null : nowMs + firingMsMax;

function annotationsOf(alert: AlertTransition, channels: readonly Channel[]): Record<string, string> {
  const names = alert.channels.map(({ channel }) => channels[channel]?.name ?? String(channel));
  return {
    summary: alert.summary,
    id: alert.id,
    ...(names.length === 0 ? {} : { channels: names.join(';') }),
    ...(alert.first === null
      ? {}
      : { first: `${channels[alert.first.channel]?.name ?? alert.first.channel} at ${isoTime(alert.first.sinceMs)}` }),
    ...(Number.isFinite(alert.peakScore) ? { peak_score: String(alert.peakScore) } : {}),
    ...(Number.isFinite(alert.minPValue) ? { min_p_value: String(alert.minPValue) } : {}),
  };
}

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString();

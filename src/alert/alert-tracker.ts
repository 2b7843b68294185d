import type { AlertState, AlertTransition, Outcome } from '../core/alert.ts';
import type { BufferFill } from '../core/buffer-fill.ts';
import type { Channel } from '../core/channel.ts';
import type { DriftAction } from '../core/drift.ts';
import { DriftcastError } from '../core/errors.ts';
import { PendingStates } from '../core/pending-states.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Window, WindowEvent } from '../core/window.ts';
import { describeAnomaly, describeDrift, describeDuration } from './describe.ts';
import { advanceDrift, type OpenDrift } from './drift-alert.ts';
import { advanceIncident, blamedChannels, firstToMove, type Incident } from './incident.ts';

export interface AlertOptions {
  readonly channels: readonly Channel[];
  /** Alarm rows in a row before pending becomes firing. */
  readonly pendingSteps: number;
  /** Ordinary rows in a row before firing becomes resolved. */
  readonly resolveSteps: number;
  /** Whether a silent series raises an alert. */
  readonly silent: boolean;
  /** What is done about drift: told with it. */
  readonly driftAction: DriftAction;
  /** Channels named in a transition. */
  readonly topChannels: number;
  /** Series with an open alert that are held; beyond, the one touched least recently is resolved and forgotten. */
  readonly seriesMax: number;
  /** States kept for `takeState` until their outcomes are delivered. 0: none is kept. Default 8192. */
  readonly pendingStatesMax?: number;
  /** Told of every outcome. */
  readonly watch?: (outcome: Outcome) => void;
}

export type SilentEvent = Extract<WindowEvent, { kind: 'silent' }>;
export type AlertInput = { readonly kind: 'verdict'; readonly verdict: Verdict } | SilentEvent;

/** An alert for a series that is not heard. */
interface Silence {
  /** The last reading. */
  readonly startMs: number;
  /** When it was noticed. */
  readonly foundMs: number;
}

/** What replay cannot rebuild of a series' alerts, as of a delivered outcome. Plain and JSON-able. */
export interface AlertSnapshot {
  /** Event time up to which it has seen rows and silences. */
  readonly endMs: number;
  readonly incident: Incident | null;
  readonly silence: Silence | null;
  readonly drift: OpenDrift | null;
}

/**
 * Turns rows and silences into alert transitions, per series and in event-time order; the same feed gives the same ones.
 * Series without an open alert take no memory.
 */
export class AlertTracker {
  private readonly open = new Map<string, AlertSnapshot>();
  private readonly pending: PendingStates<AlertSnapshot>;

  constructor(private readonly options: AlertOptions) {
    this.pending = new PendingStates(options.pendingStatesMax ?? 8192);
  }

  /** Series with an open alert, pending or firing. */
  get openCount(): number {
    return this.open.size;
  }

  /** How full its memories are. */
  buffers(): readonly BufferFill[] {
    return [
      { buffer: 'open_alerts', entries: this.open.size, entriesMax: this.options.seriesMax },
      this.pending.fill('alert_states'),
    ];
  }

  advance(input: AlertInput): Outcome {
    const outcome =
      input.kind === 'silent'
        ? { verdict: null, alerts: this.fallSilent(input) }
        : { verdict: input.verdict, alerts: this.advanceRows(input.verdict) };
    this.options.watch?.(outcome);
    return outcome;
  }

  /** The event of the series at `timeMs` is delivered: no older state will be asked for. */
  delivered(series: string, timeMs: number): void {
    this.pending.passed(series, timeMs);
  }

  /**
   * The state of the series as of its event at `timeMs` (`eventTimeMs`), to be made durable once that is delivered. It and
   * older states are forgotten; null when it is not known (any more).
   */
  takeState(series: string, timeMs: number): AlertSnapshot | null {
    return this.pending.take(series, timeMs);
  }

  /**
   * Sets the state a series goes on from; null: it has no open alert. To be called at the start, and for every series of a
   * partition that is reset. @throws DriftcastError STATE_INVALID
   */
  restore(series: string, snapshot: AlertSnapshot | null): void {
    this.pending.forget(series);
    this.open.delete(series);
    if (snapshot === null) return;
    const { endMs, incident, silence, drift = null } = snapshot;
    const valid =
      Number.isFinite(endMs) &&
      (incident === null || (Number.isFinite(incident?.startMs) && Array.isArray(incident?.blames))) &&
      (silence === null || Number.isFinite(silence?.startMs)) &&
      (drift === null || (Number.isFinite(drift?.startMs) && Array.isArray(drift?.findings)));
    if (!valid) {
      throw new DriftcastError('STATE_INVALID', `restoring the alerts of "${series}": the snapshot is damaged`, {
        hint: 'Remove the state file to start without open alerts.',
      });
    }
    if (isOpen({ endMs, incident, silence, drift })) this.open.set(series, { endMs, incident, silence, drift });
  }

  private advanceRows(verdict: Verdict): AlertTransition[] {
    const { series, endMs } = verdict.inference.window;
    const before = this.open.get(series);
    const seenMs = before?.endMs ?? Number.NEGATIVE_INFINITY;
    // Nothing new: the scorer leaves out rows that a replay brings again.
    if (verdict.rows.length === 0 || endMs <= seenMs) return [];
    const alerts: AlertTransition[] = [];
    let incident = before?.incident ?? null;
    let silence = before?.silence ?? null;
    const heardMs = heardAgainMs(verdict.inference.window);
    for (const row of verdict.rows) {
      if (row.timeMs <= seenMs) continue;
      if (silence !== null && row.timeMs >= heardMs) {
        alerts.push(this.silenceTransition(series, silence, 'resolved', row.timeMs));
        silence = null;
      }
      const step = advanceIncident(incident, row, this.options);
      incident = step.incident;
      if (step.transition === null) continue;
      alerts.push(this.anomalyTransition(series, step.transition.incident, step.transition.state, row.timeMs));
    }
    const drift = advanceDrift(before?.drift ?? null, verdict.inference.window.drift ?? []);
    if (drift.transition !== null) alerts.push(this.driftTransition(series, drift.transition, endMs));
    alerts.push(...this.keep(series, { endMs, incident, silence, drift: drift.open }, endMs));
    return alerts;
  }

  /** The series' windows are gone: an open incident cannot go on, and is taken over by the silence. */
  private fallSilent(event: SilentEvent): AlertTransition[] {
    const { series, lastMs } = event;
    const foundMs = lastMs + event.silentForMs;
    const before = this.open.get(series);
    if (before !== undefined && foundMs <= before.endMs) return [];
    const alerts: AlertTransition[] = [];
    const incident = before?.incident ?? null;
    let silence = before?.silence ?? null;
    if (incident !== null) alerts.push(this.anomalyTransition(series, incident, 'resolved', foundMs));
    if (silence === null && this.options.silent) {
      silence = { startMs: lastMs, foundMs };
      alerts.push(this.silenceTransition(series, silence, 'firing', foundMs));
    }
    const drift = before?.drift ?? null;
    alerts.push(...this.keep(series, { endMs: foundMs, incident: null, silence, drift }, foundMs));
    return alerts;
  }

  /** Stores the state; returns the ends of alerts that had to make room for it. */
  private keep(series: string, state: AlertSnapshot, timeMs: number): AlertTransition[] {
    this.pending.put(series, timeMs, state);
    this.open.delete(series);
    if (!isOpen(state)) return [];
    this.open.set(series, state);
    const oldest = this.open.entries().next();
    if (this.open.size <= this.options.seriesMax || oldest.done) return [];
    const [evicted, { incident, silence, drift }] = oldest.value;
    this.open.delete(evicted);
    return [
      ...(incident === null ? [] : [this.anomalyTransition(evicted, incident, 'resolved', timeMs)]),
      ...(silence === null ? [] : [this.silenceTransition(evicted, silence, 'resolved', timeMs)]),
      ...(drift === null ? [] : [this.driftTransition(evicted, { state: 'resolved', drift }, timeMs)]),
    ];
  }

  private anomalyTransition(series: string, incident: Incident, state: AlertState, timeMs: number): AlertTransition {
    const { startMs, peakScore, peakMs, minPValue } = incident;
    const channels = blamedChannels(incident, this.options.topChannels);
    const summary = describeAnomaly(series, channels, minPValue, this.options.channels);
    return {
      id: `${series}@${startMs}`,
      series,
      kind: 'anomaly',
      state,
      startMs,
      timeMs,
      peakScore,
      peakMs,
      first: firstToMove(incident, this.options.topChannels),
      minPValue,
      channels,
      summary: state === 'resolved' ? `${summary} (over after ${describeDuration(timeMs - startMs)})` : summary,
    };
  }

  private silenceTransition(series: string, silence: Silence, state: AlertState, timeMs: number): AlertTransition {
    const { startMs } = silence;
    const last = `last reading ${new Date(startMs).toISOString()}`;
    const forHowLong = describeDuration(timeMs - startMs);
    return {
      // An incident may have begun at the very time of the last reading.
      id: `${series}@${startMs}/silent`,
      series,
      kind: 'silent',
      state,
      startMs,
      timeMs,
      ...unscored(startMs),
      channels: [],
      summary: `${series}: ${state === 'resolved' ? `heard again after ${forHowLong}` : `silent for ${forHowLong}`}, ${last}`,
    };
  }

  private driftTransition(
    series: string,
    { state, drift }: { readonly state: AlertState; readonly drift: OpenDrift },
    timeMs: number,
  ): AlertTransition {
    const { startMs, findings } = drift;
    const { channels, topChannels, driftAction } = this.options;
    const worst = [...findings].sort((a, b) => b.size - a.size).slice(0, topChannels);
    const sum = worst.reduce((total, { size }) => total + size, 0);
    const summary = describeDrift(series, worst, channels, driftAction);
    return {
      id: `${series}@${startMs}/drift`,
      series,
      kind: 'drift',
      state,
      startMs,
      timeMs,
      ...unscored(startMs),
      channels: worst.map(({ channel, size, was, now }) => ({
        channel,
        share: size / sum,
        observed: now,
        expected: was,
        halfWidth90: 0,
      })),
      summary: state === 'resolved' ? `${summary} (over after ${describeDuration(timeMs - startMs)})` : summary,
    };
  }
}

/** What an alert has that is no anomaly's: neutral, so that the set of fields is full. */
const unscored = (startMs: number) => ({ peakScore: 0, peakMs: startMs, first: null, minPValue: 1 });

const isOpen = ({ incident, silence, drift }: AlertSnapshot): boolean =>
  incident !== null || silence !== null || drift !== null;

/** The first of the new rows that holds a value. A window of a series that was silent says that it was heard, if only of nothing: its end. */
function heardAgainMs({ values, channels, length, newRows, endMs, stepMs }: Window): number {
  const first = (length - newRows) * channels;
  const cell = values.subarray(first).findIndex((value) => !Number.isNaN(value));
  return cell < 0 ? endMs : endMs - (newRows - 1 - Math.floor(cell / channels)) * stepMs;
}

import type { Outcome } from '../core/alert.ts';
import type { Channel } from '../core/channel.ts';
import type { DriftAction, DriftFinding } from '../core/drift.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { describeDrift } from './describe.ts';

export interface DriftMonitorOptions {
  readonly channels: readonly Channel[];
  readonly action: DriftAction;
  /** Series remembered; beyond, the one judged least recently is forgotten. */
  readonly seriesMax: number;
}

export interface DriftHealth {
  /** A feed that has changed is no reason to stop: never false. */
  readonly ok: true;
  readonly degraded: boolean;
  readonly detail: string;
}

/** Series of which a channel has changed for good, as their newest windows say. It only watches: no result depends on it. */
export class DriftMonitor {
  readonly #telemetry: Pick<Telemetry, 'gauge'>;
  readonly #options: DriftMonitorOptions;
  readonly #drifting = new Map<string, readonly DriftFinding[]>();

  constructor(telemetry: Pick<Telemetry, 'gauge'>, options: DriftMonitorOptions) {
    this.#telemetry = telemetry;
    this.#options = options;
    telemetry.gauge('series_drifting', 0);
  }

  readonly add = ({ verdict }: Outcome): void => {
    if (verdict === null) return;
    const { series, drift = [] } = verdict.inference.window;
    const before = this.#drifting.size;
    this.#drifting.delete(series);
    if (drift.length > 0) this.#drifting.set(series, drift);
    const oldest = this.#drifting.keys().next();
    if (this.#drifting.size > this.#options.seriesMax && !oldest.done) this.#drifting.delete(oldest.value);
    if (this.#drifting.size !== before) this.#telemetry.gauge('series_drifting', this.#drifting.size);
  };

  health(): DriftHealth {
    const [first] = this.#drifting;
    if (first === undefined) return { ok: true, degraded: false, detail: 'no series has changed for good' };
    const { channels, action } = this.#options;
    const others = this.#drifting.size === 1 ? '' : ` (and ${this.#drifting.size - 1} other series)`;
    return { ok: true, degraded: true, detail: `${describeDrift(first[0], first[1], channels, action)}${others}` };
  }
}

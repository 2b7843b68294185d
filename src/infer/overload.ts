import type { Clock } from '../core/clock.ts';
import type { OverloadStep } from '../core/overload-step.ts';
import type { Telemetry } from '../core/telemetry.ts';

export interface OverloadOptions {
  /** Level k leaves out the first k of them; none: everything is always done. */
  readonly steps: readonly OverloadStep[];
  /** Windows may be this late. */
  readonly lagMsMax: number;
  /** So long without being late before a level is taken back. */
  readonly recoverMs: number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

export interface Load {
  /** How long ago the message came that completed the oldest window of a batch; null where nothing in it may be degraded. */
  readonly lagMs: number | null;
  /** Whether every worker has its batch, and its next one: a late message alone is no overload. */
  readonly saturated: boolean;
}

/**
 * Decides how much is done for a window. The level rises by one where windows have been late, with every worker busy, for as long as
 * they may be late; it falls by one after a while in which they were not. Every change is logged.
 */
export class Overload {
  readonly #options: OverloadOptions;
  #level = 0;
  /** Since when all that was seen was late, or in time. */
  #lateSinceMs: number | null = null;
  #calmSinceMs: number | null = null;

  constructor(options: OverloadOptions) {
    this.#options = options;
    options.telemetry.gauge('degradation_level', 0);
  }

  /** Whether there is anything that may be left out. */
  get isOn(): boolean {
    return this.#options.steps.length > 0;
  }

  get level(): number {
    return this.#level;
  }

  /** What is left out now. */
  get leftOut(): readonly OverloadStep[] {
    return this.#options.steps.slice(0, this.#level);
  }

  /** Told of every batch before it is begun. */
  observe({ lagMs, saturated }: Load): void {
    const { steps, lagMsMax, recoverMs, clock } = this.#options;
    if (steps.length === 0 || lagMs === null) return;
    const nowMs = clock.monotonicMs();
    if (lagMs > lagMsMax && saturated) {
      this.#calmSinceMs = null;
      this.#lateSinceMs ??= nowMs;
      if (nowMs - this.#lateSinceMs >= lagMsMax && this.#level < steps.length) this.#change(this.#level + 1, lagMs);
    } else {
      this.#lateSinceMs = null;
      // late messages of one slow clock must not keep the level up for ever
      if (saturated && lagMs > lagMsMax / 2) this.#calmSinceMs = null;
      else this.#calmSinceMs ??= nowMs;
      if (this.#calmSinceMs !== null && nowMs - this.#calmSinceMs >= recoverMs && this.#level > 0)
        this.#change(this.#level - 1, lagMs);
    }
  }

  health(): { readonly ok: boolean; readonly degraded: boolean; readonly detail: string } {
    if (this.#level === 0) return { ok: true, degraded: false, detail: 'everything is done for every window' };
    return {
      ok: true,
      degraded: true,
      detail: `level ${this.#level} of infer.overload: ${this.leftOut.join(', ')}; more workers, or more partitions and processes, would keep up`,
    };
  }

  #change(level: number, lagMs: number): void {
    const { telemetry, lagMsMax } = this.#options;
    const rises = level > this.#level;
    this.#level = level;
    this.#lateSinceMs = null;
    this.#calmSinceMs = null;
    telemetry.gauge('degradation_level', level);
    telemetry.log('warn', rises ? 'overload: less is done for each window' : 'overload is over: more is done again', {
      level,
      leftOut: this.leftOut,
      lagMs: Math.round(lagMs),
      lagMsMax,
    });
  }
}

import type { BufferFill } from '../core/buffer-fill.ts';
import type { Inference } from '../core/inference.ts';
import { bend } from '../core/transform.ts';
import { clip } from './clipped-logistic.ts';
import { held, type PendingForecast } from './pending-forecast.ts';
import { type ForecastSnapshot, type NewRows, type OnResolved, SeriesForecast } from './series-forecast.ts';
import type { ForecastShape } from './shape.ts';
import type { TrackRecordOptions } from './track-record.ts';

export type { ForecastSnapshot } from './series-forecast.ts';

export interface ForecastOptions extends TrackRecordOptions {
  readonly shape: ForecastShape;
  /** Series whose state is held; beyond, the one forecast least recently starts afresh. */
  readonly seriesMax: number;
  /** Windows that may wait for `takeState`, over all series. 0: no state is kept. */
  readonly pendingStatesMax: number;
  /** Hears of every forecast cell whose value came. */
  readonly onResolved?: OnResolved;
}

/** What one window did to its series. */
interface Step {
  readonly endMs: number;
  readonly rows: NewRows;
  readonly admitted: PendingForecast | null;
}

interface Held {
  readonly live: SeriesForecast;
  /** The same series as of the last `takeState`: it catches up by the steps that were delivered since. */
  readonly durable: SeriesForecast;
  /** Steps that `live` has made and `durable` has not. */
  readonly steps: Step[];
  /** Whether `durable` knows more than the last state that was taken. */
  changed: boolean;
}

/**
 * The online layer of the forecast: rescales the spread of every member by how the resolved forecasts came out, and mixes network,
 * ridge and exponential smoothing by their decayed CRPS. A pure function of the feed: windows of a series come in the order of their
 * ends, each row counts once, and what a replay brings again changes nothing.
 */
export class Forecaster {
  readonly #options: ForecastOptions;
  readonly #series = new Map<string, Held>();
  #steps = 0;

  constructor(options: ForecastOptions) {
    this.#options = options;
  }

  /** How full its memories are. */
  buffers(): readonly BufferFill[] {
    const { seriesMax, pendingStatesMax } = this.#options;
    return [
      { buffer: 'forecast_series', entries: this.#series.size, entriesMax: seriesMax },
      { buffer: 'forecast_states', entries: this.#steps, entriesMax: pendingStatesMax },
    ];
  }

  /** The inference with its forecast as it is served. */
  serve(inference: Inference): Inference {
    const { window, forecast, quantileLevels } = inference;
    const own = this.#hold(window.series);
    const { live } = own;
    const repeated = window.endMs <= live.lastMs;
    const rows = newRows(inference, live.lastMs, this.#options.shape.units);
    live.observe(rows, this.#options.onResolved);
    const laws = forecast?.laws;
    const proposal = !forecast || !laws ? null : live.propose({ ...forecast, laws }, quantileLevels);
    const admitted = repeated ? null : (proposal?.pending ?? null);
    if (admitted !== null) live.admit(admitted);
    if (!repeated) this.#keep(own, { endMs: window.endMs, rows, admitted });
    return proposal === null ? inference : { ...inference, forecast: proposal.served };
  }

  /** The state of the series as of its window at `timeMs`, to be made durable once that is delivered; null: nothing new is known. */
  takeState(series: string, timeMs: number): ForecastSnapshot | null {
    const held = this.#series.get(series);
    if (held === undefined) return null;
    this.#catchUp(held, timeMs);
    if (!held.changed || held.durable.lastMs > timeMs) return null;
    held.changed = false;
    return held.durable.export();
  }

  /** Sets the state that a series goes on from; null: it starts afresh. @throws DriftcastError STATE_INVALID */
  restore(series: string, snapshot: ForecastSnapshot | null): void {
    this.#forget(series);
    if (snapshot === null) return;
    const make = () =>
      SeriesForecast.import(snapshot, this.#options.shape, this.#options, `the forecasts of "${series}"`);
    this.#series.set(series, this.#held(make));
  }

  /** Where no state is asked for, there is none to keep. */
  #held(make: () => SeriesForecast): Held {
    const live = make();
    return { live, durable: this.#options.pendingStatesMax < 1 ? live : make(), steps: [], changed: false };
  }

  #keep(held: Held, step: Step): void {
    if (this.#options.pendingStatesMax < 1) return;
    held.steps.push(step);
    if (++this.#steps <= this.#options.pendingStatesMax) return;
    // nobody asks for states of this series: what was said of it up to now is taken for delivered with its newest window
    this.#catchUp(held, Number.POSITIVE_INFINITY);
  }

  #catchUp(held: Held, timeMs: number): void {
    const later = held.steps.findIndex(({ endMs }) => endMs > timeMs);
    const done = held.steps.splice(0, later === -1 ? held.steps.length : later);
    this.#steps -= done.length;
    for (const { rows, admitted } of done) {
      held.durable.observe(rows);
      if (admitted !== null) held.durable.admit(admitted);
      held.changed = true;
    }
  }

  /** A Map keeps the order of insertion: its first series is the one forecast least recently. */
  #hold(series: string): Held {
    const { shape, seriesMax } = this.#options;
    const make = () => new SeriesForecast(shape, this.#options);
    const held = this.#series.get(series) ?? this.#held(make);
    this.#series.delete(series);
    this.#series.set(series, held);
    const oldest = this.#series.keys().next();
    if (this.#series.size > seriesMax && !oldest.done) this.#forget(oldest.value);
    return held;
  }

  #forget(series: string): void {
    this.#steps -= this.#series.get(series)?.steps.length ?? 0;
    this.#series.delete(series);
  }
}

/** A reading further from what is normal than this many scales is that far out, here as in the model. */
const deviationScalesMax = 25;

/** The rows of the window after `lastMs`, as the model sees them: of a first window all, later ones the new. */
function newRows({ window }: Inference, lastMs: number, units: ForecastShape['units']): NewRows {
  const { endMs, stepMs, length, channels, location, scale } = window;
  const fresh = Math.min(length, Math.max(0, Math.round((endMs - lastMs) / stepMs)));
  const values = window.values.slice((length - fresh) * channels).map((value, i) => {
    const c = i % channels;
    const reach = deviationScalesMax * scale[c];
    return held(clip(bend(units[c].transform, value), { min: location[c] - reach, max: location[c] + reach }));
  });
  return { startMs: endMs - (fresh - 1) * stepMs, values, scale };
}

import type { AlertTransition, Outcome } from '../../../src/core/alert.ts';
import type { Channel } from '../../../src/core/channel.ts';
import type { Decoded, Decoder, Sink } from '../../../src/core/component.ts';
import type { DeadLetter, DeadLetterSink } from '../../../src/core/dead-letter.ts';
import type { SourceRecord } from '../../../src/core/record.ts';
import { createRng, type Rng, seedOf } from '../../../src/core/rng.ts';
import type { SeriesState } from '../../../src/core/series-state.ts';
import type { Hold, Window } from '../../../src/core/window.ts';
import type { PlanResult, PlanWindow } from '../../../src/infer/plan.ts';
import { outcomeToPoints } from '../../../src/sink/points.ts';
import type { StateStore } from '../../../src/topology/state-store.ts';

export const channels: readonly Channel[] = ['flow', 'temp'].map((name) => ({
  name,
  unit: '',
  kind: 'gauge',
  aggregate: 'last',
  min: -Number.MAX_VALUE,
  max: Number.MAX_VALUE,
}));

/** With a set point whose values are known ahead. */
export const plannedChannels: readonly Channel[] = [
  ...channels,
  { ...channels[0], name: 'target', kind: 'command', knownAhead: true } as Channel,
];

/** A message is `series timeMs value|- value|-`; anything else is a dead letter. */
export const messageOf = (series: string, timeMs: number, values: readonly (number | null)[]): string =>
  [series, timeMs, ...values.map((value) => value ?? '-')].join(' ');

export const lineDecoder: Decoder = {
  decode({ value, position, key }: SourceRecord): Decoded {
    const [series = '', time, ...cells] = Buffer.from(value ?? [])
      .toString()
      .split(' ');
    const timeMs = Number(time);
    if (!(timeMs > 0)) {
      return {
        readings: [],
        rejected: [{ reason: 'parse_error', detail: 'no time', position, key, raw: value, timeMs: 0 }],
      };
    }
    const known = cells.flatMap((cell, channel) => (cell === '-' ? [] : [{ channel, value: Number(cell) }]));
    return {
      readings: [
        {
          series,
          timeMs,
          channels: known.map(({ channel }) => channel),
          values: known.map((one) => one.value),
          position,
        },
      ],
      rejected: [],
    };
  },
};

export const quantileLevels = [0.25, 0.5, 0.75];

/** What a model would say: a function of the window and nothing else. */
export function fakeResult(window: PlanWindow): PlanResult {
  const { series, endMs, newRows, values, location, scale, ahead } = window;
  const width = location.length;
  const first = values.length - newRows * width;
  const rng = createRng(seedOf(series, endMs));
  const residual = (i: number) =>
    ((values[first + i] ?? Number.NaN) - (location[i % width] ?? 0)) / (scale[i % width] ?? 1);
  const cells = newRows * width;
  return {
    residual: {
      squared: Float64Array.from({ length: cells }, (_, i) => residual(i) ** 2),
      bias: Float64Array.from({ length: cells }, (_, i) => residual(i)),
      expected: Float64Array.from({ length: cells }, (_, i) => location[i % width] ?? 0),
      halfWidth90: Float64Array.from({ length: cells }, (_, i) => scale[i % width] ?? 1),
    },
    imputed: window.scoreOnly
      ? null
      : {
          rows: Int32Array.from({ length: newRows }, (_, row) => values.length / width - newRows + row),
          final: new Uint8Array(newRows),
          quantiles: Float64Array.from({ length: cells * quantileLevels.length }, (_, i) =>
            Number.isNaN(values[first + Math.floor(i / quantileLevels.length)]) ? rng.normal() : Number.NaN,
          ),
        },
    forecast: window.scoreOnly ? null : planned(fakeForecast(values, width, endMs, rng), width, ahead),
  };
}

export const horizon = 3;

/** Every fourth row: the last value and, as ridge, nought, both with a spread that is drawn. */
function fakeForecast(values: Float64Array, width: number, endMs: number, rng: Rng): PlanResult['forecast'] {
  if ((Math.round(endMs / 1000) + 1) % 4 !== 0) return null;
  const cells = horizon * width;
  const law = (locationOf: (channel: number) => number) => ({
    location: Float64Array.from({ length: cells }, (_, i) => locationOf(i % width)),
    scale: Float64Array.from({ length: cells }, () => 0.1 + rng.uniform()),
  });
  const last = (channel: number) => values[values.length - width + channel] || 0; // missing: 0
  const laws = { network: law(last), ridge: law(() => 0) };
  const quantiles = Float64Array.from({ length: cells * quantileLevels.length }, (_, i) => {
    const cell = Math.floor(i / quantileLevels.length);
    const p = quantileLevels[i % quantileLevels.length] ?? 0.5;
    return (laws.network.location[cell] ?? 0) + (laws.network.scale[cell] ?? 1) * Math.log(p / (1 - p));
  });
  return { horizon, quantiles, laws };
}

/** What is planned stands in the forecast of the last channel, and moves that of the others. */
function planned(
  forecast: PlanResult['forecast'],
  width: number,
  ahead: Float64Array | undefined,
): PlanResult['forecast'] {
  if (forecast === null || ahead === undefined) return forecast;
  const { quantiles, laws } = forecast;
  const levels = quantileLevels.length;
  ahead.forEach((value, h) => {
    if (Number.isNaN(value)) return;
    for (let c = 0; c < width; c++) {
      const [cell, own] = [h * width + c, c === width - 1];
      for (let q = 0; q < levels; q++)
        quantiles[cell * levels + q] = own ? value : (quantiles[cell * levels + q] ?? 0) + value;
      for (const law of Object.values(laws ?? {}))
        law.location[cell] = own ? Number.NaN : (law.location[cell] ?? 0) + value;
    }
  });
  return forecast;
}

/** Some windows fail whenever they are tried. */
export const isPoison = ({ series, endMs }: PlanWindow): boolean => seedOf('poison', series, endMs) % 29 === 0;

/** A store of results that outlives the pipelines that write to it; writing a point again replaces it, as in InfluxDB. */
export class Results implements Sink {
  readonly name = 'results';
  readonly points = new Map<string, string>();
  readonly alerts = new Map<string, AlertTransition>();
  /** Windows stored, with what was needed of their partition when they were built. */
  readonly windows = new Map<string, Hold>();
  readonly #deferred = new Map<string, Window>();
  /** Points that were written again with other fields. */
  readonly rewritten: string[] = [];
  /** Points that were written again at a worse level. */
  readonly worsened: string[] = [];
  /** Outcomes of the windows that no worker could run, and of silences. */
  empty = 0;
  deliveries = 0;

  constructor(readonly own: readonly Channel[] = channels) {}

  /** What happens to a delivery before, and after, it is stored. */
  before: () => Promise<void> = () => Promise.resolve();
  after: () => Promise<void> = () => Promise.resolve();

  async deliver(batch: readonly Outcome[]): Promise<readonly DeadLetter[]> {
    await this.before();
    for (const outcome of batch) this.#store(outcome);
    this.deliveries++;
    await this.after();
    return [];
  }

  #store(outcome: Outcome): void {
    for (const { measurement, tags, timeMs, fields } of outcomeToPoints(outcome, this.own)) {
      const key = `${measurement} ${JSON.stringify(tags)} ${timeMs} ${'observed' in fields ? 'observed' : ''}`;
      const text = JSON.stringify(fields);
      if ((this.points.get(key) ?? text) !== text) this.rewritten.push(`${key}: ${this.points.get(key)}, now ${text}`);
      const levelBefore = JSON.parse(this.points.get(key) ?? '{}').level ?? Number.POSITIVE_INFINITY;
      if (Number(fields.level ?? 0) > levelBefore) this.worsened.push(`${key}: ${this.points.get(key)}, now ${text}`);
      this.points.set(key, text);
    }
    for (const alert of outcome.alerts) this.alerts.set(`${alert.id} ${alert.state} ${alert.timeMs}`, alert);
    if (outcome.verdict === null) this.empty++;
    else {
      const { window } = outcome.verdict.inference;
      const { series, endMs, hold, newRows, stepMs } = window;
      const before = this.#deferred.get(series);
      if (outcome.verdict.isDeferred) this.#deferred.set(series, window);
      else this.windows.set(`${series} ${endMs}`, hold);
      // a window that was put off is there with the one that has its rows
      if (before !== undefined && before.endMs < endMs && before.endMs > endMs - newRows * stepMs)
        this.windows.set(`${series} ${before.endMs}`, before.hold);
    }
  }

  async close(): Promise<void> {}
  health = () => ({ ok: true, detail: '' });
}

export class Letters implements DeadLetterSink {
  readonly written: DeadLetter[] = [];
  before: () => Promise<void> = () => Promise.resolve();

  async write(letters: readonly DeadLetter[]): Promise<void> {
    await this.before();
    this.written.push(...letters);
  }

  async close(): Promise<void> {}

  /** What the letters written are about, each once. */
  get positions(): ReadonlySet<string> {
    const about = ({ position, key, timeMs }: DeadLetter) =>
      position === null ? `${key} ${timeMs}` : `${position.partition}/${position.offset}`;
    return new Set(this.written.map((letter) => `${letter.reason} ${about(letter)}`));
  }
}

/** The states as a file would keep them: JSON. */
export class MemoryStore implements StateStore {
  /** [series] */
  readonly texts = new Map<string, string>();
  before: () => Promise<void> = () => Promise.resolve();

  async *read(): AsyncGenerator<readonly [series: string, state: SeriesState]> {
    for (const [series, text] of [...this.texts]) yield [series, JSON.parse(text) as SeriesState];
  }

  stateOf(series: string): SeriesState | null {
    const text = this.texts.get(series);
    return text === undefined ? null : (JSON.parse(text) as SeriesState);
  }

  async write(changed: ReadonlyMap<string, SeriesState | null>): Promise<void> {
    await this.before();
    for (const [series, state] of changed) {
      this.texts.delete(series);
      if (state !== null) this.texts.set(series, JSON.stringify(state));
    }
  }
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Channel } from '../../src/core/channel.ts';
import type { Forecast } from '../../src/core/inference.ts';
import type { Reading } from '../../src/core/reading.ts';
import type { Model } from '../../src/diffusion/model.ts';
import { tasks } from '../../src/diffusion/task.ts';
import { zeroHeadEngine } from '../../src/infer/engines/zero-head.ts';
import { inferWindows, type PlanWindow } from '../../src/infer/plan.ts';
import { WindowAssembler } from '../../src/window/assembler.ts';
import { fitted, minuteMs, modelOf } from '../diffusion/fixtures.ts';
import { scheduled, scheduledBasis, scheduledSeries } from '../diffusion/scheduled-plant.ts';
import { active, channels, fakeEngine, horizon, length, plainModel, planOptions, planWindow } from './fixtures.ts';

const law = { location: 0.5, scale: 0.2 };
const { NaN: none } = Number;

/** Channel 1 (active) and 4 (never varied) are known ahead. */
const base = plainModel();
const model: Model = { ...base, basis: { ...base.basis, ahead: [1, 4], planned: [1] } };
const options = planOptions({ forecastEverySteps: 1 });
const forecastOf = async (ahead: Float64Array | undefined, own: Model = model): Promise<Forecast> => {
  const window = planWindow(() => undefined, ahead === undefined ? {} : { ahead });
  const [result] = await inferWindows(fakeEngine(law), own, options, [window]);
  return result?.forecast ?? assert.fail('no forecast');
};
const cellsOf = ({ quantiles }: Forecast, h: number, c: number) => [
  ...quantiles.subarray((h * channels + c) * 3, (h * channels + c + 1) * 3),
];
/** Rows 0 to 4 of channel 1 are planned, row 2 of channel 4. */
const plan = Float64Array.from({ length: horizon * 2 }, (_, i) =>
  i % 2 === 0 ? (i < 10 ? 130 + i : none) : i === 5 ? 7 : none,
);

describe('a forecast given a plan', () => {
  it('is the plan itself where there is one, for certain; there is no law to be judged or mixed', async () => {
    const forecast = await forecastOf(plan);
    assert.deepEqual(cellsOf(forecast, 0, 1), [130, 130, 130]);
    assert.deepEqual(cellsOf(forecast, 4, 1), [138, 138, 138]);
    assert.deepEqual(cellsOf(forecast, 2, 4), [7, 7, 7]);
    for (const { location, scale } of Object.values(forecast.laws ?? {})) {
      assert.ok(Number.isNaN(location[1]) && Number.isNaN(scale[1]) && Number.isNaN(location[2 * channels + 4]));
      assert.ok(Number.isFinite(location[5 * channels + 1]) && Number.isFinite(location[0]));
    }
  });

  it('forecasts what no plan tells of, as without plans', async () => {
    const [given, not] = [await forecastOf(plan), await forecastOf(undefined)];
    for (const [h, c] of [
      [5, 1],
      [7, 1],
      [0, 4],
      [0, 0],
      [7, 3],
    ] as const)
      assert.deepEqual(cellsOf(given, h, c), cellsOf(not, h, c), `${h}, ${c}`);
    const empty = await forecastOf(new Float64Array(2 * horizon).fill(none));
    assert.deepEqual(empty.quantiles, not.quantiles);
  });

  it('shows the network the planned cells, and masks the others', async () => {
    const seen: { generated: number; known: number; value: number }[] = [];
    const engine = fakeEngine(law);
    const spy = {
      ...engine,
      marginals: (batch: Parameters<typeof engine.marginals>[0]) => {
        const forecast = tasks.indexOf('forecast');
        const { patch, cellFeatures, tokenFeatures } = model.shape;
        for (let call = 0; call < batch.size; call++) {
          if (batch.task[call * tasks.length + forecast] !== 1) continue;
          for (let h = 0; h < horizon; h++) {
            const t = length - horizon + h;
            const token = (call * length) / patch + Math.floor(t / patch);
            const at =
              (token * active.length + 1) * (patch * cellFeatures + tokenFeatures) + (t % patch) * cellFeatures;
            const [generated, value, known] = [...batch.cells.subarray(at, at + 3)] as [number, number, number];
            seen.push({ generated, known, value });
          }
        }
        return engine.marginals(batch);
      },
    };
    await inferWindows(spy, model, options, [planWindow(() => undefined, { ahead: plan })]);
    assert.deepEqual(
      seen.map(({ generated, known }) => [generated, known]),
      Array.from({ length: horizon }, (_, h) => (h < 5 ? [0, 1] : [1, 0])),
    );
    assert.ok((seen[4]?.value as number) > (seen[0]?.value as number));
    assert.equal(seen[6]?.value, 0);
  });
});

const channelsOfOven: readonly Channel[] = ['temperature', 'heating', 'target'].map((name, c) => ({
  name,
  unit: '',
  kind: c === scheduled.target ? 'command' : 'gauge',
  aggregate: 'last',
  min: -1e9,
  max: 1e9,
  ...(c === scheduled.target ? { knownAhead: true } : {}),
}));

describe('an oven with a schedule, from its readings to its forecasts', () => {
  const fit = fitted([scheduledSeries('oven', 3000, 1)], scheduledBasis);
  const own = modelOf(fit);
  const fresh = scheduledSeries('oven', 1200, 2);
  const ahead = scheduledBasis.horizon;
  const levels = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
  const asked = planOptions({
    quantiles: levels,
    forecastEverySteps: 4,
    scoreParts: [],
    bounds: channelsOfOven.map(({ min, max }) => ({ min, max })),
  });

  function windows(published: boolean): PlanWindow[] {
    const assembler = new WindowAssembler({
      stepMs: minuteMs,
      length: scheduledBasis.length,
      stride: 4,
      latenessMs: 0,
      silentAfterMs: 0,
      seriesMax: 1,
      channels: channelsOfOven,
      aheadSteps: ahead,
      planAheadMs: ahead * minuteMs,
      prior: own.basis.priors,
    });
    let offset = 0;
    const reading = (row: number, only: readonly number[]): Reading => ({
      series: 'oven',
      timeMs: fresh.startMs + row * minuteMs,
      channels: only,
      values: only.map((c) => fresh.values[3 * row + c] as number),
      position: { topic: 't', partition: 0, generation: 1, offset: offset++ },
    });
    const out: PlanWindow[] = [];
    for (let row = 0; row + ahead < fresh.rows; row++) {
      const plans = published ? [reading(row + ahead, [scheduled.target])] : [];
      for (const one of [reading(row, [0, 1, 2]), ...plans])
        for (const event of assembler.push(one)) if (event.kind === 'window') out.push(event.window);
    }
    return out;
  }

  /** Mean pinball loss times two of the temperature, a window: CRPS over the levels. */
  async function crps(published: boolean): Promise<number[]> {
    const all = windows(published);
    const results = await inferWindows(zeroHeadEngine(own.shape), own, asked, all);
    return results.flatMap(({ forecast }, i) => {
      if (forecast === null) return [];
      const origin = Math.round(((all[i] as PlanWindow).endMs - fresh.startMs) / minuteMs);
      let sum = 0;
      for (let h = 0; h < ahead; h++) {
        const y = fresh.values[3 * (origin + 1 + h) + scheduled.temperature] as number;
        levels.forEach((p, q) => {
          const quantile = forecast.quantiles[h * 3 * levels.length + q] as number;
          sum += 2 * Math.max(p * (y - quantile), (p - 1) * (y - quantile));
        });
      }
      return [sum / (ahead * levels.length)];
    });
  }

  it('are better than half as wrong with the schedule as without it', async () => {
    const [given, not] = [await crps(true), await crps(false)];
    assert.equal(given.length, not.length);
    assert.ok(given.length > 200);
    // paired: the mean of (given - half of not) and its standard error, windows that overlap counted as one
    const gains = given.map((value, i) => value - 0.5 * (not[i] as number));
    const mean = gains.reduce((a, b) => a + b, 0) / gains.length;
    const variance = gains.reduce((a, b) => a + (b - mean) ** 2, 0) / (gains.length - 1);
    const independent = gains.length / (ahead / 4 + 1);
    assert.ok(mean + 3 * Math.sqrt(variance / independent) < 0, `${mean} +- ${Math.sqrt(variance / independent)}`);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PipelineConfig } from '../../src/config/pipeline-schema.ts';
import { baseShape } from '../../src/config/schema.ts';
import { forecastOptionsOf } from '../../src/topology/forecast-options.ts';

const configOf = (changes: { forecast?: object; model?: object } = {}): PipelineConfig =>
  ({
    forecast: baseShape.forecast.parse(changes.forecast),
    model: baseShape.model.parse(changes.model),
    window: baseShape.window.parse({ step_ms: '1m' }),
    limits: baseShape.limits.parse({ series_max: 7 }),
    channels: baseShape.channels.parse([{ name: 'a', min: 0, max: 9, transform: 'sqrt' }, { name: 'b' }]),
  }) as unknown as PipelineConfig;

describe('forecastOptionsOf', () => {
  it('takes everything from the config', () => {
    const options = forecastOptionsOf(configOf({ forecast: { rescale_half_life_steps: 50 } }), 12);
    assert.ok(options !== null);
    const { shape, ...rest } = options;
    assert.deepEqual(rest, {
      rescale: true,
      mixture: true,
      rescaleHalfLifeSteps: 50,
      mixtureHalfLifeSteps: 1000,
      seriesMax: 7,
      pendingStatesMax: 12,
    });
    assert.deepEqual([shape.channels, shape.horizon, shape.stepMs, shape.everySteps], [2, 24, 60_000, 8]);
    assert.deepEqual(shape.units[0], { transform: 'sqrt', min: 0, max: 9 });
    assert.deepEqual(shape.bounds[0], { min: 0, max: 3 });
  });

  it('is null where nothing is forecast, and where nothing is to be done to forecasts', () => {
    assert.equal(forecastOptionsOf(configOf({ model: { forecast_every_steps: 0 } }), 1), null);
    assert.equal(forecastOptionsOf(configOf({ forecast: { rescale: false, mixture: false } }), 1), null);
    assert.notEqual(forecastOptionsOf(configOf({ forecast: { rescale: false } }), 1), null);
    assert.notEqual(forecastOptionsOf(configOf({ forecast: { mixture: false } }), 1), null);
  });
});

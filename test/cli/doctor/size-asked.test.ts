import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askedJson, askedText, sizeAsked } from '../../../src/cli/doctor/size-asked.ts';
import { DriftcastError } from '../../../src/core/errors.ts';

const refused = (text: string) => {
  try {
    sizeAsked(text.split(' '));
  } catch (error) {
    assert.ok(error instanceof DriftcastError && error.code === 'USAGE');
    return error.message;
  }
  return 'taken';
};

describe('sizeAsked', () => {
  it('takes what a pipeline file has by default', () => {
    assert.deepEqual(askedJson(sizeAsked(['series=5000', 'channels=12', 'step=10s'])), {
      series: 5000,
      channels: 12,
      step_ms: 10_000,
      length: 96,
      stride: 4,
      forecast_every: 8,
      horizon: 24,
      quantiles: 5,
      layout: 'wide',
    });
  });

  it('takes everything else as it is said, also in one word, and a step in milliseconds', () => {
    const asked = sizeAsked([
      'series=1,channels=1,step=250',
      'stride=2',
      'forecast_every=0',
      'layout=narrow',
      'length=48',
    ]);
    assert.deepEqual([asked.stepMs, asked.strideSteps, asked.forecastEverySteps, asked.layout], [250, 2, 0, 'narrow']);
    assert.match(
      askedText(asked),
      /^1 series of 1 channel, a row every 250ms, windows of 48 rows every 2, no forecasts, narrow/,
    );
  });

  it('says what is wrong', () => {
    assert.match(refused('series=5 channels=1'), /step is missing/);
    assert.match(refused('serie=5 channels=1 step=1s'), /"serie" is not known; nearest: series/);
    assert.match(refused('series=5 channels=401 step=1s'), /channels=401: /);
    assert.match(refused('series=5 channels=1 step=soon'), /step=soon: expected a duration/);
    assert.match(refused('series=5 series=6 channels=1 step=1s'), /series is given twice/);
    assert.match(refused('pipeline.yaml'), /expected key=value/);
    assert.match(refused('series=5 channels=1 step=1s forecast_every=6'), /a multiple of stride \(4\)/);
    assert.match(refused('series=0 channels=1 step=1s'), /series=0/);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../../../src/core/rng.ts';
import type { ForecastData } from '../forecast/forecast-data.ts';
import { blockProtocol, blocks } from './block-protocol.ts';

const rng = createRng(8);
const channels = 5;
const rows = 3000;
const data: ForecastData = {
  channels: ['a', 'b', 'c', 'd', 'e'],
  stepMs: 60_000,
  startMs: 0,
  values: Float64Array.from({ length: rows * channels }, (_, i) =>
    rng.uniform() < 0.05 ? Number.NaN : (1 + (i % channels)) * rng.normal(),
  ),
  ...{ fitRows: 2000, validationFraction: 0.2, warmFrom: 1900, testFrom: 2000, testTo: 3000 },
};

describe('blocks', () => {
  it('hide runs of at least 5 rows of a channel, about a tenth of the cells', () => {
    let hidden = 0;
    const draws = 200;
    for (let k = 0; k < draws; k++) {
      const mask = blocks(createRng(k), 96, channels);
      hidden += mask.reduce((a, b) => a + b, 0);
      for (let c = 0; c < channels; c++) {
        const text = Array.from({ length: 96 }, (_, t) => mask[t * channels + c]).join('');
        for (const run of text.match(/1+/g) ?? []) assert.ok(run.length >= 5, text);
      }
    }
    const share = hidden / (draws * 96 * channels);
    assert.ok(share > 0.07 && share < 0.11, `${share}`); // some blocks lie on one another
  });
});

describe('blockProtocol', () => {
  const protocol = blockProtocol(data, 48, 12);

  it('judges hidden cells that are known, in units of the training spread', () => {
    assert.ok(protocol.test.length <= 12 && protocol.test.length > 6);
    for (const { truth, shown, judged, startMs } of protocol.test) {
      const from = (startMs / 60_000) * channels;
      assert.ok(from >= 2000 * channels);
      truth.forEach((value, i) => {
        if (judged[i] === 1) assert.ok(Number.isNaN(shown[i]) && !Number.isNaN(value));
        else assert.ok(Object.is(shown[i], value) || (Number.isNaN(value) && Number.isNaN(shown[i])));
      });
    }
    const all = protocol.test.flatMap(({ truth }) =>
      [...truth].filter((value, i) => i % channels === 4 && !Number.isNaN(value)),
    );
    const variance = all.reduce((a, b) => a + b * b, 0) / all.length;
    assert.ok(Math.abs(variance - 1) < 5 * Math.sqrt(2 / all.length), `${variance}`);
  });

  it('trains on training rows, validates on those after them', () => {
    assert.equal(protocol.training.length, 1600 * channels);
    assert.ok(protocol.trainingRows.every((row) => row + 48 <= 1600));
    assert.ok(protocol.validationRows.every((row) => row >= 1600 && row + 48 <= 2000));
    assert.ok(protocol.validation.subarray(0, 1600 * channels).every(Number.isNaN));
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { clippedCrps, halfWidth90, logit } from '../../src/forecast/clipped-logistic.ts';
import { members } from '../../src/forecast/shape.ts';
import { TrackRecord } from '../../src/forecast/track-record.ts';
import { record as options, shape as shapeOf } from './fixtures.ts';

const shape = shapeOf({ channels: 2, horizon: 3 });
const open = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
const losses = () => new Float64Array(members.length);
/** network and ridge at 0, the smoothing at 1; all of scale 1; the interval served is that of the network. */
const laws = Float32Array.of(0, 1, 0, 1, 1, 1, -halfWidth90, halfWidth90);

describe('TrackRecord', () => {
  it('knows nothing at first: factors of 1, the network alone, no error of the smoothing', () => {
    const record = new TrackRecord(shape, options);
    assert.ok(record.factors().every((factor) => factor === 1));
    assert.deepEqual([...record.weights(1)], [1, 0, 0, 1, 0, 0, 1, 0, 0]);
    assert.equal(record.smoothingError(0, 0), null);
    assert.equal(record.sums.length, TrackRecord.sizeOf(shape));
  });

  it('gives the CRPS of the members as they were rescaled, and the error of the smoothing', () => {
    const record = new TrackRecord(shape, options);
    const out = losses();
    record.resolve(0, 2, 3, laws, open, out);
    assert.deepEqual([...out], [clippedCrps(3, 0, 1, open), clippedCrps(3, 0, 1, open), clippedCrps(3, 1, 1, open)]);
    assert.equal(record.smoothingError(0, 2), 2);
    assert.equal(record.smoothingError(0, 1), null, 'horizons are told apart');
    assert.equal(record.smoothingError(1, 2), null, 'and channels');
    record.turn();
    const [factor] = record.factors().subarray(2);
    assert.ok(factor > 1, 'a deviation of three scales is more than was expected');
    record.resolve(0, 2, 3, laws, open, out);
    assert.equal(out[0], clippedCrps(3, 0, factor, open));
  });

  it('factors stay until `turn`', () => {
    const record = new TrackRecord(shape, options);
    const before = record.factors();
    record.resolve(0, 0, 3, laws, open, losses());
    assert.equal(record.factors(), before);
    record.turn();
    assert.notEqual(record.factors(), before);
  });

  it('widens to what comes: twice the spread, nearly twice the width', () => {
    const record = new TrackRecord(shape, options);
    const rng = createRng(1);
    for (let n = 0; n < 3000; n++) {
      for (let h = 0; h < 3; h++) {
        record.resolve(0, h, 2 * logit(rng.uniform()), laws, open, losses());
        record.resolve(1, h, 0.5 * logit(rng.uniform()), laws, open, losses());
      }
      record.turn();
    }
    const factors = record.factors();
    // effective sample: 2 / (1 - 2^(-4/300)) = 217 cells a horizon, |u| has a coefficient of variation of about 1: 4 sigma = .27
    for (let h = 0; h < 3; h++) {
      assert.ok(factors[h] > 1.85 - 0.5 && factors[h] < 2 + 0.5, `wide: ${factors[h]}`);
      assert.ok(Math.abs(factors[3 + h] - 0.5) < 0.14, `narrow: ${factors[3 + h]}`);
    }
  });

  it('gives the weight to who is better, and nothing is rescaled or mixed where it is not asked for', () => {
    const better = Float32Array.of(2, 1, 0, 1, 2, 1, -1, 5); // the ridge is right
    const make = (changes: object) => {
      const record = new TrackRecord(shape, { ...options, ...changes });
      const rng = createRng(2);
      for (let n = 0; n < 200; n++) {
        for (let h = 0; h < 3; h++) record.resolve(0, h, logit(rng.uniform()), better, open, losses());
        record.turn();
      }
      return record;
    };
    const weights = make({}).weights(0);
    for (let h = 0; h < 3; h++) assert.ok(weights[3 * h + 1] > 0.95, `ridge ${weights[3 * h + 1]}`);
    assert.deepEqual([...make({ mixture: false }).weights(0)], [1, 0, 0, 1, 0, 0, 1, 0, 0]);
    assert.ok(
      make({ rescale: false })
        .factors()
        .every((factor) => factor === 1),
    );
  });

  it('one outlier does not outweigh weeks; where all were certain it counts in full', () => {
    const record = new TrackRecord(shape, options);
    const out = losses();
    record.resolve(0, 0, 1e30, laws, open, out);
    const far = clippedCrps(10 * halfWidth90, 0, 1, open);
    assert.ok(Math.abs(out[0] - far) < 1e-5, `${out[0]}, at ten half widths ${far}`);
    record.resolve(1, 0, 7, Float32Array.of(4, 0, 4, 0, 4, 0, 4, 4), open, out);
    assert.equal(out[0], 3);
    assert.ok(record.sums.every(Number.isFinite));
  });

  it('members that are certain, and right, leave everything as it is', () => {
    const record = new TrackRecord(shape, options);
    const certain = Float32Array.of(4, 0, 4, 0, 4, 0, 4, 4);
    for (let n = 0; n < 200; n++) {
      for (let h = 0; h < 3; h++) record.resolve(0, h, 4, certain, open, losses());
      record.turn();
    }
    assert.ok(record.factors().every((factor) => factor === 1));
    for (const weight of record.weights(0)) assert.ok(Math.abs(weight - 1 / 3) < 1e-9);
    assert.equal(record.smoothingError(0, 0), 0);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inferWindows } from '../../src/infer/plan.ts';
import { transferOf } from '../../src/infer/protocol.ts';
import { fakeEngine, plainModel, planOptions, planWindow } from './fixtures.ts';

describe('transferOf', () => {
  it('names every buffer of the results once: they cross without a copy', async () => {
    const windows = [
      planWindow((t) => (t === 31 ? Number.NaN : undefined)),
      planWindow((t) => (t < 31 ? Number.NaN : undefined)),
    ];
    const results = await inferWindows(
      fakeEngine({ location: 0, scale: 1 }),
      plainModel(),
      planOptions({ forecastEverySteps: 4 }),
      windows,
    );
    const copy = structuredClone(results);
    const buffers = transferOf(results);
    assert.equal(new Set(buffers).size, buffers.length);
    const moved = structuredClone(results, { transfer: buffers });
    assert.deepEqual(moved, copy);
    for (const { imputed, forecast, residual } of results) {
      for (const array of [
        imputed?.rows,
        imputed?.final,
        imputed?.quantiles,
        forecast?.quantiles,
        forecast?.laws?.network.location,
        forecast?.laws?.network.scale,
        forecast?.laws?.ridge.location,
        forecast?.laws?.ridge.scale,
        residual?.squared,
        residual?.bias,
        residual?.base,
        residual?.level,
        residual?.expected,
        residual?.halfWidth90,
      ]) {
        if (array !== undefined) assert.equal(array.byteLength, 0);
      }
    }
  });
});

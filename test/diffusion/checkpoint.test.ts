import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DriftcastError } from '../../src/core/errors.ts';
import { createResumableRng, createRng } from '../../src/core/rng.ts';
import { AdamW } from '../../src/diffusion/adamw.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/diffusion/checkpoint.ts';
import { initialiseWeights } from '../../src/diffusion/initialise.ts';
import type { TrainingState } from '../../src/diffusion/train.ts';
import { shapeOf } from './fixtures.ts';

const shape = shapeOf();
const identity = { data: 'abc', config: 'def', engine: 'wasm' };

/** A state as after some steps: nothing in it is zero or like another part. */
function stateOf(seed = 4): TrainingState {
  const rng = createRng(seed);
  const optimiser = new AdamW(initialiseWeights(shape, rng), { weightDecay: 0.1, averageDecay: 0.99 });
  for (let step = 0; step < 3; step++) {
    const gradients = new Map(
      [...optimiser.weights].map(([name, { values }]) => [name, values.map(() => rng.normal())]),
    );
    optimiser.update(gradients, 0.01, 1);
  }
  const state = optimiser.state();
  const ownRng = createResumableRng(seed);
  ownRng.normal(); // half of a pair is left
  return {
    step: 3,
    schedule: { steps: 90, paced: true, coolDown: { from: 60, to: 80 } },
    optimiser: state,
    rng: ownRng.state(),
    poolSeeds: [5, 2 ** 31 - 1],
    best: { step: 2, score: 0.9, byTask: { impute: 0.7, forecast: 0.8, score: 1, cross: 1.1 }, weights: state.average },
    stale: 4,
    elapsedMs: 1234.5,
  };
}

const refused = (act: () => unknown, message: RegExp) =>
  assert.throws(act, (error) => {
    assert.ok(error instanceof DriftcastError && error.code === 'STATE_INVALID', String(error));
    assert.match(error.message, message);
    assert.ok((error.hint ?? '').length > 10);
    return true;
  });

describe('checkpoint', () => {
  it('gives back all of a state', () => {
    for (const state of [stateOf(), { ...stateOf(), schedule: { steps: 9, paced: false, coolDown: null } }])
      assert.deepEqual(decodeCheckpoint(encodeCheckpoint(state, identity), identity, shape), state);
  });

  it('a random stream goes on where it stood', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.constantFrom('uniform', 'normal'), { maxLength: 20 }), (seed, calls) => {
        const rng = createResumableRng(seed);
        for (const call of calls) rng[call as 'uniform']();
        const again = createResumableRng(JSON.parse(JSON.stringify(rng.state())));
        for (let k = 0; k < 5; k++) assert.equal(again.normal(), rng.normal());
        assert.equal(again.integer(1000), rng.integer(1000));
      }),
    );
    assert.deepEqual(createResumableRng(7).normal(), createRng(7).normal());
  });

  it('is not taken for another training', () => {
    const file = encodeCheckpoint(stateOf(), identity);
    const other = (change: object) => () => decodeCheckpoint(file, { ...identity, ...change }, shape);
    refused(other({ data: 'x' }), /made on other data/);
    refused(other({ config: 'x' }), /made with other settings/);
    refused(other({ engine: 'tensorflow' }), /made on another engine \(wasm, now tensorflow\)/);
    refused(() => decodeCheckpoint(file, identity, shapeOf({ width: 16 })), /damaged \(tensor /);
  });

  it('a file that is cut, changed or something else is refused, never half taken', () => {
    const file = encodeCheckpoint(stateOf(), identity);
    for (const length of [0, 7, 100, file.length - 1])
      refused(() => decodeCheckpoint(file.subarray(0, length), identity, shape), /damaged/);
    const text = Buffer.from(file).toString('latin1');
    const other = Buffer.from(text.replace('\\"stale\\":4', '\\"stale\\":x'), 'latin1');
    refused(() => decodeCheckpoint(other, identity, shape), /damaged/);
  });
});

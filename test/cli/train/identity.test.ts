import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFingerprint, settingsFingerprint } from '../../../src/cli/train/identity.ts';
import { madeUpConfig, madeUpSeries } from './made-up-model.ts';

test('data: every value, name and time counts', () => {
  const one = madeUpSeries(50);
  const hash = dataFingerprint([one]);
  assert.equal(dataFingerprint([madeUpSeries(50)]), hash);
  const others = [
    [{ ...one, series: 'other' }],
    [{ ...one, startMs: one.startMs + 1 }],
    [{ ...one, values: one.values.map((v, i) => (i === 7 ? v + 1e-9 : v)) }],
    [one, one],
  ];
  for (const other of others) assert.notEqual(dataFingerprint(other), hash);
});

test('settings: what the steps depend on counts, how long it takes and what is done with the model does not', async () => {
  const hash = settingsFingerprint(await madeUpConfig());
  for (const same of ['train.budget_seconds=7', 'train.checkpoint_seconds=7', 'alert.p_value=0.02', 'infer.workers=2'])
    assert.equal(settingsFingerprint(await madeUpConfig(same)), hash, same);
  for (const other of ['train.seed=9', 'train.steps_max=5', 'window.length_steps=64', 'train.test_fraction=0.2'])
    assert.notEqual(settingsFingerprint(await madeUpConfig(other)), hash, other);
});

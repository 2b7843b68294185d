import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../src/core/rng.ts';
import { fuzz } from './fuzz.ts';
import { mutate } from './mutate.ts';

const seed = Number(process.env.DRIFTCAST_TEST_SEED ?? 20_260_301);
console.log(`# seed ${seed}`);
const count = 5000;

test(`${count} hostile inputs: each has a fate, or an error that helps`, async (t) => {
  const { inputs, failures, slowest } = await fuzz(seed, count);
  t.diagnostic(`slowest: ${slowest.target}, input ${slowest.index}, ${slowest.ms.toFixed(0)} ms`);
  assert.deepEqual(
    failures.map(({ target, index, error }) => `${target}, input ${index} of seed ${seed}: ${error}`),
    [],
  );
  assert.equal(inputs.size, 15);
  assert.ok([...inputs.values()].every((number) => number >= Math.floor(count / inputs.size)));
});

test('the same seed makes the same inputs, and most are not what they were', () => {
  const samples = [Buffer.from('{"a":1,"b":[2,3]}'), Buffer.from('name: x\nlist:\n  - 1\n')];
  const made = () => {
    const rng = createRng(seed);
    return Array.from({ length: 200 }, () => mutate(samples, rng).toString('hex'));
  };
  assert.deepEqual(made(), made());
  assert.ok(new Set(made()).size > 150);
});

import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { CliIo } from '../../../src/cli/io.ts';
import { progressLine, showTraining } from '../../../src/cli/train/show-training.ts';
import type { TrainProgress } from '../../../src/diffusion/train.ts';

const byTask = { impute: 0.9, forecast: 0.9, score: 0.9, cross: 0.9 };
const progress = (changes: Partial<TrainProgress> = {}): TrainProgress => ({
  step: 300,
  steps: 3000,
  loss: 0.41239,
  validation: { score: 0.9312, byTask },
  best: { score: 0.9271, byTask, step: 200, weights: new Map() },
  endsEarly: false,
  elapsedMs: 30_000,
  ...changes,
});

test('a line says loss, validation, what was best and the time left', () => {
  assert.equal(
    progressLine(progress()),
    'step 300 of 3000: loss 0.412, validation CRPS 0.931 of its base (best 0.927 at step 200), 5 min left',
  );
  const none = { score: 1, byTask, step: 0, weights: new Map() };
  assert.match(progressLine(progress({ best: none, steps: 1200 })), /\(none better yet\), 90 s left/);
  assert.match(progressLine(progress({ endsEarly: true })), /coming to an end, 5 min left/);
  assert.doesNotMatch(progressLine(progress({ endsEarly: true, steps: 300 })), /coming to an end/);
  assert.match(progressLine(progress({ elapsedMs: 3_600_000 })), /, 9\.0 h left/);
});

test('logs have a line a validation, and nothing in between', () => {
  let text = '';
  const stderr = new Writable({
    write: (chunk, _, done) => {
      text += chunk;
      done();
    },
  });
  const view = showTraining({ stderr, isTerminal: false } as unknown as CliIo, 3000);
  for (let step = 1; step <= 30; step++)
    view.show(progress({ step, ...(step % 10 === 0 ? {} : { validation: null }) }));
  view.stop();
  assert.deepEqual(
    text
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, 8)),
    ['step 10 ', 'step 20 ', 'step 30 '],
  );
});

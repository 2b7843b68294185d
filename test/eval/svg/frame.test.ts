import assert from 'node:assert/strict';
import test from 'node:test';
import { createFrame } from '../../../src/eval/svg/frame.ts';

const options = {
  ...{ width: 300, height: 200, label: 'a <plot>' },
  x: [0, 10] as const,
  y: [0, 1] as const,
  xTicks: [{ at: 5, label: 'five' }],
  yTicks: [{ at: 0.5, label: '<half>' }],
};

test('the plot area lies within the picture, y grows upwards', () => {
  const frame = createFrame(options);
  assert.equal(frame.x(0), frame.left);
  assert.equal(frame.x(10), frame.right);
  assert.equal(frame.y(0), frame.bottom);
  assert.equal(frame.y(1), frame.top);
  assert.ok(frame.left > 0 && frame.right < 300 && frame.top > 0 && frame.bottom < 200);
});

test('a strip and a title take their room from the plot', () => {
  const plain = createFrame(options);
  assert.equal(createFrame({ ...options, strip: 12 }).bottom, plain.bottom - 12);
  assert.ok(createFrame({ ...options, xTitle: 'steps' }).bottom < plain.bottom);
});

test('draws ticks, titles and what is inside, all text escaped', () => {
  const svg = createFrame({ ...options, yTitle: 'm³/h & more' }).render('<path d="M0 0"/>');
  assert.match(svg, /^<svg viewBox="0 0 300 200" role="img" aria-label="a &lt;plot&gt;">/);
  assert.match(svg, />five</);
  assert.match(svg, />&lt;half&gt;</);
  assert.match(svg, />m³\/h &amp; more</);
  assert.match(svg, /<path d="M0 0"\/><\/svg>$/);
});

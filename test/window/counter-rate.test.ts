import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counterRate } from '../../src/window/counter-rate.ts';

const at = (timeMs: number, value: number) => ({ timeMs, value });
const never = Number.POSITIVE_INFINITY;

describe('counterRate', () => {
  it('is the growth each second', () => {
    assert.equal(counterRate(at(0, 100), at(2000, 150), undefined, never), 25);
    assert.equal(counterRate(at(0, 100), at(250, 100), undefined, never), 0);
  });

  it('takes a fall as a restart from zero', () => {
    assert.equal(counterRate(at(0, 1e9), at(1000, 40), undefined, never), 40);
  });

  it('takes a fall as a wrap where that explains it, and as a restart where it would be a leap', () => {
    const bits32 = 2 ** 32;
    assert.equal(counterRate(at(0, bits32 - 10), at(1000, 30), bits32, never), 40);
    assert.equal(counterRate(at(0, 1000), at(1000, 30), bits32, never), 30);
    assert.equal(counterRate(at(0, 2 * bits32), at(1000, 30), bits32, never), 30, 'it was never below the limit');
  });

  it('spreads growth over a gap, up to a limit', () => {
    assert.equal(counterRate(at(0, 0), at(10_000, 50), undefined, 10_000), 5);
    assert.ok(Number.isNaN(counterRate(at(0, 0), at(10_001, 50), undefined, 10_000)));
  });

  it('is finite and not negative, whatever is read; NaN where no time has passed', () => {
    const huge = Number.MAX_VALUE;
    assert.equal(counterRate(at(0, -huge), at(1, huge), undefined, never), huge);
    assert.equal(counterRate(at(0, 0), at(1000, -5), undefined, never), 0);
    assert.ok(Number.isNaN(counterRate(at(5, 0), at(5, 1), undefined, never)));
  });
});

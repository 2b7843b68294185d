import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { classOf } from '../../src/core/series-class.ts';

const classes = [
  { name: 'pump', series: ['pump-*', 'p1'] },
  { name: 'fan', series: ['*fan*'] },
  { name: 'rest', series: ['site-*-unit-*'] },
];

describe('classOf', () => {
  it('finds the first class whose pattern fits', () => {
    assert.equal(classOf(classes, 'pump-7'), 0);
    assert.equal(classOf(classes, 'p1'), 0);
    assert.equal(classOf(classes, 'p12'), -1);
    assert.equal(classOf(classes, 'big-fan-3'), 1);
    assert.equal(classOf(classes, 'pump-fan'), 0);
    assert.equal(classOf(classes, 'site-a-unit-3'), 2);
    assert.equal(classOf(classes, 'site-a-uni'), -1);
    assert.equal(classOf([], 'pump-7'), -1);
  });

  it('the ends of a pattern do not share characters of the name', () => {
    assert.equal(classOf([{ name: 'x', series: ['aba*aba'] }], 'ababa'), -1);
    assert.equal(classOf([{ name: 'x', series: ['aba*aba'] }], 'abaaba'), 0);
    assert.equal(classOf([{ name: 'x', series: ['a*b*b'] }], 'ab'), -1);
  });

  it('agrees with a regular expression on any pattern', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 10 });
    fc.assert(
      fc.property(text, name, (pattern, series) => {
        const escaped = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
        assert.equal(
          classOf([{ name: 'x', series: [pattern] }], series) === 0,
          new RegExp(`^${escaped}$`).test(series),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nearest } from '../../src/config/nearest.ts';

const known = ['step_ms', 'length_steps', 'stride_steps', 'lateness_ms', 'idle_ms'];

describe('nearest', () => {
  it('finds swapped, missing, added and replaced letters', () => {
    assert.equal(nearest('lenght_steps', known), 'length_steps');
    assert.equal(nearest('stp_ms', known), 'step_ms');
    assert.equal(nearest('idlee_ms', known), 'idle_ms');
    assert.equal(nearest('strode_steps', known), 'stride_steps');
  });

  it('ignores case and dashes, and takes a word without its unit', () => {
    assert.equal(nearest('Step-Ms', known), 'step_ms');
    assert.equal(nearest('lateness', known), 'lateness_ms');
    assert.equal(nearest('step', known), 'step_ms');
  });

  it('finds nothing where nothing is near', () => {
    assert.equal(nearest('colour', known), null);
    assert.equal(nearest('', known), null);
    assert.equal(nearest('x'.repeat(1000), ['x'.repeat(999)]), null);
    assert.equal(nearest('step_ms', []), null);
  });

  it('gives a word back that is known, and undoes one edit of any longer word', () => {
    const word = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(word, fc.nat(), fc.array(word, { maxLength: 5 }), (target, at, others) => {
        assert.equal(nearest(target, [...others, target]), target);
        const cut = at % target.length;
        const typo = target.slice(0, cut) + target.slice(cut + 1);
        assert.notEqual(nearest(typo, [target]), null, `${typo} for ${target}`);
      }),
    );
  });
});

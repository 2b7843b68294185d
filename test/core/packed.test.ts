import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { damaged, pack, unpack32, unpack64 } from '../../src/core/packed.ts';

describe('packed numbers', () => {
  it('are little-endian bytes in base64', () => {
    assert.equal(pack(Float32Array.of(1)), Buffer.from([0, 0, 0x80, 0x3f]).toString('base64'));
    assert.equal(pack(Float64Array.of(-2)), Buffer.from([0, 0, 0, 0, 0, 0, 0, 0xc0]).toString('base64'));
  });

  it('property: come back exactly, whatever they are, from any place of a buffer', () => {
    fc.assert(
      fc.property(fc.float64Array(), fc.float32Array(), (wide, narrow) => {
        assert.deepEqual(unpack64(pack(wide), wide.length, 'x'), new Float64Array(wide));
        const padded = new Float32Array(narrow.length + 3);
        padded.set(narrow, 3);
        assert.deepEqual(unpack32(pack(padded.subarray(3)), narrow.length, 'x'), new Float32Array(narrow));
      }),
    );
  });

  it('what is not so many numbers is damaged, and says of what', () => {
    for (const text of ['AAAA', '', null, 5, pack(Float32Array.of(1, 2))])
      assert.throws(() => unpack32(text, 1, 'the pump'), { code: 'STATE_INVALID', message: /the pump/ });
    assert.throws(() => unpack64(pack(Float32Array.of(1)), 1, 'x'), { code: 'STATE_INVALID' });
    assert.match(String(damaged('y').hint), /Remove the state file/);
  });
});

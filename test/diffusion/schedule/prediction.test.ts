import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromX0, toX0 } from '../../../src/diffusion/schedule/prediction.ts';
import { plain, plainOps } from '../plain-ops.ts';

const kinds = ['x0', 'epsilon', 'v', 'score'] as const;
const one = (v: number) => plain([v], [1, 1]);

describe('predictions', () => {
  it('of the truth all mean the truth', () => {
    const number = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(number, number, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (x0, noise, a) => {
        const xt = Math.sqrt(a) * x0 + Math.sqrt(1 - a) * noise;
        const said = {
          x0,
          epsilon: noise,
          v: Math.sqrt(a) * noise - Math.sqrt(1 - a) * x0,
          score: -noise / Math.sqrt(1 - a),
        };
        for (const kind of kinds) {
          assert.ok(Math.abs(toX0(plainOps, kind, one(said[kind]), one(xt), a).values[0] - x0) < 1e-9, kind);
          assert.ok(Math.abs(fromX0(plainOps, kind, one(x0), one(xt), a).values[0] - said[kind]) < 1e-9, kind);
        }
      }),
    );
  });

  it('are inverse to each other', () => {
    for (const kind of kinds) {
      const back = toX0(plainOps, kind, fromX0(plainOps, kind, one(0.7), one(-1.3), 0.2), one(-1.3), 0.2);
      assert.ok(Math.abs(back.values[0] - 0.7) < 1e-12);
    }
  });
});

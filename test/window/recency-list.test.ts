import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { RecencyList } from '../../src/window/recency-list.ts';

it('RecencyList orders values by their last use, as a plain array does', () => {
  const values = Array.from({ length: 6 }, (_, id) => ({ id }));
  const commands = fc.array(fc.record({ id: fc.nat(5), remove: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(commands, (list) => {
      const recency = new RecencyList<{ id: number }>();
      let model: { id: number }[] = [];
      for (const { id, remove } of list) {
        model = model.filter((value) => value !== values[id]);
        if (remove) recency.delete(values[id]);
        else {
          recency.touch(values[id]);
          model.push(values[id]);
        }
        assert.equal(recency.oldest, model[0] ?? null);
        assert.equal(recency.size, model.length);
      }
      // Draining shows the whole order, hence every link.
      for (const expected of model) {
        const oldest = recency.oldest;
        assert.equal(oldest, expected);
        if (oldest !== null) recency.delete(oldest);
      }
      assert.equal(recency.oldest, null);
    }),
  );
});

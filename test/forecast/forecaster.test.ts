import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Inference } from '../../src/core/inference.ts';
import type { Forecaster, ForecastSnapshot } from '../../src/forecast/forecaster.ts';
import { shapeOf } from '../../src/forecast/shape.ts';
import { feedOf, forecaster, forecastOf, inferenceOf, levels, shape, stepMs } from './fixtures.ts';

const quantiles = (served: Inference) => [...(served.forecast?.quantiles ?? [])];
const thaw = (snapshot: ForecastSnapshot | null): ForecastSnapshot | null => JSON.parse(JSON.stringify(snapshot));
const serveAll = (room: Forecaster, feed: Iterable<Inference>) => [...feed].map((one) => quantiles(room.serve(one)));

describe('Forecaster', () => {
  it('serves what the model says of a new series, without its members, and leaves the rest of the inference', () => {
    const inference = inferenceOf(
      [
        [1, 2],
        [1, 2],
      ],
      3,
      forecastOf(shape(), () => [1, 0.5]),
    );
    const served = forecaster().serve(inference);
    quantiles(served).forEach((value, i) => void assert.ok(Math.abs(value - quantiles(inference)[i]) < 1e-6));
    assert.equal(served.forecast?.laws, undefined);
    assert.equal(served.window, inference.window);
  });

  it('an inference without a forecast, or without laws, passes as it is and still counts', () => {
    const room = forecaster();
    const none = inferenceOf([[1, 2]], 3);
    assert.equal(room.serve(none), none);
    const { laws: _, ...bare } = forecastOf(shape(), () => [1, 1]);
    const lawless = inferenceOf([[1, 2]], 4, bare);
    assert.equal(room.serve(lawless), lawless);
    assert.equal(room.takeState('a', 4 * stepMs)?.endMs, 4 * stepMs);
  });

  it('widens where the model is too sure', () => {
    const room = forecaster();
    const width = (served: Inference) => quantiles(served)[levels.length - 1] - quantiles(served)[0];
    const widths = [...feedOf(1, 300)].map((one) => {
      const sure = one.forecast === null ? null : forecastOf(shape(), () => [0, 0.01]);
      return width(room.serve({ ...one, forecast: sure }));
    });
    const [first, last] = [widths.find((w) => w > 0) ?? 0, widths.filter((w) => w > 0).at(-1) ?? 0];
    assert.ok(last > 3 * first, `${first} -> ${last}`);
  });

  it('bends values as the channel asks before it compares them', () => {
    const bent = shapeOf({ horizon: 1, stepMs, everySteps: 1, units: [{ transform: 'sqrt', min: 0, max: 1e6 }] });
    const seen: number[] = [];
    const room = forecaster({ shape: bent, onResolved: ({ y }) => void seen.push(y) });
    const forecast = { ...forecastOf(bent, () => [10, 1]), quantiles: Float64Array.of(50, 80, 100, 120, 170) };
    room.serve(inferenceOf([[100]], 0, forecast));
    room.serve(inferenceOf([[144]], 1));
    assert.deepEqual(seen, [2], 'sqrt 144 against sqrt 100');
    room.serve(inferenceOf([[900]], 2, forecast));
    room.serve(inferenceOf([[1e6]], 3));
    assert.deepEqual(seen, [2, 15], 'at most 25 scales from what is normal');
  });

  it('sees the rows of a window that no earlier one had, also where one before it failed', () => {
    const seen: number[] = [];
    const room = forecaster({ shape: shape({ channels: 1 }), onResolved: ({ y }) => void seen.push(y) });
    room.serve(
      inferenceOf(
        [[0], [0]],
        3,
        forecastOf(shape({ channels: 1 }), () => [0, 1]),
      ),
    );
    // the window of rows 4 and 5 failed; this one has rows 2 to 7
    room.serve(inferenceOf([[9], [9], [4], [5], [6], [7]], 7, null, { newRows: 2 }));
    assert.deepEqual(seen, [4, 5, 6, 7]);
  });

  it('the largest numbers there are do no harm: they count as far out, and are forgotten', () => {
    const room = forecaster();
    const wild = [Number.MAX_VALUE, -Number.MAX_VALUE];
    const feed = [...feedOf(9, 400)].map((one, w) =>
      w === 100 ? inferenceOf([wild, wild, wild, wild], 403, one.forecast) : one,
    );
    const served = serveAll(room, feed);
    for (const values of served) assert.ok(values.every(Number.isFinite));
    const plain = serveAll(forecaster(), feedOf(9, 400));
    const last = served.findLastIndex((values) => values.length > 0);
    served[last].forEach((value, i) => {
      assert.ok(Math.abs(value - plain[last][i]) < 0.5, `${value}, without the outlier ${plain[last][i]}`);
    });
    const mad = forecastOf(shape(), (h, c) => [wild[(h + c) % 2], 1e300]);
    const bounded = { ...mad, quantiles: mad.quantiles.map((v) => Math.min(wild[0], Math.max(wild[1], v))) };
    const after = [404, 405, 406, 407].map((w) => inferenceOf([[1, 2], wild, [1, 2], wild], 4 * w + 3, bounded));
    for (const values of serveAll(room, after)) assert.ok(values.every(Number.isFinite));
    assert.doesNotThrow(() => forecaster().restore('a', thaw(room.takeState('a', after[3].window.endMs))));
  });

  it('what a replay brings again changes nothing, and is answered from what is known', () => {
    const [room, other] = [forecaster(), forecaster()];
    const feed = [...feedOf(2, 40)];
    serveAll(room, feed.slice(0, 30));
    serveAll(other, feed.slice(0, 30));
    for (const again of feed.slice(20, 30)) assert.ok(quantiles(other.serve(again)).every(Number.isFinite));
    assert.deepEqual(serveAll(other, feed.slice(30)), serveAll(room, feed.slice(30)));
    const endMs = feed[39].window.endMs;
    assert.deepEqual(other.takeState('a', endMs), room.takeState('a', endMs));
  });

  it('property: from the state of any delivered window it goes on as if it had never stopped, however states were taken', () => {
    const feed = [...feedOf(3, 60)];
    const want = serveAll(forecaster(), feed);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59 }), fc.nat(10), fc.uniqueArray(fc.nat(58)), (cut, ahead, takes) => {
        const room = forecaster();
        let state: ForecastSnapshot | null = null;
        feed.slice(0, Math.min(60, cut + ahead)).forEach((one, w) => {
          room.serve(one);
          if (takes.includes(w) && w < cut) state = room.takeState('a', one.window.endMs) ?? state;
        });
        state = room.takeState('a', feed[cut - 1].window.endMs) ?? state;
        const restarted = forecaster();
        restarted.restore('a', thaw(state));
        assert.deepEqual(serveAll(restarted, feed.slice(cut)), want.slice(cut));
      }),
      { numRuns: 60 },
    );
  });

  it('a state is that of the newest window delivered, not of what was said since; null where nothing is new', () => {
    const room = forecaster();
    const feed = [...feedOf(4, 20)];
    serveAll(room, feed);
    const at = (w: number) => feed[w].window.endMs;
    assert.equal(room.takeState('a', at(0) - 1), null);
    assert.equal(room.takeState('a', at(5) + 1)?.endMs, at(5));
    assert.equal(room.takeState('a', at(5)), null);
    assert.equal(room.takeState('a', at(19))?.endMs, at(19));
    assert.equal(room.takeState('nobody', at(19)), null);
  });

  it('series know nothing of each other; in whatever order they come, each is served the same', () => {
    const [a, b] = [[...feedOf(5, 40)], [...feedOf(6, 40, shape(), 'b')]];
    const room = forecaster();
    const mixed = a.map((one, w) => [quantiles(room.serve(one)), quantiles(room.serve(b[w]))]);
    const [alone, other] = [serveAll(forecaster(), a), serveAll(forecaster(), b)];
    mixed.forEach(([one, two], w) => {
      assert.deepEqual(one, alone[w]);
      assert.deepEqual(two, other[w]);
    });
  });

  it('restore with null begins afresh; damage is refused', () => {
    const room = forecaster();
    const feed = [...feedOf(7, 30)];
    serveAll(room, feed);
    room.restore('a', null);
    assert.deepEqual(serveAll(room, feed), serveAll(forecaster(), feed));
    assert.throws(() => room.restore('a', { endMs: 1 } as ForecastSnapshot), { code: 'STATE_INVALID', message: /"a"/ });
  });

  it('holds so many series and no more: the one served least recently begins afresh', () => {
    const room = forecaster({ seriesMax: 2 });
    const feeds = ['a', 'b', 'c'].map((series, i) => [...feedOf(i, 20, shape(), series)]);
    for (const feed of feeds) serveAll(room, feed);
    assert.equal(room.takeState('a', feeds[0][19].window.endMs), null);
    assert.notEqual(room.takeState('b', feeds[1][19].window.endMs), null);
  });

  it('keeps no states where nobody asks for them, and not without end where nobody takes them', () => {
    const feed = [...feedOf(8, 50)];
    const none = forecaster({ pendingStatesMax: 0 });
    const some = forecaster({ pendingStatesMax: 4 });
    assert.deepEqual(serveAll(none, feed), serveAll(some, feed));
    assert.equal(none.takeState('a', feed[49].window.endMs), null);
    assert.equal(some.takeState('a', feed[20].window.endMs), null, 'too long ago to tell');
    assert.equal(some.takeState('a', feed[49].window.endMs)?.endMs, feed[49].window.endMs);
  });
});

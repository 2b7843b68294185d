import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Source } from '../../src/core/component.ts';
import type { CommitMark } from '../../src/core/record.ts';
import type { SeriesState } from '../../src/core/series-state.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { Checkpoint, type CheckpointParts, deliveriesMax } from '../../src/topology/checkpoint.ts';
import { OffsetLedger } from '../../src/topology/offset-ledger.ts';
import type { StateStore } from '../../src/topology/state-store.ts';
import { MemoryStore } from './sim/fake-parts.ts';
import { settle, watch } from './sim/virtual-time.ts';

const at = { topic: 't', partition: 0, generation: 1 };

/** A room that knows a state for every time it is told about, and remembers what it was set back to. */
function fakeRoom(name: string) {
  const known = new Set<number>();
  const restored: [string, unknown][] = [];
  return {
    known,
    restored,
    takeState: (_series: string, timeMs: number) => (known.has(timeMs) ? { of: name, timeMs } : null),
    restore: (series: string, state: unknown) => void restored.push([series, state]),
  };
}

interface WorldOptions {
  readonly file?: boolean;
  readonly seriesMax?: number;
  readonly forecast?: boolean;
  readonly keepsStates?: boolean;
  readonly monotonicMs?: () => number;
}

function world(options: WorldOptions = {}) {
  const log: string[] = [];
  const [window, score, alert] = [fakeRoom('window'), fakeRoom('score'), fakeRoom('alert')];
  const forecast = fakeRoom('forecast');
  const ledger = new OffsetLedger();
  ledger.open(at);
  const live = new Set<string>();
  const control = {
    marks: [] as CommitMark[],
    writes: [] as Map<string, SeriesState | null>[],
    /** What the newest write was given, as it is now. */
    given: null as ReadonlyMap<string, SeriesState | null> | null,
    hold: Promise.resolve(),
    writeError: null as Error | null,
    commitError: null as Error | null,
  };
  const source = {
    keepsStates: options.keepsStates ?? false,
    commit: async (marks: readonly CommitMark[]) => {
      log.push(`commit ${marks.map(({ nextOffset }) => nextOffset).join()}`);
      control.marks.push(...marks);
      await control.hold;
      if (control.commitError !== null) throw control.commitError;
    },
  } as Partial<Source> as Source;
  const stored = new MemoryStore();
  stored.texts.set('known', JSON.stringify({ window: { w: 1 }, score: { s: 1 }, alert: null }));
  const file: StateStore = {
    read: () => stored.read(),
    stateOf: (series) => stored.stateOf(series),
    write: async (changed) => {
      log.push(`write ${[...changed.keys()].join()}`);
      control.given = changed;
      control.writes.push(new Map(changed));
      await control.hold;
      if (control.writeError !== null) throw control.writeError;
      await stored.write(changed);
    },
  };
  const assembler = { ...window, seriesOf: () => [...live], oldestNeeded: () => null };
  const checkpoint = new Checkpoint({
    source,
    ledger,
    assembler,
    scorer: score,
    tracker: alert,
    forecaster: options.forecast === false ? null : forecast,
    file: options.file === false ? null : file,
    clock: { monotonicMs: options.monotonicMs ?? (() => 0) },
    telemetry: silentTelemetry,
    seriesMax: options.seriesMax ?? 100,
  } as unknown as CheckpointParts);
  const deliver = (series: string, timeMs: number, rooms = [window, score, alert, forecast]) => {
    for (const room of rooms) room.known.add(timeMs);
    checkpoint.delivered(series, timeMs, at);
  };
  return {
    checkpoint,
    ledger,
    log,
    control,
    live,
    window,
    score,
    alert,
    forecast,
    deliver,
    seen: (offset: number) => ledger.seen({ ...at, offset }),
  };
}

describe('Checkpoint', () => {
  it('writes the state first, then commits', async () => {
    const { checkpoint, log, seen, deliver } = world();
    seen(4);
    deliver('a', 10);
    await checkpoint.save();
    assert.deepEqual(log, ['write a', 'commit 5']);
  });

  it('commits nothing when the state cannot be written, and tries again', async () => {
    const { checkpoint, log, control, seen, deliver } = world();
    seen(4);
    deliver('a', 10);
    control.writeError = new Error('disk full');
    await assert.rejects(checkpoint.save(), /disk full/);
    assert.deepEqual(log, ['write a']);
    control.writeError = null;
    await checkpoint.save();
    assert.deepEqual(log, ['write a', 'write a', 'commit 5']);
  });

  it('a mark whose commit failed is said again', async () => {
    const { checkpoint, log, control, seen } = world();
    seen(4);
    control.commitError = new Error('no broker');
    await assert.rejects(checkpoint.save(), /no broker/);
    control.commitError = null;
    await checkpoint.save();
    await checkpoint.save();
    assert.deepEqual(log, ['commit 5', 'commit 5']);
  });

  it('writes nothing when nothing was delivered since, and commits all the same', async () => {
    const { checkpoint, log, seen, deliver } = world();
    deliver('a', 10);
    await checkpoint.save();
    seen(7);
    await checkpoint.save();
    await checkpoint.save();
    assert.deepEqual(log, ['write a', 'commit 8']);
  });

  it('one save at a time; one that waits serves all who ask meanwhile', async () => {
    const { checkpoint, log, control, seen } = world();
    let go = () => {};
    control.hold = new Promise((resolve) => {
      go = resolve;
    });
    seen(1);
    const first = checkpoint.save();
    await settle();
    const later = Array.from({ length: 100 }, () => checkpoint.save());
    seen(2);
    assert.equal(new Set(later).size, 1);
    await settle();
    assert.deepEqual(log, ['commit 2']);
    go();
    await Promise.all([first, ...later]);
    assert.deepEqual(log, ['commit 2', 'commit 3']);
  });

  it('a save that fails does not take the one behind it along', async () => {
    const { checkpoint, control, log, seen } = world();
    control.commitError = new Error('once');
    seen(1);
    const first = watch(checkpoint.save());
    await Promise.resolve();
    const second = watch(
      settle().then(() => {
        control.commitError = null;
        return checkpoint.save();
      }),
    );
    await settle();
    await settle();
    assert.deepEqual([first.state, second.state], ['failed', 'done']);
    assert.deepEqual(log, ['commit 2', 'commit 2']);
  });

  it('keeps of each room the newest state that it has said anything about', async () => {
    const { checkpoint, control, deliver, window, alert } = world();
    deliver('a', 10);
    await checkpoint.save();
    deliver('a', 20, [window, alert]);
    await checkpoint.save();
    assert.deepEqual(control.writes.at(-1)?.get('a'), {
      window: { of: 'window', timeMs: 20 },
      score: { of: 'score', timeMs: 10 },
      alert: { of: 'alert', timeMs: 20 },
      forecast: { of: 'forecast', timeMs: 10 },
    });
  });

  it('without an online layer of the forecast there is no state of it, and none is set back', async () => {
    const { checkpoint, control, deliver, forecast } = world({ forecast: false });
    await checkpoint.restore();
    deliver('a', 10);
    await checkpoint.save();
    assert.equal(control.writes.at(-1)?.get('a')?.forecast, null);
    assert.deepEqual(forecast.restored, []);
  });

  it('takes states before the rooms forget them, without waiting for the timer', () => {
    const { checkpoint, deliver, window } = world();
    for (let i = 0; i < deliveriesMax; i++) deliver('a', i);
    window.known.clear();
    const { window: state } = checkpoint.rewind(at).get('a') ?? { window: null };
    assert.equal(state, null, 'a series that nothing was begun for is not of this partition');
    checkpoint.begun('a', at);
    assert.deepEqual(checkpoint.rewind(at).get('a')?.window, { of: 'window', timeMs: deliveriesMax - 1 });
  });

  it('takes them a few at a time, and more than come', () => {
    const takes: string[] = [];
    const { checkpoint, deliver, score } = world();
    const { takeState } = score;
    score.takeState = (series, timeMs) => {
      takes.push(series);
      return takeState(series, timeMs);
    };
    checkpoint.begun('s0', at);
    const series = deliveriesMax / 4; // each of them four times
    for (let i = 0; i < deliveriesMax - 1; i++) deliver(`s${i % series}`, i);
    assert.deepEqual(takes, []);
    let most = 0;
    for (let i = 0; i < series / 2; i++) {
      const before = takes.length;
      deliver(`new${i}`, i);
      most = Math.max(most, takes.length - before);
    }
    assert.equal(most, 2);
    assert.deepEqual(takes.slice(0, 4), ['s0', 's1', 's2', 's3'], 'those that have waited longest');
  });

  it('gives others their turn while it takes states, each of one moment', async () => {
    let nowMs = 0;
    const { checkpoint, deliver, score, control } = world({ monotonicMs: () => nowMs });
    const { takeState } = score;
    let inTurn = 0;
    let most = 0;
    score.takeState = (series, timeMs) => {
      nowMs += 2; // a turn holds three of them
      most = Math.max(most, ++inTurn);
      return takeState(series, timeMs);
    };
    for (let i = 0; i < 40; i++) deliver(`s${i}`, 1);
    const saved = checkpoint.save();
    let later = 0;
    while (control.writes.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      inTurn = 0;
      if (later++ === 3) deliver('s39', 2);
    }
    await saved;
    assert.ok(most <= 3 && later > 10, `${most} states in a turn at most, ${later} turns of others`);
    const states = control.writes[0] as Map<string, SeriesState>;
    assert.equal(states.size, 40);
    for (const { window: own, alert } of states.values())
      assert.equal((own as { timeMs: number }).timeMs, (alert as { timeMs: number }).timeMs);
  });

  it('a partition that starts again while states are taken: its old mark is not committed with states of the new assignment', async () => {
    let nowMs = 0;
    const { checkpoint, deliver, log, ledger, seen, live, score } = world({
      monotonicMs: () => nowMs,
      file: false,
      keepsStates: true,
    });
    const { takeState } = score;
    score.takeState = (series, timeMs) => {
      nowMs += 10;
      return takeState(series, timeMs);
    };
    seen(4);
    live.add('a').add('b');
    deliver('a', 1);
    deliver('b', 1);
    const saved = checkpoint.save();
    await new Promise((resolve) => setImmediate(resolve));
    checkpoint.rewind(at, new Map());
    ledger.open({ ...at, generation: 2 });
    await saved;
    assert.deepEqual(log, []);
  });

  it('writes the states of one moment: what is delivered during the write is for the next one', async () => {
    const { checkpoint, deliver, control } = world();
    deliver('a', 1);
    let go = () => {};
    control.hold = new Promise((resolve) => {
      go = resolve;
    });
    const saved = checkpoint.save();
    await settle();
    const given = control.given;
    for (let i = 0; i < deliveriesMax; i++) deliver('b', i);
    assert.equal(checkpoint.size, 2);
    assert.deepEqual([...(given ?? new Map()).keys()], ['a']);
    go();
    await saved;
  });

  it('restores every series in all rooms; of a file without forecast states it starts afresh', async () => {
    const { checkpoint, window, score, alert, forecast } = world();
    assert.equal(await checkpoint.restore(), 1);
    assert.deepEqual(
      [window.restored, score.restored, alert.restored, forecast.restored],
      [[['known', { w: 1 }]], [['known', { s: 1 }]], [['known', null]], [['known', null]]],
    );
    assert.equal(await world({ file: false }).checkpoint.restore(), 0);
  });

  it('a rewind knows live series, silent ones, those on their way, and those that left with the partition', async () => {
    const { checkpoint, live, deliver } = world();
    await checkpoint.restore();
    live.add('live');
    checkpoint.begun('silent', at);
    deliver('silent', 10);
    checkpoint.begun('elsewhere', { topic: 't', partition: 1 });
    assert.deepEqual([...checkpoint.rewind(at).keys()].sort(), ['live', 'silent']);
    live.add('known');
    checkpoint.left({ ...at, ended: false });
    live.clear();
    const states = checkpoint.rewind(at);
    assert.deepEqual([...states.keys()].sort(), ['known', 'live', 'silent']);
    assert.deepEqual(states.get('known')?.window, { w: 1 });
    assert.equal(states.get('live'), null, 'nothing of it is delivered yet: it begins afresh');
  });

  it('remembers no more series than it may, the least recently delivered going first', async () => {
    const { checkpoint, control, deliver } = world({ seriesMax: 3 });
    for (const series of ['a', 'b', 'c']) deliver(series, 10);
    await checkpoint.save();
    deliver('a', 20);
    deliver('d', 20);
    await checkpoint.save();
    assert.deepEqual([...(control.writes.at(-1)?.keys() ?? [])], ['a', 'd', 'b']);
    assert.equal(control.writes.at(-1)?.get('b'), null, 'forgotten in the file, too');
    for (const series of ['a', 'b', 'c', 'd']) checkpoint.begun(series, at);
    assert.deepEqual([...checkpoint.rewind(at).keys()], ['b', 'c', 'd']);
  });

  describe('where the source keeps the states', () => {
    const kept = (seriesMax = 100) => world({ file: false, keepsStates: true, seriesMax });
    const state = (n: number): SeriesState => ({ window: { n }, score: null, alert: null, forecast: null });

    /** Series and window state of every mark that was committed. */
    const committed = ({ control }: ReturnType<typeof world>) =>
      control.marks.map(({ states = new Map() }) =>
        [...states].map(([series, one]) => `${series} ${JSON.stringify(one?.window ?? null)}`),
      );

    it('a commit carries what has changed since the last one, and says it again where it failed', async () => {
      const plant = kept();
      const { checkpoint, control, seen, deliver } = plant;
      for (const series of ['a', 'b']) checkpoint.begun(series, at);
      seen(4);
      deliver('a', 10);
      deliver('b', 10);
      control.commitError = new Error('no broker');
      await assert.rejects(checkpoint.save(), /no broker/);
      control.commitError = null;
      deliver('b', 20);
      await checkpoint.save();
      seen(5);
      deliver('a', 30);
      await checkpoint.save();
      seen(6);
      await checkpoint.save();
      const of = (series: string, timeMs: number) => `${series} {"of":"window","timeMs":${timeMs}}`;
      assert.deepEqual(committed(plant), [[of('a', 10), of('b', 10)], [of('a', 10), of('b', 20)], [of('a', 30)], []]);
    });

    it('a state waits for an offset that moves: the two are one step', async () => {
      const { checkpoint, control, seen, deliver } = kept();
      seen(4);
      await checkpoint.save();
      deliver('a', 10);
      await checkpoint.save();
      assert.equal(control.marks.length, 1);
      seen(5);
      await checkpoint.save();
      assert.deepEqual([...(control.marks[1]?.states?.keys() ?? [])], ['a']);
    });

    it('a partition that leaves takes its series along; one that has ended does not', async () => {
      const plant = kept();
      const { checkpoint, seen, deliver, live } = plant;
      live.add('a');
      checkpoint.begun('silent', at);
      checkpoint.begun('elsewhere', { topic: 't', partition: 1 });
      deliver('a', 10);
      assert.deepEqual([...checkpoint.left({ ...at, ended: true })], []);
      await checkpoint.save();
      assert.equal(checkpoint.size, 1);
      deliver('a', 20);
      assert.deepEqual(
        [...checkpoint.left({ ...at, ended: false })],
        [
          ['a', null],
          ['silent', null],
        ],
      );
      assert.equal(checkpoint.size, 0);
      live.clear();
      seen(9);
      await checkpoint.save();
      assert.deepEqual(committed(plant), [[]], 'what was delivered of an assignment that is over is not committed');
    });

    it('goes on from what was committed, whatever it remembers itself', () => {
      const { checkpoint, live, deliver } = kept();
      live.add('old');
      deliver('old', 10);
      const states = checkpoint.rewind(at, new Map([['new', state(7)]]));
      assert.deepEqual(
        [...states],
        [
          ['old', null],
          ['new', state(7)],
        ],
      );
      assert.equal(checkpoint.size, 1);
    });

    it('a series that is forgotten is forgotten where its state is kept, too', async () => {
      const { checkpoint, control, seen, deliver } = kept(2);
      for (const series of ['a', 'b']) {
        checkpoint.begun(series, at);
        deliver(series, 10);
      }
      seen(4);
      await checkpoint.save();
      deliver('c', 10);
      seen(5);
      await checkpoint.save();
      const { states } = control.marks[1] as CommitMark;
      assert.deepEqual([...(states?.keys() ?? [])].sort(), ['a', 'c']);
      assert.equal(states?.get('a'), null);
    });
  });
});

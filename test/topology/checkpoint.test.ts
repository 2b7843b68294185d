import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Source } from '../../src/core/component.ts';
import type { CommitMark } from '../../src/core/record.ts';
import type { SeriesState } from '../../src/core/series-state.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { Checkpoint, type CheckpointParts, deliveriesMax } from '../../src/topology/checkpoint.ts';
import { OffsetLedger } from '../../src/topology/offset-ledger.ts';
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

function world(options: { file?: boolean; seriesMax?: number; forecast?: boolean } = {}) {
  const log: string[] = [];
  const [window, score, alert] = [fakeRoom('window'), fakeRoom('score'), fakeRoom('alert')];
  const forecast = fakeRoom('forecast');
  const ledger = new OffsetLedger();
  ledger.open(at);
  const live = new Set<string>();
  const control = {
    writes: [] as Map<string, SeriesState>[],
    hold: Promise.resolve(),
    writeError: null as Error | null,
    commitError: null as Error | null,
  };
  const source = {
    commit: async (marks: readonly CommitMark[]) => {
      log.push(`commit ${marks.map(({ nextOffset }) => nextOffset).join()}`);
      await control.hold;
      if (control.commitError !== null) throw control.commitError;
    },
  } as Partial<Source> as Source;
  const file = {
    read: async () => new Map<string, SeriesState>([['known', { window: { w: 1 }, score: { s: 1 }, alert: null }]]),
    write: async (states: ReadonlyMap<string, SeriesState>) => {
      log.push(`write ${[...states.keys()].join()}`);
      control.writes.push(new Map(states));
      await control.hold;
      if (control.writeError !== null) throw control.writeError;
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
    assert.deepEqual([...(control.writes.at(-1)?.keys() ?? [])], ['c', 'a', 'd']);
    for (const series of ['a', 'b', 'c', 'd']) checkpoint.begun(series, at);
    assert.deepEqual([...checkpoint.rewind(at).keys()], ['b', 'c', 'd']);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { Credits } from '../../src/topology/credits.ts';
import { DeadLetterDesk } from '../../src/topology/dead-letter-desk.ts';
import { OffsetLedger } from '../../src/topology/offset-ledger.ts';
import { settle, watch } from './sim/virtual-time.ts';

const letter = (offset: number | null, generation = 1): DeadLetter => ({
  reason: 'parse_error',
  detail: 'why',
  position: offset === null ? null : { topic: 't', partition: 0, generation, offset },
  key: null,
  raw: null,
  timeMs: 0,
});

function deskWith() {
  const credits = new Credits(10);
  const ledger = new OffsetLedger();
  ledger.open({ topic: 't', partition: 0, generation: 1 });
  for (let offset = 0; offset < 10; offset++) ledger.seen({ topic: 't', partition: 0, generation: 1, offset });
  const batches: { letters: readonly DeadLetter[]; done: () => void; fail: (error: Error) => void }[] = [];
  const errors: unknown[] = [];
  const counted: string[] = [];
  const desk = new DeadLetterDesk({
    sink: {
      write: (letters) => new Promise((done, fail) => batches.push({ letters, done, fail })),
      close: async () => {},
    },
    credits,
    ledger,
    telemetry: { ...silentTelemetry, count: (name, by = 1, labels) => counted.push(`${name} ${labels?.reason} ${by}`) },
    onError: (error) => errors.push(error),
  });
  const committable = () => ledger.marks(() => null)[0]?.nextOffset;
  return { desk, credits, batches, errors, counted, committable };
}

describe('DeadLetterDesk', () => {
  it('holds credit and offset of a letter until it is written', async () => {
    const { desk, credits, batches, counted, committable } = deskWith();
    desk.add([letter(4)]);
    assert.deepEqual([credits.inFlight, committable()], [1, 4]);
    await settle();
    assert.deepEqual([credits.inFlight, committable(), batches.length], [1, 4, 1]);
    batches[0]?.done();
    await desk.drained();
    assert.deepEqual([credits.inFlight, committable()], [0, 10]);
    assert.deepEqual(counted, ['dead_letters_total parse_error 1']);
  });

  it('writes one batch after the other, gathering what comes meanwhile, in order', async () => {
    const { desk, batches } = deskWith();
    desk.add([letter(1)]);
    desk.add([letter(2)]);
    await settle();
    desk.add([letter(3)]);
    desk.add([letter(4), letter(5)]);
    await settle();
    assert.equal(batches.length, 1);
    batches[0]?.done();
    await settle();
    const drained = watch(desk.drained());
    await settle();
    assert.equal(drained.state, 'running');
    batches[1]?.done();
    await settle();
    assert.equal(drained.state, 'done');
    assert.deepEqual(
      batches.map(({ letters }) => letters.map(({ position }) => position?.offset)),
      [
        [1, 2],
        [3, 4, 5],
      ],
    );
  });

  it('a letter without a place takes a credit and no hold', async () => {
    const { desk, credits, committable } = deskWith();
    desk.add([letter(null)]);
    assert.deepEqual([credits.inFlight, committable()], [1, 10]);
  });

  it('letters of an assignment that is over are written, and hold nothing', async () => {
    const { desk, batches, credits, committable } = deskWith();
    desk.add([letter(2, 0)]);
    assert.equal(committable(), 10);
    await settle();
    batches[0]?.done();
    await desk.drained();
    assert.equal(credits.inFlight, 0);
  });

  it('nothing added, nothing written', async () => {
    const { desk, batches } = deskWith();
    desk.add([]);
    await desk.drained();
    await settle();
    assert.equal(batches.length, 0);
  });

  it('a failure is told once, holds its offsets for good, and whoever waits hears of it', async () => {
    const { desk, credits, batches, errors, committable } = deskWith();
    desk.add([letter(4)]);
    const drained = watch(desk.drained());
    await settle();
    desk.add([letter(6)]);
    const failure = new Error('disk full');
    batches[0]?.fail(failure);
    await settle();
    assert.deepEqual(errors, [failure]);
    assert.deepEqual([drained.state, drained.error], ['failed', failure]);
    desk.add([letter(3)]);
    await settle();
    await assert.rejects(desk.drained(), failure);
    assert.equal(batches.length, 1, 'a failed sink is left alone');
    assert.deepEqual([credits.inFlight, committable()], [3, 3]);
  });
});

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { Decoder } from '../../src/core/component.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { createRng } from '../../src/core/rng.ts';
import { fakeResult, Letters, lineDecoder, MemoryStore, messageOf, Results } from './sim/fake-parts.ts';
import { Broker } from './sim/fake-source.ts';
import { stopTime, watch } from './sim/virtual-time.ts';
import { stepMs, World, type WorldOptions } from './sim/world.ts';

const startMs = 1_759_276_800_000;
const rows = 60;

/** A server that some messages need, and that is away until `up`. */
class Server {
  readonly decoder: Decoder;
  readonly decoded: number[] = [];
  waits = 0;
  failure: Error | null = null;
  #up: () => void = () => {};
  readonly #back = new Promise<void>((resolve) => {
    this.#up = resolve;
  });
  #isUp = false;

  constructor(needed: (offset: number) => boolean) {
    this.decoder = {
      ready: ({ position }) => {
        if (!needed(position.offset) || this.#isUp) return null;
        this.waits++;
        return this.#back.then(() => {
          if (this.failure !== null) throw this.failure;
        });
      },
      decode: (record) => {
        this.decoded.push(record.position.offset);
        return lineDecoder.decode(record);
      },
    };
  }

  up(): void {
    this.#isUp = true;
    this.#up();
  }
}

function outside(decoder: Decoder, options: Partial<WorldOptions> = {}) {
  const feed = [Array.from({ length: rows }, (_, row) => messageOf('a', startMs + row * stepMs, [Math.sin(row), row]))];
  const parts = { broker: new Broker(feed), results: new Results(), letters: new Letters(), store: new MemoryStore() };
  const infer: WorldOptions['infer'] = async (windows) => windows.map(fakeResult);
  return { ...parts, world: new World({ ...parts, rng: createRng(1), infer, decoder, ...options }) };
}

describe('a pipeline whose decoder waits for a server', () => {
  afterEach(stopTime);

  it('waits at that message, takes no more than one behind it, and goes on as if nothing had been', async () => {
    const undisturbed = outside(lineDecoder);
    const whole = watch(undisturbed.world.pipeline.run());
    await undisturbed.world.time.until('the run ends', () => whole.state !== 'running');

    const server = new Server((offset) => offset >= 30);
    const { world, results, letters, broker } = outside(server.decoder);
    const run = watch(world.pipeline.run());
    await world.time.until('it waits', () => server.waits > 0);
    await world.time.pass(600_000);
    assert.equal(run.state, 'running');
    assert.deepEqual([server.decoded.length, world.source.emitted], [30, 31]);
    assert.ok((broker.committed[0] ?? 0) <= 30);
    server.up();
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.deepEqual([run.state, run.error], ['done', undefined]);
    assert.deepEqual(
      server.decoded,
      Array.from({ length: rows }, (_, offset) => offset),
    );
    assert.deepEqual([...results.windows], [...undisturbed.results.windows]);
    assert.equal(letters.written.length, 0);
    assert.deepEqual(broker.committed, [rows]);
  });

  it('a stop gives up the wait at once: nothing is committed past the message, the next start reads it', async () => {
    const server = new Server((offset) => offset >= 30);
    const first = outside(server.decoder, { ends: false, shutdownMs: 3000 });
    const run = watch(first.world.pipeline.run());
    await first.world.time.until('it waits', () => server.waits > 0);
    const stop = watch(first.world.pipeline.stop());
    await first.world.time.pass(2000);
    assert.deepEqual([stop.state, run.state, server.decoded.length], ['done', 'done', 30]);
    assert.ok((first.broker.committed[0] ?? 0) <= 30);

    const { broker, results, letters, store } = first;
    const second = new World({
      ...{ broker, results, letters, store },
      rng: createRng(2),
      infer: async (windows) => windows.map(fakeResult),
    });
    const again = watch(second.pipeline.run());
    await second.time.until('the run ends', () => again.state !== 'running');
    assert.deepEqual([again.state, broker.committed], ['done', [rows]]);
    const undisturbed = outside(lineDecoder);
    const whole = watch(undisturbed.world.pipeline.run());
    await undisturbed.world.time.until('the run ends', () => whole.state !== 'running');
    assert.deepEqual([...results.windows.keys()], [...undisturbed.results.windows.keys()]);
  });

  it('ends with the error where waiting would not help', async () => {
    const server = new Server(() => true);
    const { world, broker } = outside(server.decoder);
    const run = watch(world.pipeline.run());
    await world.time.until('it waits', () => server.waits > 0);
    server.failure = new DriftcastError('SOURCE_FAILED', 'the registry refuses the login');
    server.up();
    await world.time.until('the run ends', () => run.state !== 'running');
    assert.equal(run.error, server.failure);
    assert.deepEqual([server.decoded, broker.committed], [[], [0]]);
  });
});

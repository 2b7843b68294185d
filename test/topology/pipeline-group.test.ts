import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import type { CommitMark } from '../../src/core/record.ts';
import { createRng, type Rng } from '../../src/core/rng.ts';
import { channels as gauges, plannedChannels } from './sim/fake-parts.ts';
import { makeFeed } from './sim/feed.ts';
import { Group, GroupSource, StateBroker } from './sim/group.ts';
import { assertSame, guard, type Outside, outsideOf, undisturbed } from './sim/oracle.ts';
import { stopTime, VirtualTime, type Watched, watch } from './sim/virtual-time.ts';
import { World, type WorldOptions } from './sim/world.ts';

/** Raise it for a long night. */
const SEEDS = Number(process.env.DRIFTCAST_TEST_SEEDS ?? 40);

const partitions = 3;
const membersMax = 3;

interface Member {
  readonly world: World;
  readonly source: GroupSource;
  readonly run: Watched<void>;
}

/** Processes of one group that come, crash and leave while their partitions go round. */
class Plant {
  readonly time = new VirtualTime();
  readonly broker: StateBroker;
  readonly group: Group;
  readonly #rng: Rng;
  readonly #options: Omit<WorldOptions, 'store'>;
  readonly #onCommit: (marks: readonly CommitMark[]) => void;
  members: Member[] = [];

  constructor(
    broker: StateBroker,
    options: Omit<WorldOptions, 'store'>,
    onCommit: (marks: readonly CommitMark[]) => void,
  ) {
    this.broker = broker;
    this.#rng = options.rng;
    this.#options = options;
    this.#onCommit = onCommit;
    this.group = new Group(partitions, options.rng);
  }

  join(): void {
    let source: GroupSource | undefined;
    const world = new World({
      ...this.#options,
      store: null,
      time: this.time,
      sourceOf: (parts) => {
        source = new GroupSource({
          ...parts,
          broker: this.broker,
          group: this.group,
          rng: this.#rng,
          onCommit: this.#onCommit,
        });
        return source;
      },
    });
    this.members.push({ world, source: source as GroupSource, run: watch(world.pipeline.run()) });
    this.rebalance();
  }

  rebalance(): void {
    this.group.rebalance(
      this.members.map(({ source }) => source),
      this.time.monotonicMs(),
    );
  }

  /** Without a word, or after it has delivered and committed what it had begun. */
  async lose(gracefully: boolean): Promise<void> {
    const [member] = this.members.splice(this.#rng.integer(this.members.length), 1);
    if (member === undefined) return;
    if (gracefully) {
      const stopped = watch(member.world.pipeline.stop());
      while (stopped.state === 'running') await this.pass();
    }
    member.world.crash();
    this.rebalance();
  }

  async pass(): Promise<void> {
    this.group.tell(this.time.monotonicMs());
    for (const { run } of this.members) if (run.state === 'failed') throw run.error;
    await this.time.pass(10);
  }
}

/** What the members bring to the outside together has to be what one undisturbed process brings. */
async function disturb(seed: number, plans: boolean): Promise<StateBroker> {
  const rng = createRng(seed);
  const channels = plans ? plannedChannels : gauges;
  const latenessMs = [0, 1500, 3000][rng.integer(3)] ?? 0;
  const feed = makeFeed(rng, { latenessMs, plans, partitions });
  const want = await undisturbed(feed, createRng(seed + 1000), latenessMs, channels);
  const broker = new StateBroker(feed);
  const got: Outside = { ...outsideOf(feed, channels), broker };
  const errors: unknown[] = [];
  const check = guard(feed, want, got, seed);
  const onCommit = (marks: readonly CommitMark[]) => {
    try {
      check(marks);
    } catch (error) {
      errors.push(error);
    }
  };
  const plant = new Plant(broker, { ...got, rng, latenessMs, channels }, onCommit);
  plant.join();
  const unrest = [0.005, 0.02, 0.05][rng.integer(3)] ?? 0;
  for (let livedMs = 0; livedMs < 4000; livedMs += 10) {
    await plant.pass();
    if (rng.uniform() > unrest) continue;
    const fate = rng.uniform();
    if (fate < 0.4 && plant.members.length < membersMax) plant.join();
    else if (fate < 0.7 && plant.members.length > 1) await plant.lose(rng.uniform() < 0.4);
    // the brokers gave a transaction up: its producer is shut out, though nobody else has the partition
    else if (fate < 0.8) broker.open(rng.integer(partitions));
    else plant.rebalance();
  }
  broker.finishing = true;
  for (let livedMs = 0; plant.members.some(({ run }) => run.state === 'running'); livedMs += 10) {
    assert.ok(livedMs < 120_000, `seed ${seed}: the run does not end`);
    await plant.pass();
  }
  assert.deepEqual(errors, []);
  assertSame(got, want, seed);
  return broker;
}

describe('Pipelines of one group', () => {
  afterEach(stopTime);

  let fenced = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`partitions that go from process to process leave no trace (seed ${seed})`, async () => {
      fenced += (await disturb(seed, seed % 3 === 0)).fenced;
    });
  }

  it('some of them were shut out in the middle of a commit', () => assert.ok(fenced > 0));
});

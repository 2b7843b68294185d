import type { CommitMark } from '../../../src/core/record.ts';
import { createRng, type Rng, seedOf } from '../../../src/core/rng.ts';
import type { PipelineParts } from '../../../src/topology/pipeline-parts.ts';
import { AuditedStore, Auditor, type Expected } from './auditor.ts';
import { Chaos, type Fault } from './chaos.ts';
import { fakeResult, Letters, Results } from './fake-parts.ts';
import { Broker } from './fake-source.ts';
import { unsteadyPool } from './fake-workers.ts';
import { Injected, pickySink, unsteadyLetters, unsteadySink, unsteadyStore } from './faults.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { Trace } from './trace.ts';
import { type VirtualTime, type Watched, watch } from './virtual-time.ts';
import { stepMs, World } from './world.ts';

export interface SimulationReport {
  readonly seed: number;
  readonly promised: Scenario['promised'];
  /** What was not as promised; empty: all is well. */
  readonly violations: readonly string[];
  /** Of everything that happened. */
  readonly digest: string;
  readonly last: readonly string[];
  readonly struck: ReadonlyMap<Fault, number>;
  readonly lives: number;
}

/** A bug planted on purpose, between the pipeline and one of its parts. */
export type Plant = (parts: PipelineParts, time: VirtualTime) => PipelineParts;

const tickMs = 10;
const livesMaxAtAll = 40;
const lifeMsMax = 120_000;

/** What outlives the processes of a run. */
interface Outside {
  readonly broker: Broker;
  readonly results: readonly Results[];
  readonly letters: Letters;
  readonly store: AuditedStore | null;
}

/**
 * One run of the whole topology, disturbed in whatever way the seed says, beside an undisturbed one of the same messages. All that is
 * random comes from the seed and all time is virtual: the same seed is the same run.
 */
export async function simulate(seed: number, plant: Plant = (parts) => parts): Promise<SimulationReport> {
  // small seeds are much alike: their first draws would be, too
  const rng = createRng(seedOf('simulation', seed));
  const trace = new Trace();
  const scenario = drawScenario(rng);
  const { log } = scenario;
  const want = await undisturbed(scenario);
  const outside: Outside = {
    broker: new Broker(log),
    results: scenario.mirrored
      ? [new Results(scenario.channels), new Results(scenario.channels)]
      : [new Results(scenario.channels)],
    letters: new Letters(),
    store: scenario.keepsState ? new AuditedStore() : null,
  };
  const run = new Run(scenario, rng, outside, trace, scenario.promised === 'invariants' ? [] : expectedOf(want), plant);
  await run.live();
  const differences = run.violations.length > 0 ? [] : differencesOf(scenario, outside, want);
  for (const difference of differences) trace.note(difference);
  for (const { points, alerts } of outside.results) trace.note(JSON.stringify([[...points], [...alerts]]));
  return {
    seed,
    promised: scenario.promised,
    violations: [...run.violations, ...differences],
    digest: trace.digest(),
    last: trace.last.filter((line) => !line.startsWith('[')),
    struck: run.chaos.struck,
    lives: run.lives,
  };
}

/** Says what was wrong, what happened last, and how to see it again. */
export const describeFailure = ({ seed, promised, violations, last }: SimulationReport): string =>
  [
    `seed ${seed} (promised: ${promised}):`,
    ...violations.map((violation) => `  ${violation}`),
    'the last that happened:',
    ...last.map((line) => `  ${line}`),
    `again: npm run nightly -- --seed ${seed}`,
  ].join('\n');

/** The same messages in their first order, each once, and nothing goes wrong. */
async function undisturbed(scenario: Scenario): Promise<Outside> {
  const { feed, channels, latenessMs } = scenario;
  const results = new Results(channels);
  const letters = new Letters();
  const broker = new Broker(feed);
  const calm: Rng = { uniform: () => 0.5, normal: () => 0, integer: (n) => n >> 1 };
  const world = new World({
    ...{ broker, results, letters, store: null, rng: calm, latenessMs, channels },
    ...{ burst: 400, inFlightWindowsMax: 1_000_000 },
    alter: (parts) => ({ ...parts, sinks: parts.sinks.map(pickySink) }),
  });
  const run = watch(world.pipeline.run());
  await world.time.until('the undisturbed run ends', () => run.state !== 'running');
  if (run.state === 'failed') throw run.error;
  if (results.rewritten.length > 0) throw new Error(`the undisturbed run is not of one mind: ${results.rewritten[0]}`);
  return { broker, results: [results], letters, store: null };
}

/** Windows, and silences that raised an alert. */
function expectedOf({ results, letters }: Outside): readonly Expected[] {
  const window = (key: string): Expected => {
    const [series = '', endMs = ''] = key.split(' ');
    return { kind: 'window', series, endMs: Number(endMs), key, lastMs: 0 };
  };
  const failed = letters.written.flatMap(({ position, key, timeMs }) =>
    position === null ? [`${key} ${timeMs}`] : [],
  );
  const silences = [...(results[0]?.alerts ?? [])].flatMap(
    ([key, { kind, state, series, startMs, timeMs }]): Expected[] =>
      kind === 'silent' && state === 'firing'
        ? [{ kind: 'silence', series, endMs: timeMs - stepMs, key, lastMs: startMs }]
        : [],
  );
  return [...[...(results[0]?.windows.keys() ?? []), ...failed].map(window), ...silences];
}

/** From process to process, until the log has been read to its end. */
class Run {
  readonly chaos: Chaos;
  readonly #auditor: Auditor;
  lives = 0;
  /** Commits of processes that are gone, and that the broker has yet to take. */
  #zombies: (readonly CommitMark[])[] = [];

  constructor(
    private readonly scenario: Scenario,
    private readonly rng: Rng,
    private readonly outside: Outside,
    private readonly trace: Trace,
    expected: readonly Expected[],
    private readonly plant: Plant,
  ) {
    this.chaos = new Chaos(rng, (line) => trace.note(`fault: ${line}`));
    this.#auditor = new Auditor({ ...outside, scenario, expected, trace });
  }

  get violations(): readonly string[] {
    return this.#auditor.violations;
  }

  async live(): Promise<void> {
    let over = false;
    while (!over && this.violations.length === 0 && this.lives < livesMaxAtAll) {
      this.lives++;
      this.chaos.isLastLife = this.lives >= this.scenario.livesMax;
      over = await this.#life();
    }
    if (!over && this.violations.length === 0) this.#auditor.note(`no end after ${this.lives} lives`);
  }

  /** One process, to its end; true if the log was read to its end. */
  async #life(): Promise<boolean> {
    const { chaos, rng, trace } = this;
    const world = this.#world();
    this.#auditor.begin(world);
    trace.note(`life ${this.lives}`);
    const run = watch(world.pipeline.run());
    const lifeMs = chaos.isLastLife ? Number.POSITIVE_INFINITY : 50 + rng.integer(rng.uniform() < 0.5 ? 500 : 5000);
    const endsInCommit = rng.uniform() < 0.3;
    const stops = rng.uniform() < 0.4;
    let away = this.outside.broker.partitions.map(() => 0);
    let ms = 0;
    const isTime = () => ms >= lifeMs && (!endsInCommit || world.source.committing.length > 0);
    for (; run.state === 'running' && !isTime() && this.violations.length === 0; ms += tickMs) {
      away = this.#unrest(world, away, ms);
      await this.#tick(world);
      if (ms > lifeMsMax) this.#auditor.note(`the run does not end`);
    }
    const stopped = run.state === 'running' && stops && !endsInCommit && (await this.#stop(world, run));
    this.#explain(run);
    const over = run.state === 'done' && !stopped;
    if (over) this.#auditor.end(world);
    trace.note(`life ${this.lives} is over: ${stopped ? 'stopped' : run.state} at ${ms}`);
    world.crash();
    if (!over && world.source.committing.length > 0 && chaos.strikes('zombie commits'))
      this.#zombies.push(world.source.committing);
    return over;
  }

  async #tick(world: World): Promise<void> {
    if (this.#zombies.length > 0 && this.rng.uniform() < 0.05) this.#land(this.#zombies.shift() ?? []);
    await world.time.pass(tickMs);
    this.#auditor.step();
  }

  /** A commit of a process that is gone succeeds, whoever has the partition now. */
  #land(marks: readonly CommitMark[]): void {
    this.trace.note('of a process that is gone:');
    this.#auditor.commits(marks);
    for (const { partition, nextOffset } of marks) this.outside.broker.committed[partition] = nextOffset;
  }

  /** What the group and the brokers do. `away`: when each partition comes back, 0 for those that are here. */
  #unrest({ source }: World, away: readonly number[], ms: number): number[] {
    const { chaos, outside } = this;
    const { stalled } = outside.broker;
    const partitions = away.length;
    // for ever would be no end
    const wild = ms < 5000;
    if (wild && chaos.strikes('rebalance')) source.rebalance(chaos.integer(partitions));
    if (wild && chaos.strikes('partition lost')) source.rebalance(chaos.integer(partitions), true);
    if (wild && chaos.strikes('group rebalanced'))
      for (let partition = 0; partition < partitions; partition++) source.rebalance(partition);
    if (wild && chaos.strikes('partition stalled')) stalled.add(chaos.integer(partitions));
    for (const partition of [...stalled]) if (!wild || chaos.integer(60) === 0) stalled.delete(partition);
    if (chaos.strikes('source fails')) source.failure = new Injected('SOURCE_FAILED', 'source fails');
    const leaves = wild && chaos.strikes('partition away') ? chaos.integer(partitions) : -1;
    if (leaves >= 0) source.leave(leaves);
    return away.map((backMs, partition) => {
      if (partition === leaves) return ms + tickMs * (1 + chaos.integer(60));
      if (backMs === 0 || ms < backMs) return backMs;
      source.rebalance(partition);
      return 0;
    });
  }

  /** True if it ended by itself; in time or not, it may have. */
  async #stop(world: World, run: Watched<void>): Promise<boolean> {
    this.trace.note('stop');
    const stop = watch(world.pipeline.stop());
    for (let ms = 0; stop.state === 'running'; ms += tickMs) {
      if (ms > lifeMsMax) {
        this.#auditor.note('stop does not return');
        return false;
      }
      await this.#tick(world);
    }
    this.trace.note(`stop: ${stop.state}`);
    if (run.state === 'done' && world.pipeline.inFlight !== 0)
      this.#auditor.note(`stopped with ${world.pipeline.inFlight} results in flight`);
    return run.state === 'done';
  }

  /** A run fails by what was done to it alone. */
  #explain(run: Watched<void>): void {
    if (run.state !== 'failed' || run.error instanceof Injected) return;
    // workers that do not come up, often enough in a row, are the end of the pool
    if ((run.error as { code?: unknown }).code === 'WORKER_FAILED') return;
    this.#auditor.note(`the run failed by itself: ${String((run.error as Error).stack ?? run.error)}`);
  }

  #world(): World {
    const { scenario, outside, rng, chaos } = this;
    const { results, letters, broker, store } = outside;
    const world: World = new World({
      ...scenario,
      ...{ broker, letters, store, rng, lateCommits: true },
      results: results[0] as Results,
      sinks: results.slice(1),
      window: { seriesMax: scenario.seriesMax },
      onCommit: (marks) => {
        if (chaos.strikes('commit fails')) throw new Injected('SOURCE_FAILED', 'commit fails');
        this.#auditor.commits(
          marks,
          ({ partition, generation }) => world.source.generationOf(partition) === generation,
        );
      },
      alter: (parts, time, alive) => this.#auditor.watch(this.#unsteady(parts, time), alive),
    });
    return world;
  }

  /** The parts with all that can go wrong in them. */
  #unsteady(parts: PipelineParts, time: VirtualTime): PipelineParts {
    const { scenario, chaos } = this;
    const pool = scenario.pooled ? unsteadyPool(time, chaos, fakeResult) : null;
    return this.plant(
      {
        ...parts,
        sinks: parts.sinks.map((sink) => unsteadySink(pickySink(sink), chaos, time)),
        deadLetters: unsteadyLetters(parts.deadLetters, chaos),
        stateFile: parts.stateFile && unsteadyStore(parts.stateFile, chaos),
        infer: {
          ...parts.infer,
          infer: pool === null ? parts.infer.infer : (windows) => pool.infer(windows),
          batchWindowsMax: scenario.batchWindowsMax,
          batchWaitMsMax: scenario.batchWaitMsMax,
          ...(scenario.overloads ? { overload: moody(chaos) } : {}),
        },
        limits: { ...parts.limits, seriesMax: scenario.seriesMax, checkpointMs: scenario.checkpointMs },
      },
      time,
    );
  }
}

/** Changes its mind about the level with every fifth batch or so. */
function moody(chaos: Chaos): PipelineParts['infer']['overload'] {
  let level = 0;
  return {
    isOn: true,
    get level() {
      return level;
    },
    get leftOut() {
      return (['longer_stride', 'score_only'] as const).slice(0, level);
    },
    observe: () => {
      if (chaos.integer(5) === 0) level = chaos.integer(3);
    },
  };
}

/** What reached the outside and what should have, as far as it was promised. */
function differencesOf({ promised }: Scenario, got: Outside, want: Outside): string[] {
  if (promised === 'invariants') return [];
  const should = want.results[0] as Results;
  return got.results.flatMap((results) => [
    ...differences('point', onlyCells(results.points, promised), onlyCells(should.points, promised)),
    ...(promised === 'cells' ? [] : differences('alert', results.alerts, should.alerts)),
    ...differences('letter', contentsOf(got.letters), contentsOf(want.letters)),
  ]);
}

const onlyCells = (points: ReadonlyMap<string, string>, promised: Scenario['promised']): ReadonlyMap<string, string> =>
  promised === 'cells' ? new Map([...points].filter(([key]) => key.endsWith('observed'))) : points;

/** By what they are about: where a message stands is not the same in every log. */
const contentsOf = ({ written }: Letters): ReadonlyMap<string, string> =>
  new Map(
    written.map(({ reason, raw, key, timeMs }) => [
      `${reason} ${raw === null ? `${key} ${timeMs}` : Buffer.from(raw).toString()}`,
      '',
    ]),
  );

const toldMax = 3;

function differences(what: string, got: ReadonlyMap<string, unknown>, want: ReadonlyMap<string, unknown>): string[] {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const told = [
    ...[...want.keys()].filter((key) => !got.has(key)).map((key) => `${what} ${key} is missing`),
    ...[...got.keys()].filter((key) => !want.has(key)).map((key) => `${what} ${key} is not in the undisturbed run`),
    ...[...want]
      .filter(([key, value]) => got.has(key) && text(got.get(key)) !== text(value))
      .map(([key, value]) => `${what} ${key} is ${text(got.get(key))} and should be ${text(value)}`),
  ];
  return told.length > toldMax ? [...told.slice(0, toldMax), `and ${told.length - toldMax} more`] : told;
}

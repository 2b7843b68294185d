import type { Sink } from '../../../src/core/component.ts';
import type { DeadLetter } from '../../../src/core/dead-letter.ts';
import type { CommitMark } from '../../../src/core/record.ts';
import type { SeriesState } from '../../../src/core/series-state.ts';
import type { Window, WindowEvent } from '../../../src/core/window.ts';
import type { PipelineParts } from '../../../src/topology/pipeline-parts.ts';
import { type Letters, MemoryStore, type Results } from './fake-parts.ts';
import { Needs } from './needs.ts';
import type { Scenario } from './scenario.ts';
import { timeOf } from './shake-feed.ts';
import type { Trace } from './trace.ts';
import { stepMs, type World } from './world.ts';

/** Something that has to reach the outside: known from the undisturbed run. */
export interface Expected {
  readonly kind: 'window' | 'silence';
  readonly series: string;
  /** Newest row of the window, or the row that the silence was found with. */
  readonly endMs: number;
  /** Of a window `${series} ${endMs}`, of a silence that of its alert in `Results`. */
  readonly key: string;
  /** Where the newest reading before a silence is. */
  readonly lastMs: number;
}

interface Needed extends Expected {
  readonly partition: number;
  /** The oldest offset that it can be built again from. */
  readonly needs: number;
}

/** A state store that tells up to which event it knows each series. */
export class AuditedStore extends MemoryStore {
  readonly endMs = new Map<string, number>();
  /** Called when a state is older than the one it replaces. */
  onStep: (series: string, fromMs: number, toMs: number) => void = () => {};

  override async write(changed: ReadonlyMap<string, SeriesState | null>): Promise<void> {
    await super.write(changed);
    for (const [series, state] of changed) {
      const fromMs = this.endMs.get(series) ?? Number.NEGATIVE_INFINITY;
      if (state === null) {
        this.endMs.delete(series);
        continue;
      }
      const endMs = (state.window as { endMs: number } | null)?.endMs ?? Number.NEGATIVE_INFINITY;
      this.endMs.set(series, endMs);
      if (endMs < fromMs) this.onStep(series, fromMs, endMs);
    }
  }
}

const deliverOutcomesMax = 256;
const length = 8;
const violationsMax = 20;

export interface AuditorOptions {
  readonly scenario: Scenario;
  /** Empty where the run need not be as the undisturbed one. */
  readonly expected: readonly Expected[];
  readonly results: readonly Results[];
  readonly letters: Letters;
  readonly store: AuditedStore | null;
  readonly trace: Trace;
}

/**
 * Stands beside a run and holds what it does against what it promised, at every step: by the messages of the broker and by what has
 * reached the outside, never by what the pipeline says of itself.
 */
export class Auditor {
  readonly violations: string[] = [];
  readonly #options: AuditorOptions;
  readonly #needs: Needs;
  readonly #expected: readonly Needed[];
  /** [partition]: messages up to here have been through the decoder. */
  readonly #decoded: number[];
  /** Letters written, by what they are about. */
  readonly #lettersOf = new Set<string>();
  #lettersSeen = 0;
  /** Windows that were complete since their partition was last reset, and that are not delivered: by key, what they need. */
  readonly #open = new Map<string, { readonly partition: number; readonly needs: number }>();
  /** [partition]: newest mark that the broker took, and the newest of a generation that was current. */
  readonly #committed: { last: number; current: number }[];
  #world: World | null = null;
  #taken = 0;
  #given = 0;

  constructor(options: AuditorOptions) {
    const { log } = options.scenario;
    this.#options = options;
    this.#needs = new Needs(log, stepMs);
    this.#expected = options.expected.map((one) => ({ ...one, ...this.#where(one) }));
    this.#decoded = log.map(() => 0);
    this.#committed = log.map(() => ({ last: 0, current: 0 }));
    if (options.store !== null && options.scenario.promised === 'equal')
      options.store.onStep = (series, fromMs, toMs) =>
        this.#violated(`the state of ${series} went back from ${fromMs} to ${toMs}`);
  }

  begin(world: World): void {
    this.#world = world;
    this.#taken = 0;
    this.#given = 0;
    this.#open.clear();
  }

  /** Puts itself between the pipeline and its parts. What a process does in a turn after its crash, it does not do. */
  watch(parts: PipelineParts, alive: () => boolean): PipelineParts {
    const { scenario, trace } = this.#options;
    const { decoder, infer, telemetry, stateFile, deadLetters, assembler } = parts;
    const [handle, visit] = [assembler.handle.bind(assembler), assembler.visit.bind(assembler)];
    const begun = (events: readonly WindowEvent[]): readonly WindowEvent[] => {
      for (const event of events) if (alive() && event.kind === 'window') this.#begun(event.window);
      return events;
    };
    assembler.handle = (input, isOver) => {
      if (input.kind === 'reset' || input.kind === 'closed') this.#forgetOpen(input.partition);
      return begun(handle(input, isOver));
    };
    assembler.visit = (isOver) => begun(visit(isOver));
    return {
      ...parts,
      decoder: {
        decode: (record) => {
          this.#read(record.position);
          return decoder.decode(record);
        },
      },
      infer: {
        ...infer,
        infer: async (windows) => {
          if (windows.length > scenario.batchWindowsMax) this.#violated(`a batch of ${windows.length} windows`);
          const results = await infer.infer(windows);
          trace.note(`inferred ${windows.map(({ series, endMs }) => `${series} ${endMs}`).join(', ')}`);
          return results;
        },
      },
      sinks: parts.sinks.map((sink, i) => this.#watchSink(sink, i === 0)),
      deadLetters: {
        ...deadLetters,
        write: this.#oneByOne('writing letters', async (batch: readonly DeadLetter[]) => {
          await deadLetters.write(batch);
          this.#given += batch.length;
          trace.note(`letters ${batch.map(({ reason }) => reason).join(', ')}`);
        }),
      },
      stateFile: stateFile && {
        read: () => stateFile.read(),
        stateOf: (series) => stateFile.stateOf(series),
        write: this.#oneByOne('writing the state', async (changed: ReadonlyMap<string, SeriesState | null>) => {
          await stateFile.write(changed);
          const held = this.#options.store?.texts.size ?? 0;
          if (held > scenario.seriesMax) this.#violated(`states of ${held} series`);
          trace.note(`state of ${changed.size} series`);
        }),
      },
      telemetry: {
        ...telemetry,
        count: (name, by = 1, labels) => {
          if (alive() && (name === 'windows_total' || name === 'dead_letters_total')) this.#taken += by;
          telemetry.count(name, by, labels);
        },
        gauge: (name, value, labels) => {
          if (name === 'series' && value !== null && value > scenario.seriesMax)
            this.#violated(`${value} series are live`);
          telemetry.gauge(name, value, labels);
        },
      },
    };
  }

  /** What must be so whenever time has passed. */
  step(): void {
    const { scenario, results } = this.#options;
    const inFlight = this.#world?.pipeline.inFlight ?? 0;
    if (this.#taken - this.#given > inFlight)
      this.#violated(`${this.#taken - this.#given} results are in flight, and only ${inFlight} counted`);
    for (const { worsened } of results)
      for (const change of worsened.splice(0)) this.#violated(`a point was written again at a worse level: ${change}`);
    if (scenario.promised !== 'equal') return;
    for (const { rewritten } of results) {
      for (const change of rewritten.splice(0))
        this.#violated(`a point was written again with other fields: ${change}`);
    }
  }

  /** What must be so when the broker takes marks. `current`: whose generation it still is. */
  commits(marks: readonly CommitMark[], current: (mark: CommitMark) => boolean = () => false): void {
    this.#readLetters();
    for (const mark of marks) {
      const { partition, nextOffset } = mark;
      this.#options.trace.note(`commit ${partition}/${nextOffset}`);
      this.#hasFates(partition, nextOffset);
      for (const expected of this.#expected)
        if (expected.partition === partition && expected.needs < nextOffset) this.#isSafe(expected, nextOffset);
      const committed = this.#committed[partition] as { last: number; current: number };
      committed.last = nextOffset;
      if (!current(mark)) continue;
      committed.current = nextOffset;
      for (const [key, { partition: home, needs }] of this.#open) {
        if (home === partition && needs < nextOffset && !this.#isDelivered(key))
          this.#violated(`committed ${partition}/${nextOffset}, and ${key}, which needs ${needs}, is not delivered`);
      }
    }
  }

  /** What must be so when a run has ended by itself. */
  end(world: World): void {
    const { log } = this.#options.scenario;
    if (world.pipeline.inFlight !== 0) this.#violated(`ended with ${world.pipeline.inFlight} results in flight`);
    log.forEach((messages, partition) => {
      const { last, current } = this.#committed[partition] as { last: number; current: number };
      // a late commit may have moved the group back once more, or ahead to the end
      if (last !== messages.length && current !== messages.length)
        this.#violated(`ended, and ${last} of ${messages.length} messages of partition ${partition} are committed`);
    });
  }

  note(violation: string): void {
    this.#violated(violation);
  }

  #where({ kind, series, endMs, lastMs }: Expected) {
    const partition = this.#needs.partitionOf(series);
    const needs =
      kind === 'window' ? this.#needs.ofWindow(series, endMs, length) : this.#needs.ofWindow(series, lastMs, 1);
    return { partition, needs };
  }

  /** Nothing is read while there is no room for it. */
  #read({ partition, offset }: { readonly partition: number; readonly offset: number }): void {
    const { inFlightWindowsMax } = this.#options.scenario;
    const inFlight = this.#world?.pipeline.inFlight ?? 0;
    if (inFlight >= inFlightWindowsMax)
      this.#violated(`${partition}/${offset} was read with ${inFlight} of ${inFlightWindowsMax} results in flight`);
    if (offset > (this.#decoded[partition] ?? 0)) this.#violated(`messages before ${partition}/${offset} were skipped`);
    this.#decoded[partition] = Math.max(this.#decoded[partition] ?? 0, offset + 1);
  }

  #begun({ series, endMs, hold: { partition } }: Window): void {
    // a series that made room for another begins again without what was read of it
    if (this.#options.scenario.crowded) return;
    this.#open.set(`${series} ${endMs}`, { partition, needs: this.#needs.ofWindow(series, endMs, length) });
  }

  #forgetOpen(partition: number): void {
    for (const [key, open] of this.#open) if (open.partition === partition) this.#open.delete(key);
  }

  #watchSink(sink: Sink, counts: boolean): Sink {
    const { trace } = this.#options;
    return {
      name: sink.name,
      deliver: this.#oneByOne('delivering', async (batch: Parameters<Sink['deliver']>[0]) => {
        if (batch.length > deliverOutcomesMax) this.#violated(`a delivery of ${batch.length} outcomes`);
        const refused = await sink.deliver(batch);
        if (counts) this.#given += batch.length;
        trace.note(`delivered ${batch.length} to ${sink.name}`);
        return refused;
      }),
      close: () => sink.close(),
      health: () => sink.health(),
    };
  }

  /** What is not to be done twice at a time. */
  #oneByOne<A, R>(what: string, work: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
    let busy = false;
    return async (argument) => {
      if (busy) this.#violated(`${what} twice at a time`);
      busy = true;
      try {
        return await work(argument);
      } finally {
        busy = false;
      }
    };
  }

  /** Every message below has been read, and every one that is rubbish is in a letter. */
  #hasFates(partition: number, nextOffset: number): void {
    const messages = this.#options.scenario.log[partition] ?? [];
    if (nextOffset > messages.length) this.#violated(`committed ${partition}/${nextOffset} of ${messages.length}`);
    if (nextOffset > (this.#decoded[partition] ?? 0))
      this.#violated(`committed ${partition}/${nextOffset}, and ${this.#decoded[partition]} comes next`);
    for (let offset = 0; offset < nextOffset; offset++) {
      if (timeOf(messages[offset] ?? '') > 0 || this.#lettersOf.has(`parse_error ${partition}/${offset}`)) continue;
      this.#violated(`committed ${partition}/${nextOffset}, and the letter of ${offset} is not written`);
    }
  }

  /** What cannot be read again is delivered, and the state knows of it. */
  #isSafe({ kind, series, endMs, key, needs, partition }: Needed, nextOffset: number): void {
    const where = `committed ${partition}/${nextOffset}, and the ${kind} ${key}, which needs ${needs},`;
    if (!this.#isDelivered(key)) this.#violated(`${where} is not delivered`);
    const { store, scenario } = this.#options;
    if (store === null || scenario.promised !== 'equal') return;
    const knownMs = store.endMs.get(series) ?? Number.NEGATIVE_INFINITY;
    if (knownMs < endMs) this.#violated(`${where} is newer than the state of ${knownMs}`);
  }

  #isDelivered(key: string): boolean {
    if (this.#lettersOf.has(key)) return true;
    return this.#options.results.every(({ windows, alerts }) => windows.has(key) || alerts.has(key));
  }

  #readLetters(): void {
    const { written } = this.#options.letters;
    for (; this.#lettersSeen < written.length; this.#lettersSeen++) {
      const { reason, position, key, timeMs } = written[this.#lettersSeen] as DeadLetter;
      if (position !== null) this.#lettersOf.add(`${reason} ${position.partition}/${position.offset}`);
      else this.#lettersOf.add(`${key} ${timeMs}`);
    }
  }

  #violated(what: string): void {
    this.#options.trace.note(`VIOLATED ${what}`);
    if (this.violations.length < violationsMax) this.violations.push(what);
  }
}

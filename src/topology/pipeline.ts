import { bufferTime, concatMap, filter, finalize, merge, Observable, Subject, type Subscription, tap } from 'rxjs';
import type { Outcome } from '../core/alert.ts';
import { DriftcastError } from '../core/errors.ts';
import { eventTimeMs } from '../core/event-time.ts';
import type { SourceEvent } from '../core/record.ts';
import { Turns } from '../core/turns.ts';
import type { Window } from '../core/window.ts';
import { type InferEvent, infer } from '../infer/infer.ts';
import type { WindowAssembler } from '../window/assembler.ts';
import { bufferFills } from './buffer-fills.ts';
import { Checkpoint } from './checkpoint.ts';
import { concatEach } from './concat-each.ts';
import { Credits } from './credits.ts';
import { DeadLetterDesk } from './dead-letter-desk.ts';
import { failedLetter, refusedPlanLetter } from './dead-letters.ts';
import { DecodeWait } from './decode-wait.ts';
import { deferredDelivery } from './deferred-delivery.ts';
import type { Delivery, FlowEvent, FlowInput } from './flow.ts';
import { Freshness } from './freshness.ts';
import { HoldBook } from './hold-book.ts';
import { IdleWatch } from './idle-watch.ts';
import { measure, unmeasure } from './measure.ts';
import { OffsetLedger } from './offset-ledger.ts';
import { type PipelineCheck, progressCheck, stateCheck } from './pipeline-checks.ts';
import type { PipelineParts } from './pipeline-parts.ts';
import { Snapshots } from './snapshots.ts';
import { VisitPump } from './visit-pump.ts';

const deliverWaitMs = 20;
const deliverOutcomesMax = 256;

/**
 * source -> decode -> window -> infer -> score -> alert -> sink as one Observable, with acks walking back: a delivery gives
 * its credit to the source and its hold to the ledger, and the checkpoint commits what the ledger's low-water mark allows.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #credits: Credits;
  readonly #ledger = new OffsetLedger();
  readonly #checkpoint: Checkpoint;
  readonly #snapshots: Snapshots;
  readonly #desk: DeadLetterDesk;
  readonly #idle: IdleWatch;
  readonly #wait: DecodeWait;
  readonly #freshness: Freshness;
  /** Of the windows that come back from the workers. */
  readonly #turns: Turns;
  /** What comes from here, not from the source. */
  readonly #ownInputs = new Subject<FlowInput>();
  readonly #visits: VisitPump;
  readonly #holds = new HoldBook();
  #failed: ((error: unknown) => void) | null = null;
  #running: Promise<void> | null = null;
  #readings = 0;
  /** Outcomes that wait for the sinks, or are with them. */
  #outcomes = 0;
  /** When something was delivered last, or there was nothing to deliver. */
  #movedMs = 0;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#credits = new Credits(parts.limits.inFlightWindowsMax);
    this.#freshness = new Freshness(parts.infer.overload.isOn);
    this.#checkpoint = new Checkpoint({
      ...parts,
      ledger: this.#ledger,
      file: parts.stateFile,
      seriesMax: parts.limits.seriesMax,
    });
    const { clock, telemetry, limits } = parts;
    this.#snapshots = new Snapshots({
      checkpoint: this.#checkpoint,
      clock,
      telemetry,
      stallMs: limits.stallMs,
      onError: (error) => this.#failed?.(error),
    });
    this.#wait = new DecodeWait(this.#credits);
    this.#turns = new Turns(clock);
    this.#visits = new VisitPump({
      credits: this.#credits,
      clock,
      isDue: () => parts.assembler.isDue,
      visit: (arrivedMs) => this.#ownInputs.next({ kind: 'visit', arrivedMs }),
    });
    this.#idle = new IdleWatch(parts.clock, parts.limits.idleMs);
    this.#desk = new DeadLetterDesk({
      sink: parts.deadLetters,
      credits: this.#credits,
      ledger: this.#ledger,
      telemetry: parts.telemetry,
      onError: (error) => this.#failed?.(error),
    });
  }

  get inFlight(): number {
    return this.#credits.inFlight;
  }

  /** What the live page's header shows. */
  status(progress: number | null): {
    readonly readingsTotal: number;
    readonly windowsInFlight: number;
    readonly lagMessages: null;
    readonly progress: number | null;
  } {
    return { readingsTotal: this.#readings, windowsInFlight: this.#credits.inFlight, lagMessages: null, progress };
  }

  /** Runs until the source ends or is stopped and everything is delivered and committed. Rejects with what could not go on. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { clock, limits, telemetry } = this.#parts;
    const restored = await this.#checkpoint.restore();
    if (restored > 0) telemetry.log('info', 'state restored', { series: restored });
    const stopTimers = [
      clock.every(limits.checkpointMs, () => {
        this.#measure();
        void this.#snapshots.saveNow();
      }),
      clock.every(Math.max(100, limits.idleMs / 4), () => this.#flushIdle()),
    ];
    let subscription: Subscription | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#failed = reject;
        subscription = this.#graph().subscribe({ error: reject, complete: resolve });
      });
      await this.#desk.drained();
      await this.#snapshots.save();
    } finally {
      for (const stop of stopTimers) stop();
      subscription?.unsubscribe();
    }
  }

  /** Named checks of what happens between source and sinks. */
  get checks(): readonly PipelineCheck[] {
    const { clock, limits, stateFile } = this.#parts;
    const progress = () =>
      progressCheck({
        inFlight: this.#credits.inFlight,
        stillMs: clock.monotonicMs() - this.#movedMs,
        stallMs: limits.stallMs,
        waitsFor: this.#waitsFor(),
      });
    const state = { name: 'state', check: () => stateCheck(this.#snapshots.failure) };
    return [{ name: 'progress', liveness: true, check: progress }, ...(stateFile === null ? [] : [state])];
  }

  /** What the oldest work in flight is with. */
  #waitsFor(): string {
    if (this.#outcomes > 0) return 'the sinks';
    if (this.#desk.size > 0) return 'the dead-letter sink';
    return this.#credits.inFlight > 0 ? 'the workers' : 'the snapshot or the commit';
  }

  #measure(): void {
    const { assembler, clock, telemetry, stateFile, source } = this.#parts;
    const isKept = stateFile !== null || source.keepsStates === true;
    const state = isKept ? { series: this.#checkpoint.size, savedMs: this.#snapshots.savedMs } : null;
    const own = { outcomes: this.#outcomes, deadLetters: this.#desk.size };
    measure(telemetry, clock.nowMs(), assembler, state, bufferFills(this.#parts, own));
  }

  /**
   * Stops the source; resolves when `run` has ended, which it does once what is in flight is delivered and committed.
   * Errors: SHUTDOWN_TIMEOUT (a sink, or the commit, hangs). What else goes wrong, `run` says.
   */
  async stop(): Promise<void> {
    const { source, clock, limits } = this.#parts;
    this.#wait.stop();
    await source.stop();
    const ended = (this.#running ?? Promise.resolve()).then(
      () => true,
      () => true,
    );
    const over = new AbortController();
    const inTime = await Promise.race([ended, clock.sleep(limits.shutdownMs, over.signal).then(() => false)]);
    over.abort();
    if (inTime) return;
    throw new DriftcastError(
      'SHUTDOWN_TIMEOUT',
      `stopping: not everything was delivered and committed within ${limits.shutdownMs} ms (${this.#credits.inFlight} results in flight, waiting for ${this.#waitsFor()})`,
      {
        hint: 'Nothing is lost: what was not delivered was not committed and is replayed at the next start.',
      },
    );
  }

  #graph(): Observable<unknown> {
    const { source, telemetry, clock, infer: inferOptions } = this.#parts;
    const events = new Observable<SourceEvent>((subscriber) => {
      source
        .run((event) => subscriber.next(event), this.#credits)
        .then(
          () => subscriber.complete(),
          (error: unknown) => subscriber.error(error),
        );
      // when something behind it fails, nobody takes what it would still read; the first failure is what is told
      return () => void source.stop().catch(() => undefined);
    });
    const inputs = events.pipe(
      concatEach((event) => this.#taken(event)),
      finalize(() => {
        this.#visits.stop();
        this.#ownInputs.complete();
      }),
    );
    return merge(inputs, this.#ownInputs).pipe(
      concatEach((input) => this.#window(input)),
      infer<Exclude<FlowEvent, { kind: 'window' }>>({ ...inferOptions, telemetry, clock }),
      concatEach((event) => this.#judgeInTurns(event)),
      bufferTime(deliverWaitMs, undefined, deliverOutcomesMax),
      filter((batch) => batch.length > 0),
      concatMap((batch) => this.#deliver(batch)),
      tap(() => telemetry.gauge('windows_in_flight', this.#credits.inFlight)),
    );
  }

  /** Waits, where the decoder has to, before a message is decoded. */
  #taken(event: SourceEvent): readonly FlowInput[] | Promise<readonly FlowInput[]> {
    if (this.#wait.hasGivenUp) return [];
    const ready = event.kind === 'record' ? (this.#parts.decoder.ready?.(event.record) ?? null) : null;
    if (ready === null) return this.#decode(event);
    return this.#wait.until(ready).then((isReady) => (isReady ? this.#decode(event) : []));
  }

  /** A message becomes readings and dead letters; a partition that starts again takes its states back. */
  #decode(event: SourceEvent): readonly FlowInput[] {
    const { decoder, assembler, telemetry, alter } = this.#parts;
    if (event.kind === 'reset') {
      const states = this.#checkpoint.rewind(event, event.states);
      if (event.states !== undefined && event.states.size > 0) {
        const { topic, partition } = event;
        telemetry.log('info', 'states taken over', { topic, partition, series: event.states.size });
      }
      this.#ledger.open(event);
      this.#freshness.forget(event);
      return [event, { kind: 'rewind', states }];
    }
    if (event.kind === 'closed') {
      const states = this.#checkpoint.left(event);
      this.#idle.drop(event);
      if (!event.ended) this.#freshness.forget(event);
      if (!event.ended) unmeasure(telemetry, event);
      // what is under way of it comes out before another one has its results
      return [event, { kind: 'rewind', states }];
    }
    const { record } = event;
    this.#ledger.seen(record.position);
    telemetry.count('records_total');
    const { readings, rejected } = decoder.decode(record);
    // a message of plans alone: of the devices nothing was heard
    if (readings.length === 0 || readings.some((reading) => !assembler.isPlan(reading)))
      this.#idle.seen(record.position);
    this.#desk.add(rejected);
    telemetry.count('readings_total', readings.length);
    this.#readings += readings.length;
    const altered = alter === undefined ? readings : readings.flatMap(alter);
    this.#freshness.seen(record, readings, (reading) => assembler.isPlan(reading));
    const arrivedMs = record.mayBeKnown === true ? null : record.timestampMs;
    return altered.map((reading) => ({ kind: 'reading', reading, arrivedMs }));
  }

  #window(input: FlowInput): readonly FlowEvent[] {
    const { assembler, telemetry } = this.#parts;
    if (input.kind === 'rewind') {
      for (const [series, state] of input.states)
        assembler.restore(series, (state?.window ?? null) as Parameters<WindowAssembler['restore']>[1]);
      return [input];
    }
    const { isOver } = this.#visits;
    this.#visits.beginTurn();
    const events = input.kind === 'visit' ? assembler.visit(isOver) : assembler.handle(input, isOver);
    const arrivedMs = input.kind === 'reading' || input.kind === 'visit' ? (input.arrivedMs ?? null) : null;
    if (assembler.isDue) this.#visits.start(arrivedMs);
    const refused = assembler.takeRefused();
    if (refused.length > 0) this.#desk.add(refused.map(refusedPlanLetter));
    // a partition that went to another consumer commits nothing more; one that ended commits to its end
    if (input.kind === 'closed' && !input.ended) this.#ledger.drop(input);
    if (events.length > 0) {
      if (this.#credits.inFlight === 0) this.#movedMs = this.#parts.clock.monotonicMs();
      this.#credits.take(events.length);
      telemetry.count('windows_total', events.length);
      telemetry.gauge('series', assembler.seriesCount);
      telemetry.gauge('windows_in_flight', this.#credits.inFlight);
      for (const event of events) {
        const { series, hold } = event.kind === 'window' ? event.window : event;
        this.#holds.put(hold, this.#ledger.hold(hold));
        this.#checkpoint.begun(series, hold);
      }
    }
    return this.#freshness.told(events, arrivedMs);
  }

  /** A worker answers with a whole batch: others get their turn between its windows. */
  #judgeInTurns(
    event: InferEvent<Exclude<FlowEvent, { kind: 'window' }>>,
  ): readonly Delivery[] | Promise<readonly Delivery[]> {
    if (!this.#turns.isOver) return this.#judge(event);
    return this.#turns.pass().then(() => this.#judge(event));
  }

  /** Inference -> verdict -> outcome, in the order of event time per series. */
  #judge(event: InferEvent<Exclude<FlowEvent, { kind: 'window' }>>): readonly Delivery[] {
    const { forecaster, scorer, tracker, telemetry } = this.#parts;
    switch (event.kind) {
      case 'rewind':
        for (const [series, state] of event.states) this.#checkpoint.restoreJudgement(series, state);
        return [];
      case 'failed': {
        const { window, taken } = event;
        this.#desk.add([window, ...(taken === undefined ? [] : [taken])].map(failedLetter));
        return [this.#delivery(window, { verdict: null, alerts: [] }, event)];
      }
      case 'deferred': {
        this.#outcomes++;
        return [deferredDelivery(event.window, this.#parts.infer.modelVersion)];
      }
      case 'silent': {
        telemetry.count('series_silent_total');
        const { series, hold } = event;
        return [this.#delivery({ series, endMs: eventTimeMs(event), hold }, tracker.advance(event))];
      }
      case 'inference': {
        const { window, residual } = event.inference;
        if (residual === null) telemetry.count('windows_skipped_total');
        const verdict = scorer.score(forecaster?.serve(event.inference) ?? event.inference);
        return [this.#delivery(window, tracker.advance({ kind: 'verdict', verdict }), event)];
      }
    }
  }

  /** A window that was put off gave its credit back then; its hold is given back with its result. */
  #delivery(
    { series, endMs, hold }: Pick<Window, 'series' | 'endMs' | 'hold'>,
    outcome: Outcome,
    { taken, isLate = false }: { readonly taken?: Window; readonly isLate?: boolean } = {},
  ): Delivery {
    this.#outcomes++;
    const release = this.#holds.take(taken === undefined ? [hold] : [hold, taken.hold]);
    return { series, timeMs: endMs, outcome, hold, release, credits: isLate ? 0 : 1 };
  }

  async #deliver(batch: readonly Delivery[]): Promise<void> {
    const { sinks, clock, telemetry, assembler, scorer, tracker } = this.#parts;
    const startMs = clock.monotonicMs();
    const outcomes = batch.map(({ outcome }) => outcome);
    const refused = await Promise.all(sinks.map((sink) => sink.deliver(outcomes)));
    this.#desk.add(refused.flat());
    await this.#desk.drained();
    telemetry.observe('sink_ms', clock.monotonicMs() - startMs);
    for (const { series, timeMs, hold, release, outcome } of batch) {
      release?.();
      // a partition that was rewound meanwhile goes on from the states of before: this comes again
      if (release !== null && this.#ledger.isCurrent(hold)) {
        this.#checkpoint.delivered(series, timeMs, hold);
        for (const room of [assembler, scorer, tracker]) room.delivered(series, timeMs);
      }
      for (const { state } of outcome.alerts) telemetry.count('alerts_total', 1, { state });
    }
    this.#outcomes -= batch.length;
    this.#movedMs = clock.monotonicMs();
    this.#credits.give(batch.reduce((sum, { credits }) => sum + credits, 0));
  }

  #flushIdle(): void {
    for (const { topic, partition } of this.#idle.take(!this.#credits.free))
      this.#ownInputs.next({ kind: 'idle', topic, partition });
  }
}

import type { Clock } from '../core/clock.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { MemoryWatch } from './memory-watch.ts';
import type { PlanResult, PlanWindow } from './plan.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { startWorker, type WorkerHandle } from './worker-handle.ts';
import { isOutOfMemory, type WorkerMemory } from './worker-memory.ts';

export interface PoolOptions {
  readonly workers: number;
  readonly isolation: 'thread' | 'process';
  readonly load: Extract<ToWorker, { kind: 'load' }>;
  readonly attemptsMax: number;
  readonly timeoutMs: number;
  /** A worker that holds more after a batch is replaced. 0: any may be held. */
  readonly residentBytesMax?: number;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How a worker is started; another one in tests. */
  readonly startWorker?: typeof startWorker;
}

interface Job {
  readonly windows: readonly PlanWindow[];
  attempts: number;
  /** Results in order; null for a window that failed on its own. */
  readonly settle: (results: readonly (PlanResult | null)[]) => void;
  /** The pool ended before the job did. */
  readonly reject: (error: DriftcastError) => void;
}

interface Slot {
  handle: WorkerHandle;
  state: 'starting' | 'idle' | 'busy' | 'ended';
  job: Job | null;
  /** When it was given the job. */
  sinceMs: number;
  /** Why a worker that was able before did not come back, or ''. */
  refusal: string;
  /** It ends because it has grown, not by itself. */
  outgrown: boolean;
  /** Ends the watch over the start, or over the running batch. */
  watch: AbortController | null;
}

const startFailuresMax = 5;
const restartDelayMs = 200;
/** A worker that has not answered for this share of the timeout no longer counts as able. */
const wedgedShare = 0.5;
/** Loading native libraries and a model takes seconds, on a busy machine a minute. */
const startMsMax = 180_000;

/**
 * One worker a device. A worker that dies or goes silent is replaced and its batch run again; a batch that keeps failing is
 * halved until the window that causes it stands alone, and that one is given up when it has failed alone, too.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #slots: Slot[] = [];
  readonly #queue: Job[] = [];
  readonly #memory: MemoryWatch;
  #batch = 0;
  #closed = false;
  #startFailures = 0;
  #wasShortOfMemory = false;
  /** Why the newest of those ended that did. */
  #lastEnd = '';
  #fatal: DriftcastError | null = null;
  #engine: { readonly name: string; readonly device: string } | null = null;
  #onStart: { resolve: () => void; reject: (error: DriftcastError) => void } | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#memory = new MemoryWatch(options.residentBytesMax ?? 0, options.clock, options.telemetry);
  }

  /** Engine in use, once started. */
  get engine(): { readonly name: string; readonly device: string } | null {
    return this.#engine;
  }

  get queuedBatches(): number {
    return this.#queue.length;
  }

  /** Starts the workers; resolves when the first is ready. Errors: what the worker refused (MODEL_INVALID, ENGINE_UNAVAILABLE), WORKER_FAILED. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onStart = { resolve, reject };
      for (let i = 0; i < this.#options.workers; i++) this.#spawn(i);
    });
  }

  /** Runs the windows; null stands for one that no worker could run. Rejects only when no worker can be started any more, or at `close`. */
  infer(windows: readonly PlanWindow[]): Promise<readonly (PlanResult | null)[]> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal);
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#queue.push({ windows, attempts: 0, settle: resolve, reject });
      this.#dispatch();
    });
  }

  health(): { readonly ok: boolean; readonly detail: string } {
    if (this.#fatal !== null) return { ok: false, detail: this.#fatal.message };
    const { workers, timeoutMs, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const wedged = this.#slots.filter(
      ({ state, sinceMs }) => state === 'busy' && nowMs - sinceMs > timeoutMs * wedgedShare,
    );
    const able = this.#slots.filter((slot) => slot.state === 'idle' || slot.state === 'busy').length - wedged.length;
    const notes = [
      ...wedged.map(
        ({ sinceMs }) =>
          `one has not answered for ${Math.round((nowMs - sinceMs) / 1000)} s and is replaced after ${timeoutMs / 1000} s (infer.timeout_ms)`,
      ),
      ...(able + wedged.length < workers && this.#lastEnd !== '' ? [`the last that ended: ${this.#lastEnd}`] : []),
    ];
    return { ok: able > 0, detail: [`${able} of ${workers} workers able`, ...notes].join('; ') };
  }

  /** Ends the workers; batches that are not done are rejected. */
  async close(): Promise<void> {
    this.#end(closedError());
  }

  #spawn(index: number): void {
    const { isolation, load } = this.#options;
    const slot: Slot = {
      handle: null as unknown as WorkerHandle,
      state: 'starting',
      job: null,
      sinceMs: 0,
      refusal: '',
      outgrown: false,
      watch: null,
    };
    slot.handle = (this.#options.startWorker ?? startWorker)(isolation, {
      onMessage: (message) => this.#receive(slot, index, message),
      onExit: (detail) => this.#ended(slot, index, detail),
    });
    this.#slots[index] = slot;
    slot.handle.post(load);
    this.#watch(slot, startMsMax);
  }

  #receive(slot: Slot, index: number, message: FromWorker): void {
    if (this.#closed) return;
    if (message.kind === 'ready') {
      slot.watch?.abort();
      slot.state = 'idle';
      this.#memory.started(index, message.memory);
      this.#startFailures = 0;
      this.#engine = { name: message.engine, device: message.device };
      this.#onStart?.resolve();
      this.#dispatch();
    } else if (message.kind === 'refused') {
      if (this.#engine === null) this.#fail(new DriftcastError(message.code, message.message, { hint: message.hint }));
      else {
        // it worked before: short of memory or of files, it may work again
        slot.refusal = message.message;
        slot.handle.kill();
      }
    } else if (message.kind === 'done') {
      this.#options.telemetry.observe('infer_ms', message.computeMs);
      this.#finish(slot)?.settle(message.results);
      this.#weigh(slot, index, message.memory);
    } else {
      const job = this.#finish(slot);
      this.#weigh(slot, index, message.memory);
      if (job !== null && job.windows.length > 1 && isOutOfMemory(message.message)) this.#shrink(job, message.message);
      else if (job !== null) this.#retry(job, message.message);
    }
  }

  /** Takes the job off the worker and makes it idle. */
  #finish(slot: Slot): Job | null {
    const { job } = slot;
    slot.watch?.abort();
    slot.watch = null;
    slot.job = null;
    slot.state = 'idle';
    queueMicrotask(() => this.#dispatch());
    return job;
  }

  /** Between two batches: a worker that has grown is ended, and what waits goes to the others or to the new one. */
  #weigh(slot: Slot, index: number, memory: WorkerMemory | undefined): void {
    if (!this.#memory.hasOutgrown(index, memory)) return;
    slot.outgrown = true;
    slot.state = 'ended';
    slot.handle.kill();
  }

  /** Half of it may fit at once: a batch that was too large once is so every time. */
  #shrink(job: Job, detail: string): void {
    this.#options.telemetry.count('batches_out_of_memory_total');
    if (!this.#wasShortOfMemory)
      this.#options.telemetry.log(
        'warn',
        'a batch did not fit into memory and is halved: lower infer.batch_windows_max',
        {
          windows: job.windows.length,
          detail,
        },
      );
    this.#wasShortOfMemory = true;
    this.#halve(job, () => 0);
    this.#dispatch();
  }

  #ended(slot: Slot, index: number, detail: string): void {
    const wasStarting = slot.state === 'starting';
    slot.state = 'ended';
    slot.watch?.abort();
    this.#memory.ended(index);
    if (this.#closed) return;
    const why = slot.refusal || detail;
    if (!slot.outgrown) {
      this.#lastEnd = why;
      this.#options.telemetry.count('worker_restarts_total');
      this.#options.telemetry.log('warn', 'a worker ended and is replaced', { worker: index, detail: why });
    }
    if (slot.job !== null) this.#retry(slot.job, why);
    slot.job = null;
    if (wasStarting && ++this.#startFailures > startFailuresMax) {
      this.#fail(
        new DriftcastError(
          'WORKER_FAILED',
          `starting workers: ${startFailuresMax} in a row ended before they were ready (${why})`,
          { hint: 'Run `driftcast doctor`.' },
        ),
      );
      return;
    }
    void this.#options.clock.sleep(restartDelayMs).then(() => {
      if (!this.#closed) this.#spawn(index);
    });
  }

  #retry(job: Job, detail: string): void {
    job.attempts++;
    if (job.attempts < this.#options.attemptsMax) this.#queue.unshift(job);
    else if (job.windows.length === 1) {
      this.#options.telemetry.log('error', 'a window could not be inferred', {
        series: job.windows[0]?.series,
        endMs: job.windows[0]?.endMs,
        detail,
      });
      job.settle([null]);
      // to narrow down, a half is tried once; a window that stands alone twice: the first may fall to a worker that dies by itself
    } else this.#halve(job, (windows) => Math.max(0, this.#options.attemptsMax - (windows === 1 ? 2 : 1)));
    this.#dispatch();
  }

  /** @param attemptsOf how many attempts a half of so many windows counts as having behind it */
  #halve(job: Job, attemptsOf: (windows: number) => number): void {
    const middle = job.windows.length >> 1;
    const parts: (readonly (PlanResult | null)[] | null)[] = [null, null];
    [job.windows.slice(0, middle), job.windows.slice(middle)].forEach((windows, k) => {
      this.#queue.unshift({
        windows,
        attempts: attemptsOf(windows.length),
        reject: job.reject,
        settle: (results) => {
          parts[k] = results;
          if (parts[0] !== null && parts[1] !== null) job.settle([...(parts[0] ?? []), ...(parts[1] ?? [])]);
        },
      });
    });
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.state !== 'idle') continue;
      const job = this.#queue.shift();
      if (job === undefined) break;
      slot.state = 'busy';
      slot.job = job;
      slot.sinceMs = this.#options.clock.monotonicMs();
      this.#watch(slot, this.#options.timeoutMs);
      slot.handle.post({ kind: 'run', batch: this.#batch++, windows: job.windows });
    }
    const waiting = this.#queue.reduce((sum, { windows }) => sum + windows.length, 0);
    this.#options.telemetry.gauge('queue_windows', waiting);
  }

  /** A worker that does not answer in time is ended; `#ended` does the rest. */
  #watch(slot: Slot, ms: number): void {
    const watch = new AbortController();
    slot.watch = watch;
    void this.#options.clock.sleep(ms, watch.signal).then(() => {
      if (!watch.signal.aborted) slot.handle.kill();
    });
  }

  #fail(error: DriftcastError): void {
    this.#fatal = error;
    this.#end(error);
  }

  /** Nothing may wait for ever, and nothing that was not tried may count as failed: what is open is rejected. */
  #end(error: DriftcastError): void {
    this.#closed = true;
    this.#onStart?.reject(error);
    for (const job of this.#queue.splice(0)) job.reject(error);
    for (const slot of this.#slots) {
      slot.job?.reject(error);
      slot.job = null;
      slot.watch?.abort();
      slot.handle.kill();
    }
  }
}

const closedError = () =>
  new DriftcastError('WORKER_FAILED', 'running a batch: the worker pool is closed', { retryable: true });

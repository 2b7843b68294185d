import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstValueFrom, from, Subject, toArray } from 'rxjs';
import { systemClock } from '../../src/core/clock.ts';
import type { OverloadStep } from '../../src/core/overload-step.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import type { Window, WindowEvent } from '../../src/core/window.ts';
import { type InferOptions, infer } from '../../src/infer/infer.ts';
import { Overload } from '../../src/infer/overload.ts';
import type { PlanResult, PlanWindow } from '../../src/infer/plan.ts';

const windowOf = (endMs: number): Window => ({
  series: 's',
  endMs,
  stepMs: 1,
  values: Float64Array.of(endMs),
  length: 1,
  channels: 1,
  newRows: 1,
  location: Float64Array.of(0),
  scale: Float64Array.of(1),
  observedFraction: 1,
  hold: { topic: 't', partition: 0, generation: 1, offset: endMs },
});
const ready = (endMs: number): WindowEvent => ({ kind: 'window', window: windowOf(endMs) });
const silent = (lastMs: number): WindowEvent => ({
  kind: 'silent',
  series: 's',
  lastMs,
  silentForMs: 1,
  hold: windowOf(0).hold,
});
const resultOf = ({ endMs }: PlanWindow): PlanResult => ({
  imputed: null,
  forecast: { horizon: endMs, quantiles: new Float64Array(0) },
  residual: null,
});

const options = (changes: Partial<InferOptions> = {}): InferOptions => ({
  infer: async (windows) => windows.map(resultOf),
  modelVersion: 'v',
  quantileLevels: [0.5],
  batchWindowsMax: 3,
  batchWaitMsMax: 5,
  batchesMax: 8,
  overload: new Overload({ steps: [], lagMsMax: 1, recoverMs: 1, clock: systemClock, telemetry: silentTelemetry }),
  clock: systemClock,
  telemetry: silentTelemetry,
  ...changes,
});

type Event = Extract<WindowEvent, { kind: 'silent' }>;
const run = (events: readonly WindowEvent[], own: InferOptions) =>
  firstValueFrom(from(events).pipe(infer<Event>(own), toArray()));
const label = (event: Awaited<ReturnType<typeof run>>[number]) =>
  event.kind === 'inference'
    ? event.inference.window.endMs
    : event.kind === 'failed' || event.kind === 'deferred'
      ? `${event.kind} ${event.window.endMs}`
      : `silent ${event.lastMs}`;

describe('infer', () => {
  it('gives every window its inference, in order, everything else as it came', async () => {
    const out = await run([ready(1), silent(2), ready(3), ready(4), silent(5), ready(6)], options());
    assert.deepEqual(out.map(label), [1, 'silent 2', 3, 4, 'silent 5', 6]);
    const [first] = out;
    assert.ok(first.kind === 'inference');
    assert.deepEqual(first.inference, {
      window: windowOf(1),
      modelVersion: 'v',
      quantileLevels: [0.5],
      level: 0,
      imputed: null,
      forecast: { horizon: 1, quantiles: new Float64Array(0) },
      residual: null,
    });
  });

  it('keeps the order although a later batch is done first', async () => {
    const started: number[] = [];
    const out = await run(
      [1, 2, 3, 4, 5, 6, 7].map(ready),
      options({
        infer: async (windows) => {
          started.push(windows[0].endMs);
          await new Promise((resolve) => setTimeout(resolve, windows[0].endMs === 1 ? 30 : 1));
          return windows.map(resultOf);
        },
      }),
    );
    assert.deepEqual(out.map(label), [1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(started, [1, 4, 7], 'batches of three, all started');
  });

  it('does not wait for company for ever', async () => {
    const feed = new Subject<WindowEvent>();
    const sizes: number[] = [];
    const out = firstValueFrom(
      feed.pipe(
        infer<Event>(
          options({
            batchWindowsMax: 100,
            telemetry: {
              ...silentTelemetry,
              observe: (name, value) => void (name === 'batch_windows' && sizes.push(value)),
            },
          }),
        ),
      ),
    );
    feed.next(ready(1));
    assert.equal(label(await out), 1);
    assert.deepEqual(sizes, [1]);
  });

  it('passes what no worker could run as failed', async () => {
    const out = await run(
      [ready(1), ready(2), ready(3)],
      options({ infer: async (windows) => windows.map((w) => (w.endMs === 2 ? null : resultOf(w))) }),
    );
    assert.deepEqual(out.map(label), [1, 'failed 2', 3]);
  });

  it('asks nothing of the workers for a batch without windows', async () => {
    const out = await run([silent(1), silent(2)], options({ infer: () => assert.fail('asked') }));
    assert.deepEqual(out.map(label), ['silent 1', 'silent 2']);
  });

  it('fails with the pool, after everything that came before', async () => {
    const seen: unknown[] = [];
    const failure = new Error('no worker');
    const error = await new Promise((resolve) => {
      from([1, 2, 3, 4, 5, 6, 7].map(ready))
        .pipe(
          infer<Event>(
            options({
              infer: async (windows) => {
                if (windows[0].endMs === 4) throw failure;
                await new Promise((done) => setTimeout(done, 20));
                return windows.map(resultOf);
              },
            }),
          ),
        )
        .subscribe({ next: (event) => seen.push(label(event)), error: resolve, complete: () => resolve(null) });
    });
    assert.equal(error, failure);
    assert.deepEqual(seen, [1, 2, 3]);
  });
});

describe('infer under overload', () => {
  /** Behind for long enough, with steps to take. */
  const overloaded = (steps: readonly OverloadStep[]): Overload => {
    let nowMs = 0;
    const clock = { ...systemClock, monotonicMs: () => nowMs };
    const overload = new Overload({ steps, lagMsMax: 1, recoverMs: 1e9, clock, telemetry: silentTelemetry });
    for (; overload.level < steps.length; nowMs++) overload.observe({ lagMs: 2, saturated: true });
    return overload;
  };
  const fresh = (endMs: number, isFresh = true) => ({ ...ready(endMs), origin: { arrivedMs: null, isFresh } }) as const;

  it('puts off every second window, whose rows come with the next, and tells the level', async () => {
    const asked: PlanWindow[] = [];
    const out = await run(
      [2, 3, 4, 5].map((endMs) => fresh(endMs)),
      options({
        overload: overloaded(['longer_stride', 'score_only']),
        infer: async (windows) => {
          asked.push(...windows);
          return windows.map(resultOf);
        },
      }),
    );
    assert.deepEqual(out.map(label), ['deferred 2', 3, 'deferred 4', 5]);
    assert.deepEqual(
      asked.map(({ endMs, newRows, scoreOnly, fewerSamples }) => [endMs, newRows, scoreOnly, fewerSamples]),
      [
        [3, 2, true, undefined],
        [5, 2, true, undefined],
      ],
    );
    for (const event of out) {
      if (event.kind !== 'inference') continue;
      assert.deepEqual([event.inference.level, event.taken?.endMs], [2, event.inference.window.endMs - 1]);
    }
  });

  it('a window that was put off comes alone before a silence, and at the end', async () => {
    const own = options({ overload: overloaded(['longer_stride']) });
    const out = await run([fresh(2), silent(2), fresh(6)], own);
    assert.deepEqual(out.map(label), ['deferred 2', 2, 'silent 2', 'deferred 6', 6]);
    assert.deepEqual(
      out.map((event) => event.kind === 'inference' && event.isLate),
      [false, true, false, false, true],
    );
  });

  it('does everything for a window that may have had a result before', async () => {
    const asked: PlanWindow[] = [];
    const out = await run(
      [fresh(1, false), ready(2)],
      options({
        overload: overloaded(['fewer_samples', 'longer_stride', 'score_only']),
        infer: async (windows) => {
          asked.push(...windows);
          return windows.map(resultOf);
        },
      }),
    );
    assert.deepEqual(out.map(label), [1, 2]);
    assert.ok(asked.every((window) => !window.scoreOnly && !window.fewerSamples));
    assert.ok(out.every((event) => event.kind === 'inference' && event.inference.level === 0));
  });
});

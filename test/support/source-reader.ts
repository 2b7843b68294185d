import assert from 'node:assert/strict';
import { systemClock } from '../../src/core/clock.ts';
import type { ComponentContext, Source } from '../../src/core/component.ts';
import type { SourceEvent } from '../../src/core/record.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { kafkaSource } from '../../src/source/kafka.ts';

export const sourceContext = (more: Partial<ComponentContext> = {}): ComponentContext => ({
  pipeline: 'test',
  channels: [],
  limits: {
    messageBytesMax: 1e6,
    nestingMax: 16,
    seriesMax: 10,
    seriesNameCharsMax: 100,
    futureMsMax: 1e9,
    deadLetterBytesMax: 100,
    inFlightWindowsMax: 10,
  },
  stepMs: 1000,
  clock: systemClock,
  telemetry: silentTelemetry,
  resolvePath: (path) => path,
  ...more,
});

/** A Kafka source whose events are kept and whose credits the test gives. */
export class SourceReader {
  readonly events: SourceEvent[] = [];
  readonly source: Source;
  readonly done: Promise<void>;
  credits: number;
  #waiting: (() => void)[] = [];

  constructor(
    address: string,
    topic: string,
    options: { readonly group: string } & Record<string, unknown>,
    { credits = Infinity, context = sourceContext() }: { credits?: number; context?: ComponentContext } = {},
  ) {
    this.credits = credits;
    const parsed = kafkaSource.options.parse({
      brokers: [address],
      topics: topic,
      fetch_wait_ms_max: 100,
      heartbeat_ms: 100,
      ...options,
    });
    this.source = kafkaSource.build(parsed, context);
    const reader = this;
    this.done = this.source.run(
      (event) => {
        this.events.push(event);
        if (event.kind === 'record') this.credits--;
      },
      {
        get free() {
          return reader.credits > 0;
        },
        whenFree: (signal) =>
          new Promise((resolve) => {
            if (reader.credits > 0 || signal?.aborted) return resolve();
            reader.#waiting.push(resolve);
            signal?.addEventListener('abort', () => resolve(), { once: true });
          }),
      },
    );
  }

  grant(credits: number): void {
    this.credits += credits;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  get records() {
    return this.events.flatMap((event) => (event.kind === 'record' ? [event.record] : []));
  }

  resets(partition: number) {
    return this.events.filter((event) => event.kind === 'reset' && event.partition === partition);
  }
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 20) {
    assert.ok(waitedMs < 30_000, `waited 30 s for: ${what}`);
    await systemClock.sleep(20);
  }
}

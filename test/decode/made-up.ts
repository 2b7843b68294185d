import type { Channel } from '../../src/core/channel.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { ComponentContext, Decoded } from '../../src/core/component.ts';
import type { Limits } from '../../src/core/limits.ts';
import type { SourceRecord } from '../../src/core/record.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';

/** The clock of these tests stands still. */
export const nowMs = Date.UTC(2026, 2, 1, 12);

export const clock: Clock = {
  nowMs: () => nowMs,
  monotonicMs: () => 0,
  sleep: () => Promise.resolve(),
  every: () => () => undefined,
};

export const channel = (name: string, min = -Number.MAX_VALUE, max = Number.MAX_VALUE): Channel => ({
  name,
  unit: '',
  kind: 'gauge',
  aggregate: 'last',
  min,
  max,
});

export const limits: Limits = {
  messageBytesMax: 4096,
  nestingMax: 6,
  seriesMax: 100,
  seriesNameCharsMax: 40,
  futureMsMax: 60_000,
  deadLetterBytesMax: 64,
  inFlightWindowsMax: 10,
};

/** Three channels: a, b, and p in [0, 100]. */
export const context = (
  channels: readonly Channel[] = [channel('a'), channel('b'), channel('p', 0, 100)],
): ComponentContext => ({
  pipeline: 'test',
  channels,
  limits,
  stepMs: 1000,
  clock,
  telemetry: silentTelemetry,
  resolvePath: (path) => path,
});

export const record = (value: string | Uint8Array | null, key: string | null = 'the-key'): SourceRecord => ({
  key,
  value: typeof value === 'string' ? Buffer.from(value) : value,
  timestampMs: nowMs - 1000,
  position: { topic: 't', partition: 3, generation: 2, offset: 41 },
});

/** Readings as one line each: series@ms channel=value..., in the order in which they came. */
export const lines = ({ readings }: Decoded): string[] =>
  readings.map(({ series, timeMs, channels, values }) =>
    [`${series}@${timeMs}`, ...channels.map((index, i) => `${index}=${values[i]}`)].join(' '),
  );

export const reasons = ({ rejected }: Decoded): string[] => rejected.map(({ reason }) => reason);

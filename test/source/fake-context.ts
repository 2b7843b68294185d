import path from 'node:path';
import type { ComponentContext, CreditGate, Source } from '../../src/core/component.ts';
import type { SourceEvent, SourceRecord } from '../../src/core/record.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { fakeClock } from './fake-clock.ts';

export function fakeContext(parts: Partial<ComponentContext> = {}): ComponentContext {
  return {
    pipeline: 'test',
    channels: [],
    limits: {
      messageBytesMax: 100_000,
      nestingMax: 16,
      seriesMax: 1000,
      seriesNameCharsMax: 200,
      futureMsMax: 3_600_000,
      deadLetterBytesMax: 1000,
      inFlightWindowsMax: 8,
    },
    stepMs: 60_000,
    clock: fakeClock(),
    telemetry: silentTelemetry,
    resolvePath: (file) => path.resolve(file),
    ...parts,
  };
}

export const openGate: CreditGate = { free: true, whenFree: async () => {} };

/** Runs a source to its end; `onEvent` may stop it. */
export async function drain(source: Source, onEvent: (event: SourceEvent) => void = () => {}): Promise<SourceEvent[]> {
  const events: SourceEvent[] = [];
  await source.run((event) => {
    events.push(event);
    onEvent(event);
  }, openGate);
  return events;
}

export const recordsOf = (events: readonly SourceEvent[]): SourceRecord[] =>
  events.flatMap((event) => (event.kind === 'record' ? [event.record] : []));

export const textOf = (record: SourceRecord): string =>
  record.value === null ? '' : Buffer.from(record.value).toString();

import path from 'node:path';
import { z } from 'zod';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import type { Outcome } from '../../src/core/alert.ts';
import { systemClock } from '../../src/core/clock.ts';
import { defineDeadLetter, defineSource, type Source } from '../../src/core/component.ts';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { outcomeToPoints } from '../../src/sink/points.ts';
import { buildPipeline } from '../../src/topology/build-pipeline.ts';
import { type Points, pointKey } from './influx.ts';
import type { Sent } from './kafka.ts';

export interface Expected {
  readonly points: Points;
  readonly letters: readonly DeadLetter[];
}

/**
 * What the pipeline of `file` makes of the messages, without any server: the same rooms and the same model, between a list
 * of messages and a map of points. Offsets count per partition, as a broker would.
 */
export async function runInProcess(
  file: string,
  topic: string,
  sent: readonly Sent[],
  overrides: readonly string[] = [],
): Promise<Expected> {
  const letters: DeadLetter[] = [];
  const points: Points = new Map();
  const { config, resolvePath } = loadPipeline(file, {
    registry,
    env: {},
    overrides: [...overrides, 'state.path=""', 'state.topic_prefix=""'],
  });
  const source = defineSource({
    kind: 'source',
    type: 'list',
    summary: '',
    options: z.looseObject({}),
    examples: [],
    build: () => listSource(topic, sent),
  });
  const deadLetters = defineDeadLetter({
    kind: 'dead_letter',
    type: 'list',
    summary: '',
    options: z.looseObject({}),
    examples: [],
    build: () => ({ write: async (batch) => void letters.push(...batch), close: async () => {} }),
  });
  const built = await buildPipeline({
    config: { ...config, source: { type: 'list' }, sinks: [], dead_letter: { type: 'list' } },
    registry: { ...registry, sources: new Map([['list', source]]), deadLetters: new Map([['list', deadLetters]]) },
    modelDir: path.join(path.dirname(file), 'model'),
    resolvePath,
    clock: systemClock,
    telemetry: silentTelemetry,
    observers: [
      {
        name: 'points',
        deliver: async (batch) => {
          for (const outcome of batch) store(points, outcome, config.channels);
          return [];
        },
        close: async () => {},
        health: () => ({ ok: true, detail: '' }),
      },
    ],
  });
  try {
    await built.pipeline.run();
  } finally {
    await built.close();
  }
  return { points, letters };
}

function store(points: Points, outcome: Outcome, channels: Parameters<typeof outcomeToPoints>[1]): void {
  for (const { measurement, tags, timeMs, fields } of outcomeToPoints(outcome, channels)) {
    const key = pointKey(measurement, tags, timeMs);
    points.set(key, { ...points.get(key), ...fields });
  }
}

function listSource(topic: string, sent: readonly Sent[]): Source {
  return {
    async run(emit, credits) {
      const partitions = new Set(sent.map(({ partition }) => partition));
      const next = new Map<number, number>();
      for (const partition of partitions) emit({ kind: 'reset', topic, partition, generation: 1 });
      for (const { partition, key, value } of sent) {
        if (!credits.free) await credits.whenFree();
        const offset = next.get(partition) ?? 0;
        next.set(partition, offset + 1);
        emit({
          kind: 'record',
          record: { key, value, timestampMs: null, position: { topic, partition, generation: 1, offset } },
        });
      }
      for (const partition of partitions) emit({ kind: 'closed', topic, partition, generation: 1, ended: true });
    },
    commit: async () => {},
    stop: async () => {},
    close: async () => {},
    progress: () => null,
    health: () => ({ ok: true, detail: '' }),
  };
}

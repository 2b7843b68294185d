import path from 'node:path';
import { z } from 'zod';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import type { AlertTransition } from '../../src/core/alert.ts';
import type { Channel } from '../../src/core/channel.ts';
import { systemClock } from '../../src/core/clock.ts';
import { defineDeadLetter, defineSource, type Source } from '../../src/core/component.ts';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import type { Point } from '../../src/core/point.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { outcomeToPoints } from '../../src/sink/points.ts';
import { buildPipeline } from '../../src/topology/build-pipeline.ts';
import { addContent, type Fields, type Points, pointKey } from './influx.ts';
import type { Sent } from './kafka.ts';

export interface Expected {
  readonly points: Points;
  /** Every content that a point has on its way to the last one: a gap is filled twice, a forecast is made again. */
  readonly contents: ReadonlyMap<string, readonly Fields[]>;
  /** How many points were written, again and again ones too. */
  readonly writes: number;
  readonly alerts: readonly AlertTransition[];
  readonly channels: readonly Channel[];
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
  const written = { points: new Map() as Points, contents: new Map<string, Fields[]>(), writes: 0 };
  const alerts: AlertTransition[] = [];
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
          for (const outcome of batch) {
            for (const point of outcomeToPoints(outcome, config.channels)) store(written, point);
            alerts.push(...outcome.alerts);
          }
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
  return { ...written, letters, alerts, channels: config.channels };
}

interface Written {
  readonly points: Points;
  readonly contents: Map<string, Fields[]>;
  writes: number;
}

function store(written: Written, { measurement, tags, timeMs, fields }: Point): void {
  const key = pointKey(measurement, tags, timeMs);
  written.points.set(key, { ...written.points.get(key), ...fields });
  addContent(written.contents, key, fields);
  written.writes++;
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

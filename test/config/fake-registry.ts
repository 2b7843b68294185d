import { z } from 'zod';
import { defineDeadLetter, defineDecoder, defineSink, defineSource } from '../../src/core/component.ts';
import { createRegistry } from '../../src/core/registry.ts';

const build = (): never => {
  throw new Error('the fake registry builds nothing');
};

/** A few components with every kind of option: enough to load pipeline files without the real ones. */
export const fakeRegistry = createRegistry({
  sources: [
    defineSource({
      kind: 'source',
      type: 'kafka',
      summary: 'Reads Kafka topics.',
      options: z.strictObject({
        brokers: z.array(z.string().min(1)).min(1).describe('Brokers.'),
        topics: z.array(z.string()).min(1).describe('Topics.'),
        group: z.string().optional().describe('Default: driftcast-<name>.'),
        sasl: z
          .strictObject({
            mechanism: z.enum(['plain', 'scram-sha-256']).describe('Mechanism.'),
            username: z.string().describe('User.'),
            password: z.string().min(1).describe('Password.'),
          })
          .optional()
          .describe('Login.'),
      }),
      examples: [{ brokers: ['localhost:9092'], topics: ['telemetry'] }],
      build,
    }),
    defineSource({
      kind: 'source',
      type: 'replay',
      summary: 'Replays a CSV file.',
      options: z.strictObject({
        path: z.string().describe('File.'),
        speed: z.number().min(0).default(0).describe('0: as fast as possible.'),
        time_column: z.string().default('time').describe('Column.'),
        series_column: z.string().default('').describe('Column.'),
        drop_columns: z.array(z.string()).default([]).describe('Columns.'),
        delimiter: z.enum([',', ';', '\t']).default(',').describe('Delimiter.'),
      }),
      examples: [{ path: 'data.csv' }],
      build,
    }),
  ],
  decoders: [
    defineDecoder({
      kind: 'decoder',
      type: 'json',
      summary: 'JSON objects.',
      options: z
        .strictObject({
          layout: z.enum(['wide', 'narrow']).default('wide').describe('Layout.'),
          time: z
            .strictObject({ path: z.string().default('time'), format: z.enum(['auto', 'iso']).default('auto') })
            .prefault({}),
          series: z
            .strictObject({
              from: z.enum(['key', 'field', 'constant']).default('key'),
              path: z.string().default(''),
              name: z.string().default(''),
            })
            .prefault({}),
        })
        .refine((options) => options.series.from !== 'field' || options.series.path !== '', {
          path: ['series', 'path'],
          message: 'needed where series.from is field',
        }),
      examples: [{ layout: 'wide' }],
      build,
    }),
  ],
  sinks: [
    defineSink({
      kind: 'sink',
      type: 'line-protocol',
      summary: 'A file.',
      options: z.strictObject({ path: z.string().describe('File.') }),
      examples: [{ path: 'out/results.lp' }],
      build,
    }),
    defineSink({
      kind: 'sink',
      type: 'influxdb',
      summary: 'InfluxDB.',
      options: z.strictObject({
        url: z.url().describe('Address.'),
        token: z.string().default('').describe('Token.'),
        retries: z.number().int().min(0).default(5).describe('Retries.'),
      }),
      examples: [{ url: 'http://localhost:8086' }],
      build,
    }),
  ],
  deadLetters: [
    defineDeadLetter({
      kind: 'dead_letter',
      type: 'file',
      summary: 'A file.',
      options: z.strictObject({ path: z.string().describe('File.') }),
      examples: [{ path: 'out/dead.ndjson' }],
      build,
    }),
  ],
});

/** A pipeline file that loads. */
export const goodYaml = `name: pumps
channels:
  - name: flow
    unit: l/s
  - { name: valve, kind: flag }
window:
  step_ms: 10s
source:
  type: replay
  path: data.csv
decode:
  type: json
sinks:
  - type: line-protocol
    path: out/results.lp
dead_letter:
  type: file
  path: out/dead.ndjson
`;

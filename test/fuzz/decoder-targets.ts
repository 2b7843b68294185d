import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import type { Decoder, DecoderSpec } from '../../src/core/component.ts';
import type { Rng } from '../../src/core/rng.ts';
import { avroDecoder } from '../../src/decode/avro.ts';
import { jsonDecoder } from '../../src/decode/json.ts';
import { lineProtocolDecoder } from '../../src/decode/line-protocol.ts';
import { senmlDecoder } from '../../src/decode/senml.ts';
import { FakeRegistry, framed } from '../decode/fake-registry.ts';
import { assertFate } from '../decode/fate.ts';
import { context, nowMs, record } from '../decode/made-up.ts';
import type { Target } from './target.ts';

const schemaFile = new URL('samples/reading.avsc', import.meta.url).pathname;
const registryId = 7;
const jsonId = 8;

const telegraf = readFileSync(new URL('../decode/telegraf.lp', import.meta.url), 'utf8');
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const wide = [
  json({ time: nowMs, device: 'pump-1', a: 1.5, b: '2.5', p: true, x: { y: 3 } }),
  json([
    { time: '2026-03-01T11:59:00Z', device: 'é', a: null },
    { time: nowMs / 1000, device: 7, p: 'NaN' },
  ]),
  Buffer.from(`{"time": ${nowMs}, "device": "x", "v": {"a": NaN, "b": -Infinity}}`),
];
const narrow = [json({ time: nowMs, channel: 'a', value: 1 }), json([{ time: nowMs, channel: 'p', value: '12' }])];
const senml = [
  json([
    { bn: 'urn:dev:ow:10e2073a01080063:', bt: nowMs / 1000, bu: 'A', bver: 5, n: 'a', v: 1.2 },
    { n: 'b', t: -5, vb: true },
    { n: 'p', vs: 'text' },
  ]),
  json([{ bn: 'site/pump/', bv: 20, n: 'a', v: 3, t: 0 }]),
];

const encodeReading = () => {
  const type = avro.Type.forSchema(JSON.parse(readFileSync(schemaFile, 'utf8')), { wrapUnions: 'always' });
  const reading = (a: unknown, tags: Record<string, string>, next: unknown) => ({
    device: 'pump-1',
    time: nowMs,
    state: 'ON',
    a,
    b: 2,
    tags,
    history: [1, 2, 3],
    next,
  });
  const inner = reading(null, {}, null);
  return [
    type.toBuffer(reading({ double: 1.5 }, { site: 'north' }, null)),
    type.toBuffer(reading({ long: 12 }, {}, { Reading: inner })),
  ];
};

/** Decoders with what they wait for, awaited as the pipeline does. */
async function fate(decoder: Decoder, input: Buffer, rng: Rng): Promise<void> {
  const message = record(input, rng.integer(4) === 0 ? null : 'the-key');
  const ready = decoder.ready?.(message) ?? null;
  if (ready !== null) await ready;
  const decoded = decoder.decode(message);
  assertFate(decoded);
  // Readings and letters go on as JSON.
  assert.ok(JSON.stringify(decoded).length > 0);
}

/** Each decoder, in each of its ways to read. The registry is one of this process; `close` ends it. */
export async function decoderTargets(): Promise<{ readonly targets: readonly Target[]; close(): Promise<void> }> {
  const registry = await FakeRegistry.start();
  registry.schemas.set(registryId, { schema: readFileSync(schemaFile, 'utf8') });
  registry.schemas.set(jsonId, {
    schemaType: 'JSON',
    schema: JSON.stringify({
      type: ['object', 'array'],
      properties: { a: { type: 'number' }, device: { type: 'string' } },
    }),
  });
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  const surroundings = { ...context(), clock: { ...context().clock, sleep } };
  const decoders: Decoder[] = [];
  const target = (name: string, spec: DecoderSpec, options: object, samples: readonly Buffer[]): Target => {
    const decoder = spec.build(spec.options.parse(options), surroundings);
    decoders.push(decoder);
    return { name, samples, check: (input, rng) => fate(decoder, input, rng) };
  };
  const readings = encodeReading();
  const lines = telegraf.split('\n').filter((line) => line !== '');
  const few = [0, 3, 5].map((from) => Buffer.from(lines.slice(from, from + 4).join('\n')));
  const url = registry.url;
  const targets = [
    target('json wide', jsonDecoder as DecoderSpec, { series: { path: 'device' }, rename: { 'x.y': 'b' } }, wide),
    target('json narrow', jsonDecoder as DecoderSpec, { layout: 'narrow', series: { key: true } }, narrow),
    target(
      'json framed',
      jsonDecoder as DecoderSpec,
      { framing: 'confluent', registry: { url }, series: { path: 'device' } },
      wide.map((one) => framed(jsonId, one)),
    ),
    target('line protocol', lineProtocolDecoder as DecoderSpec, { unknown_channels: 'reject' }, few),
    target('senml', senmlDecoder as DecoderSpec, { unknown_channels: 'reject' }, senml),
    target('senml by path', senmlDecoder as DecoderSpec, { series: 'name_path' }, senml),
    target(
      'avro bare',
      avroDecoder as DecoderSpec,
      { schema: { file: schemaFile }, series: { path: 'device' } },
      readings,
    ),
    target(
      'avro framed',
      avroDecoder as DecoderSpec,
      { schema: { registry: { url } }, series: { path: 'tags.site' } },
      readings.map((one) => framed(registryId, one)),
    ),
  ];
  return {
    targets,
    close: async () => {
      await Promise.all(decoders.map((decoder) => decoder.close?.()));
      await registry.close();
    },
  };
}

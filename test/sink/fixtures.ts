import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { AlertTransition, Outcome } from '../../src/core/alert.ts';
import type { Channel } from '../../src/core/channel.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { ComponentContext } from '../../src/core/component.ts';
import type { Inference } from '../../src/core/inference.ts';
import type { Labels, Telemetry } from '../../src/core/telemetry.ts';
import type { RowVerdict } from '../../src/core/verdict.ts';
import type { Window } from '../../src/core/window.ts';

export const channels: readonly Channel[] = ['flow', 'temp'].map((name) => ({
  name,
  unit: '',
  kind: 'gauge',
  aggregate: 'last',
  min: -Number.MAX_VALUE,
  max: Number.MAX_VALUE,
}));

/** What a sink told about itself. */
export interface Told {
  readonly logs: string[];
  readonly counts: Map<string, number>;
}

export function recordingTelemetry(): { readonly telemetry: Telemetry; readonly told: Told } {
  const told: Told = { logs: [], counts: new Map() };
  const key = (name: string, labels?: Labels) => `${name}${labels ? JSON.stringify(labels) : ''}`;
  const telemetry: Telemetry = {
    log: (level, message, fields) => told.logs.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    count: (name, by = 1, labels) => told.counts.set(key(name, labels), (told.counts.get(key(name, labels)) ?? 0) + by),
    gauge() {},
    observe() {},
  };
  return { telemetry, told };
}

export function contextWith(changes: Partial<ComponentContext> = {}): ComponentContext {
  return {
    pipeline: 'demo',
    channels,
    limits: {
      messageBytesMax: 1_000_000,
      nestingMax: 16,
      seriesMax: 100,
      seriesNameCharsMax: 200,
      futureMsMax: 3_600_000,
      deadLetterBytesMax: 65_536,
      inFlightWindowsMax: 16,
    },
    stepMs: 1000,
    clock: systemClock,
    telemetry: recordingTelemetry().telemetry,
    resolvePath: (path) => path,
    ...changes,
  };
}

/** Four rows of two channels, ending at 10 s; the two newest rows are new. */
export function windowWith(changes: Partial<Window> = {}): Window {
  return {
    series: 'pump-1',
    endMs: 10_000,
    stepMs: 1000,
    values: Float64Array.of(1, 2, 3, 4, 5, Number.NaN, 7, 8),
    length: 4,
    channels: 2,
    newRows: 2,
    location: new Float64Array(2),
    scale: new Float64Array(2).fill(1),
    observedFraction: 0.9,
    hold: { topic: 't', partition: 0, generation: 1, offset: 0 },
    ...changes,
  };
}

export function inferenceWith(changes: Partial<Inference> = {}): Inference {
  return {
    window: windowWith(),
    modelVersion: 'm1',
    quantileLevels: [0.05, 0.25, 0.5, 0.75, 0.95],
    imputed: null,
    forecast: null,
    residual: null,
    ...changes,
  };
}

export function rowWith(changes: Partial<RowVerdict> = {}): RowVerdict {
  return { timeMs: 10_000, score: 1.5, pValue: 0.25, alarm: false, learning: false, topChannels: [], ...changes };
}

export function alertWith(changes: Partial<AlertTransition> = {}): AlertTransition {
  return {
    id: 'pump-1@9000',
    series: 'pump-1',
    kind: 'anomaly',
    state: 'firing',
    startMs: 9000,
    timeMs: 10_000,
    peakScore: 4.5,
    peakMs: 180_000,
    first: { channel: 0, sinceMs: 60_000 },
    minPValue: 0.001,
    channels: [{ channel: 1, share: 0.9, observed: 8, expected: 2, halfWidth90: 1 }],
    summary: 'temp is 8, expected 2 +- 1',
    ...changes,
  };
}

/** `rows` scored rows of one series, one second apart: `rows` score points and nothing else. */
export function scoresOf(series: string, rows: number): Outcome {
  const inference = inferenceWith({ window: windowWith({ series, newRows: 0 }) });
  const verdicts = Array.from({ length: rows }, (_, row) => rowWith({ timeMs: 1000 * (row + 1), score: row }));
  return { verdict: { inference, rows: verdicts }, alerts: [] };
}

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The body as it came: compressed, perhaps. */
  readonly bytes: Buffer;
}

export interface FakeServer {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

/** An HTTP server that answers each request as told, with the number of the request (from 1). */
export async function fakeServer(
  answer: (response: ServerResponse, request: Received, number: number) => void,
): Promise<FakeServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const bytes = Buffer.concat(chunks);
      const zipped = headers['content-encoding'] === 'gzip';
      const body = (zipped ? gunzipSync(bytes) : bytes).toString();
      const one = { method, url, headers, body, bytes };
      answer(response, one, received.push(one));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

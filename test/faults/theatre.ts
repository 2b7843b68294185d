import { runInProcess } from '../support/in-process.ts';
import { partitions, trainTinyPlant } from '../support/journey.ts';
import { type Sent, TestKafka } from '../support/kafka.ts';
import { messageOf, partitionOf, plantRows } from '../support/tiny-pipeline.ts';
import { AlertReceiver } from './alert-receiver.ts';
import { HttpProxy } from './http-proxy.ts';
import type { Performance } from './perform.ts';
import { OwnServers } from './servers.ts';
import { TcpProxy } from './tcp-proxy.ts';
import type { WriteRecorder } from './write-recorder.ts';

export interface Theatre {
  readonly at: Performance;
  close(): Promise<void>;
}

/** Sinks beside the database: what a crash repeats shows in topics and in posts, where nothing is overwritten. */
const moreSinks = [
  { type: 'kafka', brokers: ['127.0.0.1:1'] },
  { type: 'webhook', url: 'http://127.0.0.1:1', firing_ms_max: 0 },
];

/** Everything a fault needs, made once. `others`: servers that are there and may not be stopped; null: own ones. */
export async function openTheatre(
  steps: number,
  others: { readonly broker: string; readonly influxUrl: string } | null,
): Promise<Theatre> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one().catch(() => undefined);
  };
  const opened = async <T>(making: Promise<T>, closing: (made: T) => Promise<unknown>): Promise<T> => {
    const made = await making;
    closers.push(() => closing(made));
    return made;
  };
  try {
    let servers: OwnServers | null = null;
    const wire = await opened(
      TcpProxy.listen(() => servers?.proxiedPort ?? 0),
      (proxy) => proxy.close(),
    );
    if (others === null)
      servers = await opened(OwnServers.start({ proxyPort: () => wire.port }), (own) => own.remove());
    const [broker, influxUrl] = [
      servers?.broker ?? others?.broker ?? '',
      servers?.influxUrl ?? others?.influxUrl ?? '',
    ];
    let recorder: WriteRecorder | null = null;
    const database = await opened(
      HttpProxy.listen(influxUrl, (target, body) => {
        if (target.startsWith('/write')) recorder?.add(body);
      }),
      (proxy) => proxy.close(),
    );
    const databaseWire = await opened(
      TcpProxy.listen(() => database.port),
      (proxy) => proxy.close(),
    );
    const alerts = await opened(AlertReceiver.listen(), (receiver) => receiver.close());
    const kafka = await opened(TestKafka.connect(broker), (client) => client.close());
    const tiny = await opened(trainTinyPlant(moreSinks), (made) => made.remove());
    const feed = feedOf(steps);
    return {
      close,
      at: {
        ...{ kafka, tiny, servers, databaseWire, database, alerts, influxUrl, feed },
        kafkaWire: servers === null ? null : wire,
        brokers: { direct: broker, proxied: `127.0.0.1:${wire.port}` },
        record: (next) => {
          recorder = next;
        },
        expected: await runInProcess(tiny.file, 'feed', feed),
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What comes between and is refused: dead letters have to survive a fault too. */
const rubbishEvery = 150;

function feedOf(steps: number): readonly Sent[] {
  const rows = plantRows(steps, { faults: true }).map((row) => messageOf(row, partitions));
  const partition = partitionOf('web-1', partitions);
  return rows.flatMap((row, i) =>
    i % rubbishEvery === rubbishEvery - 1
      ? [row, { key: 'bad', value: Buffer.from(`rubbish ${i} {`), partition }]
      : [row],
  );
}

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { runCli } from '../support/cli.ts';
import { assertSamePoints } from '../support/compare-points.ts';
import { runInProcess } from '../support/in-process.ts';
import { TestInflux } from '../support/influx.ts';
import { partitions, runArgs, startJourney, trainTinyPlant } from '../support/journey.ts';
import { TestKafka } from '../support/kafka.ts';
import { messageOf, plantRows, type TinyPipeline } from '../support/tiny-pipeline.ts';

const skip =
  process.env.DRIFTCAST_TEST_DOCKER !== '1' && 'set DRIFTCAST_TEST_DOCKER=1 (deploy/images/build.sh makes the images)';
const kafkaImage = process.env.DRIFTCAST_TEST_KAFKA_IMAGE ?? 'driftcast-local/kafka:4.4.0';
const influxImage = process.env.DRIFTCAST_TEST_INFLUX_IMAGE ?? 'driftcast-local/influxdb:1.6.7';
// its reaper is an image of its own, which machines without a registry do not have; `after` stops the containers
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';

/** A port that is free now: Kafka has to advertise the address under which it is reached. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

describe('kafka to influxdb, in containers', { skip }, () => {
  const containers: StartedTestContainer[] = [];
  let kafka: TestKafka | null = null;
  let influx: TestInflux | null = null;
  let tiny: TinyPipeline | null = null;

  before(async () => {
    const port = await freePort();
    const started = await Promise.allSettled([
      new GenericContainer(kafkaImage)
        .withExposedPorts({ container: 9092, host: port })
        .withEnvironment({ KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}` })
        .withWaitStrategy(Wait.forListeningPorts())
        .withStartupTimeout(120_000)
        .start(),
      new GenericContainer(influxImage)
        .withExposedPorts(8086)
        .withWaitStrategy(Wait.forHttp('/ping', 8086).forStatusCode(204))
        .withStartupTimeout(60_000)
        .start(),
    ]);
    for (const one of started) if (one.status === 'fulfilled') containers.push(one.value);
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const database = containers.at(1);
    kafka = await TestKafka.connect(`127.0.0.1:${port}`);
    influx = new TestInflux(`http://127.0.0.1:${database?.getMappedPort(8086)}`);
    tiny = await trainTinyPlant();
  });
  after(async () => {
    await tiny?.remove();
    await kafka?.close();
    await Promise.all(containers.map((container) => container.stop()));
  });

  it('a feed on a fresh broker ends up in a fresh database', async () => {
    assert.ok(kafka !== null && influx !== null && tiny !== null);
    const journey = await startJourney(kafka, influx, 'containers');
    const sent = plantRows(300).map((row) => messageOf(row, partitions));
    await kafka.send(journey.topic, [...sent, { key: null, value: Buffer.from('rubbish'), partition: 0 }]);
    await runCli(runArgs(tiny, journey));
    const want = await runInProcess(tiny.file, journey.topic, sent, journey.overrides);
    assert.ok(want.points.size > 10_000);
    assertSamePoints(await influx.points(), want.points);
    const [letter, ...others] = await kafka.readAll(journey.deadTopic);
    assert.deepEqual(
      [String(letter?.value), String(letter?.headers?.reason), others.length],
      ['rubbish', 'parse_error', 0],
    );
  });
});

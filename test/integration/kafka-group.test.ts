import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, type RunningCli, runCli, startCli } from '../support/cli.ts';
import { assertSamePoints } from '../support/compare-points.ts';
import { runInProcess } from '../support/in-process.ts';
import { TestInflux } from '../support/influx.ts';
import { type Journey, runArgs, startJourney, trainTinyPlant } from '../support/journey.ts';
import { TestKafka } from '../support/kafka.ts';
import { messageOf, plantRows, type TinyPipeline } from '../support/tiny-pipeline.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const url = process.env.DRIFTCAST_TEST_INFLUX;
const skip =
  (broker === undefined || url === undefined) &&
  'set DRIFTCAST_TEST_KAFKA and DRIFTCAST_TEST_INFLUX (deploy/native/stack.sh up prints them)';

const partitions = 3;

describe('processes of one consumer group', { skip }, () => {
  let kafka: TestKafka;
  let tiny: TinyPipeline;
  let influx: TestInflux;

  before(async () => {
    kafka = await TestKafka.connect(broker as string);
    tiny = await trainTinyPlant();
    influx = new TestInflux(url as string);
  });
  after(async () => {
    await tiny?.remove();
    await kafka?.close();
    await influx?.drop();
  });

  async function start(): Promise<{ journey: Journey; settings: readonly string[] }> {
    const journey = await startJourney(kafka, influx, 'group', partitions);
    const prefix = `states-${journey.group}`;
    kafka.ownTopic(`${prefix}.${journey.topic}`);
    // whoever waits for a process to start must not close rows meanwhile
    return { journey, settings: ['state.path=""', `state.topic_prefix=${prefix}`, 'window.idle_ms=1h'] };
  }

  it('one joins, one leaves, one is killed: InfluxDB holds what an undisturbed run would have written', async () => {
    const { journey, settings } = await start();
    const sent = plantRows(600, { faults: true }).map((row) => messageOf(row, partitions));
    const quarter = Math.ceil(sent.length / 4);
    const part = (n: number) => kafka.send(journey.topic, sent.slice(n * quarter, (n + 1) * quarter), 25);
    const process = (): RunningCli =>
      startCli(
        runArgs(
          tiny,
          journey,
          ...settings,
          'source.until=never',
          'source.heartbeat_ms=200',
          'limits.in_flight_windows_max=8',
        ),
      );
    let wanted = 0;
    const progress = (by: number, ...said: RunningCli[]) => {
      wanted += by;
      return eventually(
        () => `${wanted} scores in InfluxDB; they said ${said.map((cli) => cli.said().slice(-3000)).join('\n')}`,
        async () => (await influx.count('driftcast_score', 'score')) >= wanted,
      );
    };
    /** It has a partition that somebody else had before. */
    const hasTakenOver = (cli: RunningCli) =>
      eventually(
        () => `states taken over; it said ${cli.said().slice(-3000)}`,
        async () => cli.said().includes('"states taken over"'),
      );

    const first = process();
    await part(0);
    await progress(150, first);
    const second = process();
    const sending = part(1);
    await hasTakenOver(second);
    await progress(200, first, second);
    first.kill('SIGTERM');
    assert.deepEqual(await first.exitWithin(40_000), { code: 0, signal: null }, first.said());
    await sending;
    await part(2);
    const third = process();
    await hasTakenOver(third);
    await progress(200, second, third);
    second.kill('SIGKILL');
    await second.exitWithin(10_000);
    await part(3);
    await progress(200, third);
    third.kill('SIGTERM');
    assert.deepEqual(await third.exitWithin(40_000), { code: 0, signal: null }, third.said());
    await runCli(runArgs(tiny, journey, ...settings));

    const want = await runInProcess(tiny.file, journey.topic, sent, [...journey.overrides, ...settings]);
    const alerts = [...want.points.keys()].filter((key) => key.startsWith('driftcast_alert'));
    assert.ok(alerts.length > 0, 'nothing raised an alert');
    assertSamePoints(await influx.points(), want.points);
    assert.deepEqual(
      await kafka.committed(journey.group, journey.topic),
      Array.from({ length: partitions }, (_, partition) => sent.filter((one) => one.partition === partition).length),
    );
  });
});

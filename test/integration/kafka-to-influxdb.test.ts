import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, runCli, startCli } from '../support/cli.ts';
import { assertSamePoints } from '../support/compare-points.ts';
import { runInProcess } from '../support/in-process.ts';
import { TestInflux } from '../support/influx.ts';
import { type Journey, partitions, runArgs, startJourney, trainTinyPlant } from '../support/journey.ts';
import { type Sent, TestKafka } from '../support/kafka.ts';
import { messageOf, partitionOf, plantRows, startMs, type TinyPipeline } from '../support/tiny-pipeline.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const url = process.env.DRIFTCAST_TEST_INFLUX;
const skip =
  (broker === undefined || url === undefined) &&
  'set DRIFTCAST_TEST_KAFKA and DRIFTCAST_TEST_INFLUX (deploy/native/stack.sh up prints them)';

const minute = 60_000;
const good = (steps: number, options = {}): Sent[] =>
  plantRows(steps, options).map((row) => messageOf(row, partitions));
const raw = (value: string | Buffer | null, partition: number): Sent => ({
  key: 'bad',
  value: value === null ? null : Buffer.from(value),
  partition,
});
const at = (row: number) => startMs + row * minute;

/** What must not get through, and why; [text of the message, reason]. */
const bad: readonly (readonly [string | Buffer | null, string])[] = [
  ['hello {', 'parse_error'],
  [Buffer.from([0xff, 0xfe, 0x00]), 'parse_error'],
  [null, 'empty'],
  ['', 'empty'],
  [`{"time":${at(100)},"series":"web-1","cpu_user":Infinity}`, 'value_not_finite'],
  [`{"time":${at(100)},"series":"web-1","cpu_user":1e999}`, 'value_not_finite'],
  [`{"time":${at(100)},"series":"web-1","cpu_user":"a lot"}`, 'value_invalid'],
  [`{"time":${at(100)},"series":"web-1","cpu_user":{"value":1}}`, 'value_invalid'],
  [`{"time":${at(100)},"series":"web-1","fan_speed":1}`, 'channel_unknown'],
  ['{"time":"2180-01-01T00:00:00Z","series":"web-1","cpu_user":1}', 'time_in_future'],
  ['{"time":{"s":1},"series":"web-1","cpu_user":1}', 'time_invalid'],
  ['{"series":"web-1","cpu_user":1}', 'time_missing'],
  [`{"time":${at(100)},"series":["web-1"],"cpu_user":1}`, 'series_invalid'],
  ['[]', 'no_values'],
  ['42', 'not_an_object'],
  [`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'too_deep'],
  [Buffer.alloc(10_000_000, 'x'), 'too_large'],
];

describe('kafka to influxdb', { skip }, () => {
  let kafka: TestKafka;
  let tiny: TinyPipeline;
  const databases: TestInflux[] = [];

  before(async () => {
    kafka = await TestKafka.connect(broker as string);
    tiny = await trainTinyPlant();
  });
  after(async () => {
    await tiny?.remove();
    await kafka?.close();
    for (const influx of databases) await influx.drop();
  });

  async function start(name: string): Promise<{ journey: Journey; influx: TestInflux }> {
    const influx = new TestInflux(url as string);
    databases.push(influx);
    return { influx, journey: await startJourney(kafka, influx, name) };
  }

  it('every reading becomes the points that the rooms compute, whatever rubbish comes between', async () => {
    const { journey, influx } = await start('rubbish');
    const sent = good(400, { faults: true });
    // (series keep to their partition, those in messages that are half wrong too)
    bad.forEach(([value], i) => sent.splice(60 * (i + 1), 0, raw(value, partitionOf('web-1', partitions))));
    // what looks odd and is fine: a missing cell as Python writes it, a number as a string
    sent.splice(
      333,
      0,
      raw(`{"time":${at(120)},"series":"odd","cpu_user":NaN,"load1":"2.5"}`, partitionOf('odd', partitions)),
    );
    await kafka.send(journey.topic, sent, 50);
    await runCli(runArgs(tiny, journey));

    const want = await runInProcess(tiny.file, journey.topic, sent, journey.overrides);
    const got = await influx.points();
    assert.ok(want.points.size > 15_000, `${want.points.size} points`);
    assertSamePoints(got, want.points);

    const letters = (await kafka.readAll(journey.deadTopic)).map(({ headers = {}, value }) => {
      const [reason, topic, partition, offset] = ['reason', 'topic', 'partition', 'offset'].map((name) =>
        String(headers[name]),
      );
      return { place: `${reason} ${topic} ${partition}/${offset}`, bytes: value?.length ?? null };
    });
    const places = want.letters.map(
      ({ reason, position }) => `${reason} ${position?.topic} ${position?.partition}/${position?.offset}`,
    );
    assert.deepEqual(letters.map(({ place }) => place).sort(), [...places].sort());
    assert.deepEqual(letters.map(({ place }) => place.split(' ')[0]).sort(), bad.map(([, reason]) => reason).sort());
    assert.ok(Math.max(...letters.map(({ bytes }) => bytes ?? 0)) <= 65_536, 'a huge message is cut');
    assert.deepEqual(await kafka.committed(journey.group, journey.topic), endsOf(sent), 'everything is committed');
  });

  it('SIGTERM drains, commits and exits 0; the next start goes on where it stopped', async () => {
    const { journey, influx } = await start('sigterm');
    const sent = good(500);
    await kafka.send(journey.topic, sent.slice(0, 900));
    const cli = startCli(runArgs(tiny, journey, 'source.until=never'));
    await eventually(
      () => `points in InfluxDB; it said ${cli.said()}`,
      async () => (await influx.count('driftcast_score', 'score')) > 300,
    );
    cli.kill('SIGTERM');
    assert.deepEqual(await cli.exitWithin(40_000), { code: 0, signal: null }, cli.said());
    assert.match(cli.said(), /"stopped"/);
    const committed = await kafka.committed(journey.group, journey.topic);
    assert.ok(
      committed.some((offset) => offset > 0),
      `committed ${committed}`,
    );

    await kafka.send(journey.topic, sent.slice(900));
    await runCli(runArgs(tiny, journey));
    assertSamePoints(
      await influx.points(),
      (await runInProcess(tiny.file, journey.topic, sent, journey.overrides)).points,
    );
    assert.deepEqual(await kafka.committed(journey.group, journey.topic), endsOf(sent));
  });

  it('kill -9 in the middle, twice: afterwards InfluxDB holds what an undisturbed run would have written', async () => {
    const { journey, influx } = await start('kill');
    const sent = good(600, { faults: true });
    const parts = [sent.slice(0, 700), sent.slice(700, 1300), sent.slice(1300)];
    let scored = 0;
    for (const part of parts.slice(0, 2)) {
      const cli = startCli(runArgs(tiny, journey, 'source.until=never', 'limits.in_flight_windows_max=8'));
      // a few at a time, so that the kill falls into work that is under way
      const sending = kafka.send(journey.topic, part, 25);
      const wanted = scored + 200;
      await eventually(
        () => `${wanted} points in InfluxDB; it said ${cli.said()}`,
        async () => (await influx.count('driftcast_score', 'score')) > wanted,
      );
      cli.kill('SIGKILL');
      assert.equal((await cli.exitWithin(10_000)).signal, 'SIGKILL');
      await sending;
      scored = await influx.count('driftcast_score', 'score');
    }
    await kafka.send(journey.topic, parts[2] ?? []);
    await runCli(runArgs(tiny, journey));
    assertSamePoints(
      await influx.points(),
      (await runInProcess(tiny.file, journey.topic, sent, journey.overrides)).points,
    );
    assert.deepEqual(await kafka.committed(journey.group, journey.topic), endsOf(sent));
  });

  it('a broker that is not there, and a topic that is not, are said plainly', async () => {
    const { journey } = await start('missing');
    const cli = startCli(runArgs(tiny, journey, 'source.topics=no-such-topic'));
    assert.equal((await cli.exitWithin(60_000)).code, 1);
    assert.match(cli.said(), /no such topic: no-such-topic\n.*Create the topic/);
  });
});

/** [partition]: one past the newest offset. */
const endsOf = (sent: readonly Sent[]): number[] =>
  Array.from({ length: partitions }, (_, partition) => sent.filter((one) => one.partition === partition).length);

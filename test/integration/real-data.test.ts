import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { runCli } from '../support/cli.ts';
import { assertSamePoints } from '../support/compare-points.ts';
import { runInProcess } from '../support/in-process.ts';
import { TestInflux } from '../support/influx.ts';
import { runArgs, startJourney } from '../support/journey.ts';
import { TestKafka } from '../support/kafka.ts';
import { messageOf, startMs, TinyPipeline } from '../support/tiny-pipeline.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const url = process.env.DRIFTCAST_TEST_INFLUX;
const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const noServers =
  (broker === undefined || url === undefined) &&
  'set DRIFTCAST_TEST_KAFKA and DRIFTCAST_TEST_INFLUX (deploy/native/stack.sh up prints them)';

type Row = Record<string, string | number | null>;

interface Recording {
  readonly name: string;
  readonly folder: string;
  readonly stepMs: number;
  /** Rows of one series in time order: `time`, `series` and one property a channel. */
  read(folder: string): Row[];
}

/** A machine of the Server Machine Dataset: no header, no times, 38 metrics in [0, 1]. */
const smd: Recording = {
  name: 'a server of SMD',
  folder: 'smd/test',
  stepMs: 60_000,
  read(folder) {
    const [file = ''] = readdirSync(folder).sort();
    const lines = gunzipSync(readFileSync(path.join(folder, file)))
      .toString()
      .split('\n')
      .slice(0, 3000);
    return lines.map((line, i) => {
      const cells = line.split(',').map((cell, c) => [`ch${String(c).padStart(2, '0')}`, Number(cell)] as const);
      return { time: startMs + i * 60_000, series: file.replace(/\.csv\.gz$/, ''), ...Object.fromEntries(cells) };
    });
  },
};

const pollutants = ['PM2.5', 'PM10', 'SO2', 'NO2', 'CO', 'O3', 'TEMP', 'PRES', 'DEWP', 'RAIN', 'WSPM'];

/** A station of the Beijing multi-site air quality data: hours in four columns, NA where nothing was measured. */
const beijing: Recording = {
  name: 'an air quality station of Beijing',
  folder: 'beijing_multisite',
  stepMs: 3_600_000,
  read(folder) {
    const [file = ''] = readdirSync(folder)
      .filter((name) => name.endsWith('.csv.gz'))
      .sort();
    const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(path.join(folder, file))), {
      columns: true,
      to: 2500,
    });
    return rows.map(({ year, month, day, hour, station = '', ...cells }) => ({
      time: Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)),
      series: station,
      ...Object.fromEntries(pollutants.map((name) => [name, cells[name] === 'NA' ? null : Number(cells[name])])),
    }));
  },
};

for (const recording of [smd, beijing]) {
  const folder = path.join(data, recording.folder);
  const skip =
    noServers || (!existsSync(folder) && `no ${recording.folder} beside the repository, under ../shared/data`);

  describe(`real data: ${recording.name}`, { skip }, () => {
    let kafka: TestKafka;
    let tiny: TinyPipeline;
    const influx = new TestInflux(url ?? '');
    const rows = skip === false ? recording.read(folder) : [];
    const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'time' && name !== 'series');

    before(async () => {
      kafka = await TestKafka.connect(broker as string);
      tiny = await TinyPipeline.create({
        channels: names.map((name) => ({ name })),
        stepMs: recording.stepMs,
        source: { type: 'kafka', brokers: ['127.0.0.1:1'], topics: 'none', until: 'end' },
        sinks: [{ type: 'influxdb', url: 'http://127.0.0.1:1' }],
        deadLetter: { type: 'kafka', brokers: ['127.0.0.1:1'] },
      });
      await tiny.train(rows.slice(0, 1200));
    });
    after(async () => {
      await tiny?.remove();
      await kafka?.close();
      await influx.drop();
    });

    it('goes through Kafka into InfluxDB, and comes back as the rooms computed it', async () => {
      const journey = await startJourney(kafka, influx, 'real');
      const sent = rows.map((row) => messageOf(row, 1));
      await kafka.send(journey.topic, sent);
      await runCli(runArgs(tiny, journey));

      const want = await runInProcess(tiny.file, journey.topic, sent, journey.overrides);
      assertSamePoints(await influx.points(), want.points);
      assert.deepEqual(want.letters, []);
      assert.deepEqual((await kafka.committed(journey.group, journey.topic))[0], sent.length);

      // what was measured comes back as it was, gaps as imputed values
      const window = 32;
      for (const name of names) {
        const observed = await influx.query(`SELECT observed FROM driftcast_value WHERE "channel" = '${name}'`);
        const measured = rows.slice(window).flatMap((row) => (row[name] === null ? [] : [[row.time, row[name]]]));
        const stored = new Map((observed[0]?.values ?? []).map(([time, value]) => [time, value]));
        for (const [time, value] of measured.slice(0, -4))
          assert.equal(stored.get(time), value, `${name} at ${String(time)}`);
      }
      const gaps = rows
        .slice(window, -4)
        .reduce((sum, row) => sum + names.filter((name) => row[name] === null).length, 0);
      if (gaps > 0) assert.ok((await influx.count('driftcast_value', 'imputed')) >= gaps, `${gaps} gaps are imputed`);
    });
  });
}

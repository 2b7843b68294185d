import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { hostMessage, hostOptions, hostRows, hostSource, sampleHost } from '../../src/source/host.ts';
import { hostChannels } from '../../src/source/host-metrics.ts';
import { fakeClock } from './fake-clock.ts';
import { drain, fakeContext, recordsOf, textOf } from './fake-context.ts';
import { procFiles } from './proc-fixture.ts';
import { tempDir } from './temp-dir.ts';

const { dir, file } = tempDir();
mkdirSync(path.join(dir, 'net'));
const writeProc = (ticks = 0) => {
  file('stat', procFiles.stat.replace('cpu  74608', `cpu  ${74_608 + ticks}`));
  file('meminfo', procFiles.meminfo);
  file('loadavg', procFiles.loadavg);
  file('diskstats', procFiles.diskstats);
  file('net/dev', procFiles.netDev);
};

test('a sample of a recorded /proc', async () => {
  writeProc();
  const sample = await sampleHost(dir);
  assert.equal(sample.load1, 0.75);
  assert.equal(sample.swapUsedPercent, 25);
  assert.equal(sample.net?.inBytes, 1_000_500);
  assert.equal(sample.cpu?.iowait, 5073);
});

test('without /proc node:os tells what it knows, and the rest is null', async () => {
  const sample = await sampleHost(path.join(dir, 'nowhere'));
  assert.ok(sample.cpu !== null && sample.cpu.total > 0 && sample.cpu.iowait === null);
  assert.ok((sample.memUsedPercent as number) > 0 && (sample.memUsedPercent as number) < 100);
  assert.ok(Number.isFinite(sample.load1));
  assert.deepEqual([sample.disk, sample.net, sample.swapUsedPercent, sample.contextSwitches], [null, null, null, null]);
});

test('rows come every period, the first after one; a busy reader gets fewer, not made-up ones', async () => {
  writeProc();
  const clock = fakeClock(1_000_000);
  const stop = new AbortController();
  const times: number[] = [];
  let busyMs = 17_000;
  let ticks = 0;
  for await (const row of hostRows(clock, 5000, stop.signal, dir)) {
    times.push(row.timeMs - 1_000_000);
    ticks += 300;
    writeProc(ticks);
    if (times.length === 3) {
      clock.advance(busyMs);
      busyMs = 0;
    }
    if (times.length === 6) stop.abort();
    assert.equal(row.values.length, hostChannels.length);
  }
  assert.deepEqual(times.slice(0, 3), [5000, 10_000, 15_000]);
  assert.equal(times.length, 6);
  assert.ok(times[3] >= 32_000);
  times.slice(1).forEach((timeMs, k) => {
    assert.ok(timeMs - times[k] >= 2500);
  });
});

test('rates cover the time that passed', async () => {
  writeProc();
  const clock = fakeClock();
  const stop = new AbortController();
  const rows = hostRows(clock, 5000, stop.signal, dir);
  const first = rows.next();
  await first;
  writeProc(500);
  const { value } = await rows.next();
  stop.abort();
  assert.equal(value?.values[0], 100, 'all new ticks were user time');
});

test('the message names series and channels', () => {
  const message = hostMessage('edge', { timeMs: 5, values: hostChannels.map((_, c) => (c === 2 ? null : c)) });
  assert.deepEqual(Object.keys(message), ['time', 'series', ...hostChannels.map(({ name }) => name)]);
  assert.equal(message.cpu_iowait, null);
  assert.equal(message.ctxt, 11);
});

test('the source emits this machine, has no end, and stops', async () => {
  const source = hostSource.build(hostOptions.parse({ series: 'me' }), fakeContext());
  const events = await drain(source, (event) => {
    if (event.kind === 'record' && event.record.position.offset === 2) void source.stop();
  });
  const records = recordsOf(events);
  assert.equal(records.length, 3);
  assert.ok(records.every(({ key }) => key === 'me'));
  assert.equal(JSON.parse(textOf(records[0])).time, records[0].timestampMs);
  assert.equal(records[1].timestampMs as number, (records[0].timestampMs as number) + 5000);
  assert.equal(source.progress(), null);
});

test('options: 5 s by default, 100 ms at least', () => {
  assert.equal(hostOptions.parse({}).every_ms, 5000);
  assert.ok(!hostOptions.safeParse({ every_ms: 5 }).success);
  for (const example of hostSource.examples) assert.ok(hostOptions.parse(example));
});

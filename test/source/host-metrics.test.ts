import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type HostSample,
  hostChannels,
  hostRates,
  parseDiskstats,
  parseLoadavg,
  parseMeminfo,
  parseNetDev,
  parseStat,
} from '../../src/source/host-metrics.ts';
import { procFiles } from './proc-fixture.ts';

test('/proc/stat', () => {
  assert.deepEqual(parseStat(procFiles.stat), {
    cpu: { user: 74_608 + 2520, system: 24_433 + 0 + 390, iowait: 5073, total: 1_223_906 },
    procsRunning: 2,
    contextSwitches: 38_014_093,
  });
});

test('/proc/stat of a kernel that tells less', () => {
  const { cpu, procsRunning } = parseStat('cpu 1 2 3 4 5\n');
  assert.deepEqual(cpu, { user: 3, system: 3, iowait: 5, total: 15 });
  assert.equal(procsRunning, null);
  assert.deepEqual(parseStat(''), { cpu: null, procsRunning: null, contextSwitches: null });
});

test('/proc/meminfo: cache counts as free', () => {
  const { memUsedPercent, swapUsedPercent } = parseMeminfo(procFiles.meminfo);
  assert.ok(Math.abs((memUsedPercent as number) - 100 * (1 - 6_120_000 / 8_000_000)) < 1e-9);
  assert.equal(swapUsedPercent, 25);
  assert.deepEqual(parseMeminfo('MemTotal: 5 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n'), {
    memUsedPercent: null,
    swapUsedPercent: 0,
  });
});

test('/proc/loadavg', () => {
  assert.equal(parseLoadavg(procFiles.loadavg), 0.75);
  assert.equal(parseLoadavg(''), null);
});

test('/proc/diskstats: whole disks only', () => {
  assert.deepEqual(parseDiskstats(procFiles.diskstats), {
    inBytes: 512 * (2000 + 300 + 10),
    outBytes: 512 * (4000 + 500 + 20),
  });
  assert.equal(parseDiskstats('   7  0 loop0 1 2 3 4 5 6 7 8 9 10 11\n'), null);
});

test('/proc/net/dev: without the loopback', () => {
  assert.deepEqual(parseNetDev(procFiles.netDev), { inBytes: 1_000_500, outBytes: 2_000_700 });
  assert.equal(parseNetDev('    lo: 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0\n'), null);
});

const sample = (parts: Partial<HostSample> = {}): HostSample => ({
  cpu: { user: 100, system: 50, iowait: 10, total: 1000 },
  load1: 0.5,
  memUsedPercent: 40,
  swapUsedPercent: 0,
  disk: { inBytes: 1000, outBytes: 2000 },
  net: { inBytes: 10, outBytes: 20 },
  procsRunning: 3,
  contextSwitches: 500,
  ...parts,
});

test('rates between two samples, values of the second', () => {
  const after = sample({
    cpu: { user: 150, system: 60, iowait: 15, total: 1200 },
    load1: 0.7,
    disk: { inBytes: 6000, outBytes: 2000 },
    net: { inBytes: 20_010, outBytes: 5020 },
    procsRunning: 1,
    contextSwitches: 1500,
  });
  assert.deepEqual(hostRates(sample(), after, 5000), [25, 5, 2.5, 0.7, 40, 0, 1000, 0, 4000, 1000, 1, 200]);
});

test('what is unknown, and counters that went back (a disk was unplugged), are null and not zero', () => {
  const poor = sample({
    cpu: null,
    disk: null,
    net: { inBytes: 5, outBytes: 20 },
    contextSwitches: null,
    procsRunning: null,
  });
  const rates = hostRates(sample(), poor, 5000);
  const named = Object.fromEntries(hostChannels.map(({ name }, c) => [name, rates[c]]));
  assert.deepEqual(named, {
    cpu_user: null,
    cpu_system: null,
    cpu_iowait: null,
    load1: 0.5,
    mem_used: 40,
    swap_used: 0,
    disk_read: null,
    disk_write: null,
    net_rx: null,
    net_tx: 0,
    procs_running: null,
    ctxt: null,
  });
});

test('any text of /proc gives numbers or null, never NaN and no exception', () => {
  const finite = (value: unknown): boolean =>
    value === null ||
    (typeof value === 'number' ? Number.isFinite(value) : Object.values(value as object).every(finite));
  const line = fc.oneof(fc.string(), fc.constantFrom(...Object.values(procFiles).flatMap((text) => text.split('\n'))));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const text = lines.join('\n');
      for (const parse of [parseStat, parseMeminfo, parseLoadavg, parseDiskstats, parseNetDev])
        assert.ok(finite(parse(text)), text);
    }),
  );
});

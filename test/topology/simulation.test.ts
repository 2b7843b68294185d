import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { faults } from './sim/chaos.ts';
import { describeFailure, type SimulationReport, simulate } from './sim/simulate.ts';
import { stopTime } from './sim/virtual-time.ts';

/** For thousands: npm run nightly. */
const seeds = 300;
const seedsPerTest = 25;

async function check(seed: number): Promise<SimulationReport> {
  const report = await simulate(seed);
  if (report.violations.length > 0) assert.fail(describeFailure(report));
  return report;
}

describe('Pipeline, simulated', () => {
  const reports: SimulationReport[] = [];
  after(stopTime);

  for (let from = 1; from <= seeds; from += seedsPerTest) {
    const to = from + seedsPerTest - 1;
    it(`keeps its promises whatever goes wrong (seeds ${from} to ${to})`, async () => {
      for (let seed = from; seed <= to; seed++) reports.push(await check(seed));
    });
  }

  it('meets all that can go wrong, and is asked for all that is promised', (t) => {
    const told = (what: string, some: readonly SimulationReport[]) => {
      t.diagnostic(`${what}: ${some.length} of ${reports.length} seeds`);
      assert.ok(some.length > 0, what);
    };
    for (const fault of faults)
      told(
        fault,
        reports.filter(({ struck }) => struck.has(fault)),
      );
    for (const promised of ['equal', 'cells', 'invariants'])
      told(
        `promised: ${promised}`,
        reports.filter((report) => report.promised === promised),
      );
  });

  it('is the same run with the same seed, and another one with another', async () => {
    for (const before of reports.slice(0, 5)) assert.equal((await check(before.seed)).digest, before.digest);
    assert.equal(new Set(reports.map(({ digest }) => digest)).size, reports.length);
  });
});

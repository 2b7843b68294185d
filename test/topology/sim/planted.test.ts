import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { plantedBugs, simulatePlanted } from './planted.ts';
import { describeFailure } from './simulate.ts';
import { stopTime } from './virtual-time.ts';

/** How many seeds in a hundred find each: npm run nightly -- --planted. */
const seedsMax = 15;

describe('a bug that is planted', () => {
  after(stopTime);

  for (const bug of plantedBugs) {
    it(`${bug.name}: is found`, async (t) => {
      for (let seed = 1; seed <= seedsMax; seed++) {
        const report = await simulatePlanted(bug, seed);
        if (report.violations.length === 0) continue;
        t.diagnostic(`${bug.name}: seed ${seed}: ${report.violations[0]?.slice(0, 150)}`);
        assert.match(describeFailure(report), new RegExp(`^seed ${seed} [^]+ -- --seed ${seed}$`));
        return;
      }
      assert.fail(`no seed of ${seedsMax} finds it`);
    });
  }
});

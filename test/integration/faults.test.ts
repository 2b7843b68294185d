import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { databaseDrops, databaseFull, databaseResets } from '../faults/database-faults.ts';
import type { Fault } from '../faults/fault.ts';
import { perform } from '../faults/perform.ts';
import { openTheatre, type Theatre } from '../faults/theatre.ts';

const broker = process.env.DRIFTCAST_TEST_KAFKA;
const influxUrl = process.env.DRIFTCAST_TEST_INFLUX;
const skip =
  (broker === undefined || influxUrl === undefined) &&
  'set DRIFTCAST_TEST_KAFKA and DRIFTCAST_TEST_INFLUX (deploy/native/stack.sh up prints them)';

/** Those of `npm run faults` that need no servers of their own and are soon over, one after the other in one life. */
const parts: readonly Fault[] = [databaseFull, databaseDrops, databaseResets];

describe('faults, some of them', { skip }, () => {
  let theatre: Theatre;

  before(async () => {
    theatre = await openTheatre(240, { broker: String(broker), influxUrl: String(influxUrl) });
  });
  after(() => theatre?.close());

  it('a database without room, answers that break off and resets change nothing', async (t) => {
    const seed = Date.now() % 1_000_000;
    t.diagnostic(`seed ${seed}`);
    let next = 0;
    const inTurn: Fault = {
      name: 'in-turn',
      summary: parts.map(({ summary }) => summary).join('; '),
      times: parts.length,
      settings: parts.flatMap(({ settings = [] }) => settings),
      attack: (stage, rng) => (parts[next++] as Fault).attack(stage, rng),
    };
    const row = await perform(theatre.at, inTurn, parts.length, seed);
    assert.deepEqual(row.trouble, [], `seed ${seed}`);
    assert.ok(row.points > 10_000, `${row.points} points`);
    assert.ok(row.differences === 0 && row.duplicates === 0 && row.recovery_s !== null);
  });
});

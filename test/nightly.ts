import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { plantedBugs, simulatePlanted } from './topology/sim/planted.ts';
import { describeFailure, simulate } from './topology/sim/simulate.ts';

const usage = `npm run nightly -- [--seeds N] [--from N] [--minutes M] [--seed N] [--planted] [--no-properties]

Simulates the topology with seeds that nobody has tried before, then runs the property tests with a random seed.

  --seeds N         how many (default 2000)
  --from N          the first one (default: by the clock)
  --minutes M       no new seed after M minutes of simulation
  --seed N          one seed, and nothing else: to see a failure again
  --planted         how many of the seeds find each bug that is planted on purpose, and nothing else
  --no-properties   only the simulation`;

const root = fileURLToPath(new URL('..', import.meta.url));
const reportEveryMs = 10_000;

interface Asked {
  readonly seeds: number;
  readonly from: number;
  readonly minutes: number;
  readonly planted: boolean;
  readonly properties: boolean;
}

function parse(args: string[]): Asked | string {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '2000' },
      from: { type: 'string', default: String(Math.floor(Date.now() / 1000)) },
      minutes: { type: 'string', default: 'Infinity' },
      seed: { type: 'string' },
      planted: { type: 'boolean', default: false },
      'no-properties': { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return usage;
  const number = (name: 'seeds' | 'from' | 'minutes' | 'seed', min: number): number => {
    const value = Number(values[name]);
    if (!(value >= min) || (name !== 'minutes' && !Number.isInteger(value)))
      throw new Error(`--${name} ${values[name]}: a number from ${min} on\n\n${usage}`);
    return value;
  };
  const alone = values.seed !== undefined;
  return {
    seeds: alone ? 1 : number('seeds', 1),
    from: alone ? number('seed', 0) : number('from', 0),
    minutes: number('minutes', 0),
    planted: values.planted,
    properties: !alone && !values.planted && !values['no-properties'],
  };
}

/** Tries the seeds in turn; resolves with those that failed. */
async function simulateAll({ seeds, from, minutes }: Asked): Promise<number[]> {
  const failed: number[] = [];
  const startMs = performance.now();
  let toldMs = startMs;
  let done = 0;
  for (; done < seeds && performance.now() - startMs < minutes * 60_000; done++) {
    const report = await simulate(from + done);
    if (report.violations.length > 0) {
      failed.push(report.seed);
      console.log(`${describeFailure(report)}\n`);
    }
    if (performance.now() - toldMs < reportEveryMs) continue;
    toldMs = performance.now();
    console.log(`${done + 1} of ${seeds} seeds, ${failed.length} failed`);
  }
  console.log(`simulated seeds ${from} to ${from + done - 1}: ${failed.length} of ${done} failed`);
  for (const seed of failed) console.log(`  npm run nightly -- --seed ${seed}`);
  return failed;
}

async function tellPlanted({ seeds, from }: Asked): Promise<void> {
  for (const bug of plantedBugs) {
    let found = 0;
    for (let seed = from; seed < from + seeds; seed++)
      if ((await simulatePlanted(bug, seed)).violations.length > 0) found++;
    console.log(`${bug.name}: found by ${found} of ${seeds} seeds`);
  }
}

/** Whether the property tests hold with a seed that is drawn now; the runner prints it. */
function checkProperties(): boolean {
  const files = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join(root, 'test', file))
    .filter((file) => readFileSync(file, 'utf8').includes("from 'fast-check'"));
  const env = { ...process.env, DRIFTCAST_TEST_SEED: 'random' };
  return (
    spawnSync(process.execPath, [path.join(root, 'test/run.mjs'), ...files], { stdio: 'inherit', env }).status === 0
  );
}

const asked = parse(process.argv.slice(2));
if (typeof asked === 'string') console.log(asked);
else if (asked.planted) await tellPlanted(asked);
else {
  const failed = await simulateAll(asked);
  const propertiesHold = !asked.properties || checkProperties();
  process.exitCode = failed.length === 0 && propertiesHold ? 0 : 1;
}

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { provenance } from '../bench/quality/results.ts';
import type { Fault, FaultRow } from './fault.ts';
import { faultsOf } from './faults.ts';
import { perform } from './perform.ts';
import { isClean, readRows, renderRows, writeReport } from './report.ts';
import { openTheatre } from './theatre.ts';

const results = fileURLToPath(new URL('../bench/results/faults.json', import.meta.url));
/** Three series, a message a minute each. */
const steps = 400;

const usage = `npm run faults -- [--only NAME,...] [--times N] [--seed N] [--missing] [--away-seconds N] [--out FILE]

  --only NAME,...   some faults; printed, and written only where --out says
  --times N         each fault this often, instead of as often as the table says
  --seed N          of the moments and lengths (default 1): the same seed does the same again
  --missing         only faults that the report does not have yet: goes on after a run that was cut off
  --away-seconds N  how long InfluxDB is away (default 60)
  --list            says what there is
  --out FILE        the report (default test/bench/results/faults.json)

Attacks a running driftcast between a real Kafka broker and a real InfluxDB, both started here and stopped at the end, and
compares what it leaves with an undisturbed run, point by point. Exit status 1 where anything differs.
Needs what deploy/native/kafka.sh and influxdb.sh need.`;

interface Asked {
  readonly faults: readonly Fault[];
  readonly times: number | null;
  readonly seed: number;
  /** null: only printed. */
  readonly out: string | null;
  readonly known: readonly FaultRow[];
  readonly command: string;
}

function parse(args: string[]): Asked | string {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      times: { type: 'string' },
      seed: { type: 'string', default: '1' },
      missing: { type: 'boolean', default: false },
      'away-seconds': { type: 'string', default: '60' },
      list: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return usage;
  const [seed, awaySeconds, times] = [Number(values.seed), Number(values['away-seconds']), Number(values.times ?? 1)];
  if (!Number.isInteger(seed) || !(awaySeconds > 0) || !Number.isInteger(times) || times < 1) return usage;
  const all = faultsOf({ databaseAwayMs: awaySeconds * 1000 });
  if (values.list)
    return all.map(({ name, summary, times: often }) => `${name}: ${summary} (${often} times)`).join('\n');
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !all.some((fault) => fault.name === name));
  if (unknown !== undefined)
    return `no fault is called "${unknown}"; there are ${all.map(({ name }) => name).join(', ')}`;
  const out = values.out ?? (only === undefined && values.times === undefined ? results : null);
  const known = values.missing ? readRows(out ?? results) : [];
  return {
    faults: all.filter(({ name }) => (only?.includes(name) ?? true) && !known.some(({ fault }) => fault === name)),
    times: values.times === undefined ? null : times,
    seed,
    out,
    known,
    command: ['npm run faults', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  };
}

async function attack(asked: Asked): Promise<boolean> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { measured_at: when, machine, commit } = provenance(asked.command);
  const opening = openTheatre(steps, null);
  stopOnSignal(() => opening.then(({ close }) => close()));
  const { at, close } = await opening;
  const rows = [...asked.known];
  try {
    for (const fault of asked.faults) {
      const times = asked.times ?? fault.times;
      say(
        `${fault.name}: ${fault.summary}; ${times} times; again with --only ${fault.name} --times ${times} --seed ${asked.seed}`,
      );
      const row = await perform(at, fault, times, asked.seed);
      for (const line of row.trouble) say(`  ${line}`);
      say(`  ${isClean(row) ? 'no difference' : 'NOT AS UNDISTURBED'}, ${row.wall_s.toFixed(0)} s`);
      rows.push(row);
      if (asked.out !== null) writeReport(asked.out, { machine, command: asked.command, commit, when, rows });
    }
  } finally {
    await close();
  }
  console.log(renderRows(rows));
  return rows.every(isClean);
}

/** What was started is stopped, too, when somebody interrupts. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(status);
      stopping = true;
      process.stderr.write(`${signal}: stopping the servers\n`);
      const end = () => process.exit(status);
      stop().then(end, end);
    });
  }
}

const asked = parse(process.argv.slice(2));
if (typeof asked === 'string') {
  console.log(asked);
  process.exitCode = asked.startsWith('no fault') ? 2 : 0;
} else process.exit((await attack(asked)) ? 0 : 1);

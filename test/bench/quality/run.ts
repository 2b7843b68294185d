import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dataFolder } from './data/data-folder.ts';
import type { QualityResult, QualityRow } from './quality-row.ts';
import { renderQuality } from './render-quality.ts';
import { provenance, type QualityEntry, type QualityReport, readReport, writeEntry } from './results.ts';
import { aqi36 } from './rows/aqi36.ts';
import { beijing, beijingWide } from './rows/beijing.ts';
import { etth1, etth196 } from './rows/etth1.ts';
import { exchangeRate, exchangeRate24 } from './rows/exchange-rate.ts';
import { factors200 } from './rows/factors.ts';
import { physionet } from './rows/physionet.ts';
import { smd, smd21 } from './rows/smd.ts';
import type { RunSettings } from './settings.ts';

const rows: readonly QualityRow[] = [
  ...[aqi36, physionet, etth1, etth196, exchangeRate, exchangeRate24],
  ...[smd, smd21, beijing, beijingWide, factors200],
];
const names = rows.map(({ name }) => name);
const keys = rows.flatMap((row) => row.keys);
const bench = fileURLToPath(new URL('..', import.meta.url));
const results = path.join(bench, 'results');
const [begin, end] = ['<!-- quality: written by `npm run bench:quality` -->', '<!-- end of quality -->'];

const usage = `npm run bench:quality -- [--only NAME,...] [--budget-seconds N] [--seeds N] [--quick] [--out DIR] [--set NAME=VALUE ...]

  --only NAME,...     some rows: ${names.join(', ')}
  --budget-seconds N  CPU seconds for each network (default 240)
  --seeds N           trainings of each, seeds 1 to N (default 1)
  --quick             tiny inputs, to see that everything runs
  --out DIR           where quality.json goes
  --tables            measure nothing: write the tables of test/bench/README.md from test/bench/results/quality.json
  --set NAME=VALUE    of the network and its training: width, patch, blocks, batch, dropout, weight_decay, learning_rate,
                      null_share, reuse, steps_max, gap_base

Data sets are read from ../shared/data or DRIFTCAST_DATA; a row whose set is not there is left out. Each result goes into
test/bench/results/quality.json and the tables of test/bench/README.md as soon as it is there, beside those of earlier runs. With
--quick or --set it is printed, and written only where --out says (--out test/bench/results: as any other).`;

interface Asked {
  readonly chosen: readonly QualityRow[];
  readonly settings: RunSettings;
  /** Folder of quality.json; null: nothing is written. */
  readonly out: string | null;
  readonly updatesReadme: boolean;
  readonly command: string;
}

function parse(args: string[]): Asked | string {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      'budget-seconds': { type: 'string', default: '240' },
      seeds: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      tables: { type: 'boolean', default: false },
      set: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return usage;
  const wanted = values.only?.split(',') ?? names;
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) return `no row is called "${unknown}"; there are ${names.join(', ')}`;
  const [budgetSeconds, seeds] = [Number(values['budget-seconds']), Number(values.seeds)];
  if (!(budgetSeconds > 0) || !(Number.isInteger(seeds) && seeds > 0)) return usage;
  const isOrdinary = !values.quick && values.set.length === 0;
  const out = values.out === undefined ? (isOrdinary ? results : null) : path.resolve(values.out);
  return {
    chosen: values.tables ? [] : rows.filter(({ name }) => wanted.includes(name)),
    settings: {
      quick: values.quick,
      budgetSeconds: values.quick ? 1 : budgetSeconds,
      seeds: Array.from({ length: seeds }, (_, i) => i + 1),
      overrides: Object.fromEntries(values.set.map((text) => [text.split('=')[0], text.slice(text.indexOf('=') + 1)])),
      say: (line) => void process.stderr.write(`${line}\n`),
    },
    out,
    updatesReadme: values.tables || (out === results && !values.quick),
    command: ['npm run bench:quality', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  };
}

/** Runs the chosen rows one after the other; what is done is written at once, so that a run can be cut off. */
async function measure({ chosen, settings, out, updatesReadme, command }: Asked): Promise<void> {
  for (const row of chosen) {
    const folder = dataFolder(row.folder);
    if (folder === null) {
      process.stderr.write(`${row.name}: left out, no ${row.folder} under ../shared/data or DRIFTCAST_DATA\n`);
      continue;
    }
    process.stderr.write(`${row.name} ...\n`);
    await row.run(folder, settings, (key, result) => {
      const { quick, budgetSeconds, seeds } = settings;
      const entry: QualityEntry = { ...result, ...provenance(command), quick, budget_s: budgetSeconds, seeds };
      console.log(renderQuality({ schema_version: 1, [key]: checked(key, entry) } as QualityReport));
      if (out === null) return;
      writeEntry(path.join(out, 'quality.json'), key, entry, keys);
      if (updatesReadme) writeReadme();
    });
  }
  if (updatesReadme) writeReadme();
}

function checked<R extends QualityResult>(key: string, result: R): R {
  for (const name of ['crps', 'mae', 'coverage90', 'ms_window', 'train_cpu_s'] as const)
    if (!Number.isFinite(result[name])) throw new Error(`${key}: ${name} is ${result[name]}`);
  return result;
}

/** The tables of the README from what results/quality.json holds. */
function writeReadme(): void {
  const report = readReport(path.join(results, 'quality.json'));
  const file = path.join(bench, 'README.md');
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file}: the lines "${begin}" and "${end}" are not there`);
  writeFileSync(file, `${text.slice(0, from)}${begin}\n\n${renderQuality(report)}\n\n${text.slice(to)}`);
  console.log(`wrote ${file}`);
}

async function main(): Promise<number> {
  const asked = parse(process.argv.slice(2));
  if (typeof asked === 'string') {
    (asked === usage ? console.log : console.error)(asked);
    return asked === usage && process.argv.includes('--help') ? 0 : 2;
  }
  // what TensorFlow reads when it loads: as main.ts sets it
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  await measure(asked);
  return 0;
}

// Engines' native threads may outlive their sessions.
process.exit(await main());

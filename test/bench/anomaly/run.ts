import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { useTrainingBackend } from '../../../src/infer/engines/training-backend.ts';
import { provenance } from '../quality/results.ts';
import type { AnomalyFileEntry } from './data/anomaly-file.ts';
import { filesOf, type SetName, setNames } from './data/anomaly-sets.ts';
import { runFile } from './detect/run-file.ts';
import { renderAnomaly } from './render-anomaly.ts';
import { type FileEntry, readAnomalyReport, writeFileEntry } from './results.ts';
import type { AnomalySettings } from './settings.ts';

const bench = fileURLToPath(new URL('..', import.meta.url));
const results = path.join(bench, 'results');
const [begin, end] = ['<!-- anomaly: written by `npm run bench:anomaly` -->', '<!-- end of anomaly -->'];

const usage = `npm run bench:anomaly -- [--only SET|SET/FILE,...] [--missing] [--budget-seconds N] [--seed N] [--quick] [--out DIR]

  --only SET,...      some sets (${setNames.join(', ')}) or files, as SMD/1-2
  --missing           only files that the report does not have yet: goes on after a run that was cut off
  --ablations         only one horizon, and no VAR base, on the files that settings may be chosen on; beside what is there
  --budget-seconds N  CPU seconds for each network at most (default 25)
  --seed N            of every training (default 1)
  --quick             tiny trainings, to see that everything runs
  --out DIR           where anomaly.json goes
  --tables            measure nothing: write the tables of test/bench/README.md from test/bench/results/anomaly.json

Data sets are read from ../shared/data or DRIFTCAST_DATA; a set that is not there is left out. Each file goes into
test/bench/results/anomaly.json and the tables of test/bench/README.md as soon as it is done. With --quick it is printed, and
written only where --out says.`;

interface Asked {
  readonly only: readonly string[];
  readonly missing: boolean;
  readonly settings: AnomalySettings;
  /** Folder of anomaly.json; null: nothing is written. */
  readonly out: string | null;
  readonly tablesOnly: boolean;
  readonly command: string;
}

function parse(args: string[]): Asked | string {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      missing: { type: 'boolean', default: false },
      ablations: { type: 'boolean', default: false },
      'budget-seconds': { type: 'string', default: '25' },
      seed: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      tables: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return usage;
  const only = values.only?.split(',') ?? [...setNames];
  const unknown = only.find((name) => !isSet(name.split('/')[0] ?? ''));
  if (unknown !== undefined) return `no set is called "${unknown}"; there are ${setNames.join(', ')}`;
  const [budgetSeconds, seed] = [Number(values['budget-seconds']), Number(values.seed)];
  if (!(budgetSeconds > 0) || !Number.isInteger(seed)) return usage;
  return {
    only,
    missing: values.missing,
    settings: {
      quick: values.quick,
      budgetSeconds: values.quick ? 1 : budgetSeconds,
      seed,
      ablations: values.ablations,
      say: (line) => void process.stderr.write(`${line}\n`),
    },
    out: values.out === undefined ? (values.quick ? null : results) : path.resolve(values.out),
    tablesOnly: values.tables,
    command: ['npm run bench:anomaly', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  };
}

const isSet = (name: string): name is SetName => (setNames as readonly string[]).includes(name);

/** The files that are asked for, set by set; a set that is not there is said and left out. */
function chosenFiles({ only, settings }: Asked): AnomalyFileEntry[] {
  return setNames.flatMap((set) => {
    if (!only.some((name) => name.split('/')[0] === set)) return [];
    const files = filesOf(set);
    if (files === null) {
      settings.say(`${set}: left out, it is not under ../shared/data or DRIFTCAST_DATA`);
      return [];
    }
    return files.filter(({ name }) => only.includes(set) || only.includes(`${set}/${name}`));
  });
}

async function measure(asked: Asked): Promise<void> {
  const { settings, out, missing, command } = asked;
  const report = out === null ? null : path.join(out, 'anomaly.json');
  const known = missing && report !== null ? readAnomalyReport(report).files : {};
  const files = chosenFiles(asked).filter(({ set, name }) => known[`${set}/${name}`] === undefined);
  if (files.length === 0) return;
  const backend = await useTrainingBackend('auto');
  for (const file of files) {
    const loaded = file.load();
    if (settings.ablations && !loaded.choosing) continue;
    const result = await runFile(loaded, backend, settings);
    const entry: FileEntry = { ...result, ...provenance(command), quick: settings.quick, seed: settings.seed };
    const shown = Object.entries(entry.detectors).map(([name, figures]) => `${name} ${figures.vus_pr.toFixed(3)}`);
    const opened = entry.detectors.driftcast?.opened_rate.toFixed(4) ?? '-';
    const cost = `${entry.train_cpu_s.toFixed(0)} CPU s of training, ${entry.ms_row.toFixed(2)} ms a row`;
    settings.say(`${file.set} ${file.name}: VUS-PR ${shown.join(', ')}; opened ${opened}; ${cost}`);
    if (report === null) console.log(renderAnomaly({ schema_version: 1, files: { [file.name]: entry } }));
    else writeFileEntry(report, entry, setNames);
    if (out === results && !settings.quick) writeReadme();
  }
}

/** The tables of the README from what results/anomaly.json holds. */
function writeReadme(): void {
  const report = readAnomalyReport(path.join(results, 'anomaly.json'));
  const file = path.join(bench, 'README.md');
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file}: the lines "${begin}" and "${end}" are not there`);
  writeFileSync(file, `${text.slice(0, from)}${begin}\n\n${renderAnomaly(report)}\n\n${text.slice(to)}`);
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
  if (asked.tablesOnly) writeReadme();
  else await measure(asked);
  return 0;
}

// Engines' native threads may outlive their sessions.
process.exit(await main());

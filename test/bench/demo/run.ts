import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { DemoSummary } from '../../../src/cli/demo/summary.ts';
import { provenance, rounded } from '../quality/results.ts';
import { type DemoReport, type DemoRow, demoRow, renderDemo } from './demo-report.ts';

const bench = fileURLToPath(new URL('..', import.meta.url));
const launcher = path.join(bench, '../../src/launch.mjs');
const [begin, end] = ['<!-- demo: written by `npm run bench:demo` -->', '<!-- end of demo -->'];

const usage = `npm run bench:demo -- [--seeds N] [--from N] [--days N] [--dry]

  --seeds N  how many seeds of the simulator (default 20)
  --from N   the first of them (default 101: none that anything was chosen on)
  --days N   simulated days of each (default 7)
  --dry      print the tables, write nothing

Runs \`driftcast demo\` for each seed as a user would; writes test/bench/results/demo.json and the tables of
test/bench/README.md.`;

/** The demo as a process of its own; its summary. */
function runDemo(seed: number, days: number): DemoSummary {
  const out = mkdtempSync(path.join(tmpdir(), 'driftcast-bench-demo-'));
  try {
    const args = ['demo', '--seed', String(seed), '--days', String(days), '--out', out];
    const run = spawnSync(process.execPath, [launcher, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (run.status !== 0) throw new Error(`seed ${seed}: the demo ended with ${run.status}: ${run.stderr}`);
    return JSON.parse(readFileSync(path.join(out, 'summary.json'), 'utf8')) as DemoSummary;
  } finally {
    rmSync(out, { recursive: true });
  }
}

function main(): number {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '20' },
      from: { type: 'string', default: '101' },
      days: { type: 'string', default: '7' },
      dry: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [seeds, from, days] = [Number(values.seeds), Number(values.from), Number(values.days)];
  if (values.help || !Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from) || !(days > 0)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const rows: DemoRow[] = [];
  let model = '';
  for (let seed = from; seed < from + seeds; seed++) {
    const summary = runDemo(seed, days);
    model = summary.model;
    const row = demoRow(summary);
    rows.push(row);
    const found = row.faults.filter((fault) => fault.found).length;
    process.stderr.write(`seed ${seed}: ${found} of ${row.faults.length} found, ${row.false_alarms} false alarms\n`);
  }
  const given = process.argv.slice(2);
  const { measured_at, command, commit, machine } = provenance(
    ['npm run bench:demo', ...(given.length > 0 ? ['--', ...given] : [])].join(' '),
  );
  const report: DemoReport = { schema_version: 1, command, commit, measured_at, machine, model, rows };
  console.log(renderDemo(report));
  if (!values.dry) write(report);
  return 0;
}

function write(report: DemoReport): void {
  writeFileSync(path.join(bench, 'results/demo.json'), `${JSON.stringify(rounded(report), null, 2)}\n`);
  const file = path.join(bench, 'README.md');
  const text = readFileSync(file, 'utf8');
  const [at, to] = [text.indexOf(begin), text.indexOf(end)];
  if (at < 0 || to < at) throw new Error(`${file}: the lines "${begin}" and "${end}" are not there`);
  writeFileSync(file, `${text.slice(0, at)}${begin}\n\n${renderDemo(report)}\n\n${text.slice(to)}`);
}

process.exitCode = main();

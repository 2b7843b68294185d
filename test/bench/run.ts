import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { csdiCost } from './csdi-cost.ts';
import { decodeWindow } from './decode-window.ts';
import { endToEnd } from './end-to-end.ts';
import { engines } from './engines.ts';
import { kafkaIngest } from './kafka-ingest.ts';
import { plan } from './plan.ts';
import { type PerformanceReport, renderTables } from './render-tables.ts';
import { scaling } from './scaling.ts';
import { sizeConstantsOf } from './size-constants.ts';
import { sizeCost } from './sizes.ts';
import { startup } from './startup.ts';

const benchmarks: readonly Benchmark[] = [
  decodeWindow,
  kafkaIngest,
  plan,
  sizeCost,
  engines,
  csdiCost,
  startup,
  scaling,
  endToEnd,
];
const names = benchmarks.map(({ name }) => name).join(', ');
const here = fileURLToPath(new URL('.', import.meta.url));
const [begin, end] = ['<!-- measured: written by `npm run bench` -->', '<!-- end of measured -->'];

const constantsFile = path.join(here, '../../src/cli/doctor/size-constants.json');

const usage = `npm run bench -- [--only NAME] [--quick] [--out DIR]

  --only NAME  one benchmark: ${names}
  --quick      tiny inputs, to see that everything runs
  --out DIR    where performance.json goes

A full run without --out replaces test/bench/results/performance.json and the tables of test/bench/README.md, and what \`driftcast doctor --size\` reckons with. A part of it, or a
quick one, is printed and written only where --out says.`;

/** Runs the chosen benchmarks one after the other, prints the tables and returns what performance.json holds. */
async function measure(chosen: readonly Benchmark[], quick: boolean): Promise<PerformanceReport> {
  const startMs = performance.now();
  const load1 = loadavg()[0];
  const keys: Record<string, number> = {};
  const tables: Record<string, PerformanceReport['benchmarks'][string]> = {};
  for (const { name, summary, run } of chosen) {
    process.stderr.write(`${name} ...\n`);
    const { rows, notes = [], ...result } = await run(quick);
    for (const [key, value] of Object.entries(result.keys)) {
      if (!(Number.isFinite(value) && value > 0)) throw new Error(`${name}: ${key} is ${value}`);
      keys[key] = significant(value);
    }
    tables[name] = { summary, rows: rows.map(rounded), notes };
  }
  return {
    schema_version: 1,
    measured_at: new Date().toISOString(),
    quick,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
    load1,
    seconds: significant((performance.now() - startMs) / 1000),
    ...keys,
    benchmarks: tables,
  };
}

const significant = (value: number): number => Number(value.toPrecision(4));
const rounded = (row: Readonly<Record<string, number | string>>) =>
  Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'number' ? significant(v) : v]));

async function writeReadme(report: PerformanceReport): Promise<void> {
  const file = path.join(here, 'README.md');
  const text = await readFile(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file}: the lines "${begin}" and "${end}" are not there`);
  await writeFile(file, `${text.slice(0, from)}${begin}\n\n${renderTables(report)}\n\n${text.slice(to)}`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const chosen = benchmarks.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) {
    console.error(`no benchmark is called "${values.only}"; there are ${names}`);
    return 2;
  }
  const quick = values.quick === true;
  const report = await measure(chosen, quick);
  console.log(renderTables(report));
  const whole = !quick && values.only === undefined;
  const dir = values.out ?? (whole ? path.join(here, 'results') : null);
  if (dir !== null) {
    await mkdir(dir, { recursive: true });
    await writeFile(path.join(dir, 'performance.json'), `${JSON.stringify(report, null, 2)}\n`);
  }
  if (whole && values.out === undefined) {
    await writeReadme(report);
    await writeFile(constantsFile, `${JSON.stringify(sizeConstantsOf({ ...report }), null, 2)}\n`);
  }
  return 0;
}

// Engines' native threads may outlive their sessions.
process.exit(await main());

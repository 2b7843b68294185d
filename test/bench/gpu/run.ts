import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type EngineChoice, nameOf } from '../../../src/infer/engines/choose.ts';
import { deviceFiles, gpusAmong } from '../../../src/infer/engines/visible-gpus.ts';
import { type EngineProcess, startEngine } from '../engine-process.ts';
import { provenance, rounded } from '../quality/results.ts';
import { checkSide, compareBatch, type Named } from './compare.ts';
import { nvidiaGpu } from './nvidia-smi.ts';
import { type GpuReport, type GpuRow, type GpuSide, isRight, renderGpu } from './report.ts';

const bench = fileURLToPath(new URL('..', import.meta.url));
const [begin, end] = ['<!-- gpu: written by `npm run bench:gpu` -->', '<!-- end of gpu -->'];
/** A Vulkan driver in software, and beside it the loader: comes with Debian's chromium. */
const software = '/usr/lib/chromium/vk_swiftshader_icd.json';
const fullBatches = [1, 4, 16, 64, 256, 1024, 4096];

const usage = `npm run bench:gpu -- [--quick] [--channels N] [--out DIR]

  --quick       tiny inputs, to see that everything runs
  --channels N  of the network (default 38)
  --out DIR     where gpu.json goes

Every engine that computes on a GPU here, in turns with onnx on the CPU; where there is no GPU, tensorflow on the CPU and WebGPU in
software (small batches), which shows that they are right and not how fast a GPU is. A full run without --out replaces
test/bench/results/gpu.json and the table of test/bench/README.md.`;

const candidates: readonly EngineChoice[] = [
  { engine: 'tensorflow', provider: 'cpu' },
  { engine: 'onnx', provider: 'cuda' },
  { engine: 'onnx', provider: 'webgpu' },
];

interface Measured extends Pick<GpuReport, 'sides' | 'rows' | 'notes'> {}

async function measure(quick: boolean, channels: number): Promise<Measured> {
  const start = (choice: EngineChoice, env = {}) => startEngine(choice, { quick, channels, env });
  const reference = await start({ engine: 'onnx', provider: 'cpu' });
  if (!('run' in reference)) throw new Error(`onnx on the CPU, the reference: ${reference.unusable}`);
  const sides: GpuSide[] = [];
  const rows: GpuRow[] = [];
  const notes: string[] = [];
  try {
    for (const choice of candidates) {
      const name = nameOf(choice);
      process.stderr.write(`${name} ...\n`);
      let engine = await start(choice);
      if (!('run' in engine) && choice.provider === 'webgpu' && existsSync(software)) {
        notes.push(`${name} in software, for want of another driver (${engine.unusable}).`);
        engine = await start(choice, {
          VK_DRIVER_FILES: software,
          LD_LIBRARY_PATH: [path.dirname(software), process.env.LD_LIBRARY_PATH ?? ''].join(':'),
        });
      }
      if ('run' in engine) {
        const measured = await measureSide({ name, engine }, reference, quick);
        sides.push(measured.side);
        rows.push(...measured.rows);
        if (!isRight(measured.side)) notes.push(`**${name} is wrong** and was not timed.`);
      } else notes.push(`${name} left out: ${engine.unusable}.`);
    }
  } finally {
    reference.end();
  }
  return { sides, rows, notes };
}

async function measureSide(named: Named, reference: EngineProcess, quick: boolean) {
  try {
    const side = await checkSide(named, reference);
    const isSoftware = named.name.endsWith('webgpu') && side.device === 'cpu';
    const batches = quick ? [1, 4] : isSoftware ? [1, 4, 16] : fullBatches;
    // the next batch is four times as large, and others need memory too
    const residentBytesMax = freemem() / 16;
    const effort = { batchMsMax: 2000, residentBytesMax, roundsMax: quick ? 3 : 100, budgetMs: quick ? 1 : 5000 };
    const rows: GpuRow[] = [];
    for (const size of isRight(side) ? batches : []) {
      const row = await compareBatch(named, reference, size, effort);
      rows.push(row);
      if (row.outcome !== 'ok') break;
    }
    return { side, rows };
  } finally {
    named.engine.end();
  }
}

function writeReadme(report: GpuReport): void {
  const file = path.join(bench, 'README.md');
  const text = readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file}: the lines "${begin}" and "${end}" are not there`);
  writeFileSync(file, `${text.slice(0, from)}${begin}\n\n${renderGpu(report)}\n\n${text.slice(to)}`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      channels: { type: 'string', default: '38' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const channels = values.quick ? 2 : Number(values.channels);
  if (values.help || !(Number.isInteger(channels) && channels > 0)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const given = process.argv.slice(2);
  const before = provenance(['npm run bench:gpu', ...(given.length > 0 ? ['--', ...given] : [])].join(' '));
  const measured = await measure(values.quick, channels);
  const report = rounded({
    schema_version: 1,
    quick: values.quick,
    ...before,
    gpus_visible: gpusAmong(deviceFiles()).vulkan,
    nvidia: nvidiaGpu(),
    channels,
    ...measured,
  }) as GpuReport;
  console.log(renderGpu(report));
  const whole = !values.quick && values.out === undefined;
  const out = values.out ?? (whole ? path.join(bench, 'results') : null);
  if (out !== null) {
    mkdirSync(out, { recursive: true });
    writeFileSync(path.join(out, 'gpu.json'), `${JSON.stringify(report, null, 2)}\n`);
  }
  if (whole) writeReadme(report);
  return report.sides.every(isRight) ? 0 : 1;
}

process.exit(await main());

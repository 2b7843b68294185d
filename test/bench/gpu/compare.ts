import { relativeError } from '../../diffusion/fixtures.ts';
import type { EngineProcess } from '../engine-process.ts';
import { measureInterleaved } from '../measure-interleaved.ts';
import { gpuMemoryUsedMb } from './nvidia-smi.ts';
import type { GpuRow, GpuSide } from './report.ts';

/** An engine that is held against ONNX Runtime on the CPU. */
export interface Named {
  readonly name: string;
  readonly engine: EngineProcess;
}

/** Single precision throughout: what test/infer/engines asks of every engine. */
const errorMax = 1e-4;
const parityBatch = 8;

/** How far it is from what the reference computes. */
export async function checkSide({ name, engine }: Named, reference: EngineProcess): Promise<GpuSide> {
  const job = { kind: 'batch', size: parityBatch, results: true } as const;
  const [own, expected] = [await engine.run(job, 'batch'), await reference.run(job, 'batch')];
  const numbers = ({ batch: { law } }: typeof own) => Float64Array.of(...(law?.location ?? []), ...(law?.scale ?? []));
  const error = relativeError(numbers(own), numbers(expected));
  const { device, detail } = engine.probe;
  return { engine: name, device, detail, parity_error: error, parity_error_max: errorMax };
}

export interface Effort {
  /** A side stops after the first batch that takes longer. */
  readonly batchMsMax: number;
  /** A side stops after the first batch that leaves its process larger. */
  readonly residentBytesMax: number;
  readonly roundsMax: number;
  /** Of one size. */
  readonly budgetMs: number;
}

/**
 * One batch size, reference and side in turns. Says in the row how the side stands after it: `ok`, `slow` (a batch took more than
 * `batchMsMax`), `large` (it holds more than `residentBytesMax`), or why it failed.
 */
export async function compareBatch(
  { name, engine }: Named,
  reference: EngineProcess,
  size: number,
  { batchMsMax, residentBytesMax, roundsMax, budgetMs }: Effort,
): Promise<GpuRow> {
  const job = { kind: 'batch', size } as const;
  let residentBytes = 0;
  let gpuMb: number | null = null;
  const sampleOf = async (one: EngineProcess) => {
    const { batch } = await one.run(job, 'batch');
    if (one === engine) {
      residentBytes = Math.max(residentBytes, batch.residentBytes);
      gpuMb ??= gpuMemoryUsedMb();
    }
    return { wallMs: batch.wallMs };
  };
  const row = { engine: name, batch: size };
  try {
    const first = await sampleOf(engine); // compiles and allocates
    const again = first.wallMs > batchMsMax ? first : await sampleOf(engine);
    const pairMs = again.wallMs + (await sampleOf(reference)).wallMs;
    const rounds = again.wallMs > batchMsMax ? 1 : Math.max(3, Math.min(roundsMax, Math.floor(budgetMs / pairMs)));
    const [, own] = await measureInterleaved(
      [reference, engine].map((one) => ({ name, sample: () => sampleOf(one) })),
      rounds,
    );
    const wallMs = own.samples.map((sample) => sample.wallMs).sort((a, b) => a - b);
    const at = (share: number) => wallMs[Math.min(wallMs.length - 1, Math.floor(share * wallMs.length))];
    return {
      ...row,
      calls_per_s: (1000 * size) / own.median.wallMs,
      p50_ms: own.median.wallMs,
      p99_ms: at(0.99),
      over_onnx_cpu: own.ratio.wallMs,
      resident_mb: residentBytes / 1_048_576,
      gpu_mb: gpuMb,
      rounds,
      outcome: own.median.wallMs > batchMsMax ? 'slow' : residentBytes > residentBytesMax ? 'large' : 'ok',
    };
  } catch (error) {
    return { ...row, outcome: (error as Error).message };
  }
}

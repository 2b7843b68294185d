import type { Row } from '../benchmark.ts';
import type { Provenance } from '../quality/results.ts';
import { renderTable } from '../render-tables.ts';
import type { NvidiaGpu } from './nvidia-smi.ts';

export interface GpuSide {
  readonly engine: string;
  readonly device: 'cpu' | 'gpu';
  readonly detail: string;
  /** Largest difference from onnx on the CPU, relative to the largest value. */
  readonly parity_error: number;
  readonly parity_error_max: number;
}

export interface GpuRow {
  readonly engine: string;
  readonly batch: number;
  readonly calls_per_s?: number;
  readonly p50_ms?: number;
  readonly p99_ms?: number;
  readonly over_onnx_cpu?: number;
  readonly resident_mb?: number;
  /** In use on the whole GPU; null where nvidia-smi does not tell. */
  readonly gpu_mb?: number | null;
  readonly rounds?: number;
  /** ok; slow, large: larger batches were not tried, for their time or their memory; else why it failed. */
  readonly outcome: string;
}

/** What results/gpu.json holds. */
export interface GpuReport extends Pick<Provenance, 'measured_at' | 'command' | 'commit' | 'machine' | 'load1'> {
  readonly schema_version: 1;
  readonly quick: boolean;
  /** Device files of GPUs that are visible. */
  readonly gpus_visible: readonly string[];
  readonly nvidia: NvidiaGpu | null;
  readonly channels: number;
  readonly sides: readonly GpuSide[];
  readonly rows: readonly GpuRow[];
  /** What was left out here, and why. */
  readonly notes: readonly string[];
}

/** Whether it computes what the reference computes. What is wrong is not timed. */
export const isRight = ({ parity_error: error, parity_error_max: max }: GpuSide): boolean => error < max;

/** The report as Markdown. */
export function renderGpu(report: GpuReport): string {
  const { machine, nvidia, sides, rows, load1 } = report;
  const onGpu = sides.some(({ device }) => device === 'gpu');
  const gpu = nvidia === null ? report.gpus_visible.join(', ') || 'no GPU' : `${nvidia.name}, driver ${nvidia.driver}`;
  const warnings = [
    ...(report.quick ? ['Tiny inputs: these numbers mean nothing.'] : []),
    ...(onGpu
      ? []
      : [
          '**No GPU computed here.** What follows shows that the engines are right; it says nothing about a GPU’s speed. ' +
            'WebGPU ran in software, where it did.',
        ]),
  ];
  const parity = sides.map(
    ({ engine, device, detail, parity_error: error, parity_error_max: max }): Row => ({
      engine,
      device,
      found: detail,
      parity_error: error.toExponential(1),
      bound: max.toExponential(0),
    }),
  );
  const timed = rows.map((row): Row => {
    const { engine, batch, outcome } = row;
    const number = (value: number | null | undefined) =>
      value === null || value === undefined ? '-' : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
    return {
      engine,
      batch: String(batch),
      calls_per_s: number(row.calls_per_s),
      p50_ms: number(row.p50_ms),
      p99_ms: number(row.p99_ms),
      over_onnx_cpu: number(row.over_onnx_cpu),
      resident_mb: number(row.resident_mb),
      gpu_mb: number(row.gpu_mb),
      rounds: number(row.rounds),
      outcome,
    };
  });
  return [
    ...warnings,
    `${report.measured_at.slice(0, 10)}, \`${report.command}\`, commit ${report.commit || 'unknown'}; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load ${load1.toFixed(1)}; ${gpu}.`,
    `One null call of the default network (${report.channels} channels, 96 rows) for \`batch\` windows at once, in and out of the engine; a window takes up to seven such calls. Each engine in a process of its own, in turns with onnx on the CPU (one thread): \`over_onnx_cpu\` is the median over the rounds of its time over that of onnx right beside it. \`gpu_mb\` is what nvidia-smi says is in use on the whole GPU.`,
    ...(parity.length > 0 ? [renderTable(parity)] : []),
    ...(timed.length > 0 ? [renderTable(timed)] : []),
    ...report.notes,
  ].join('\n\n');
}

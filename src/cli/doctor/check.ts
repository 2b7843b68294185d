/** ok: fine; warning: works, could be better; failed: keeps the main job from running; skipped: not asked for, or not for this machine. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing that was looked at. */
export interface Check {
  /** Closed for machines: node, cores, memory, gpu, onnx, onnx_webgpu, onnx_cuda, tensorflow, wasm, engines, demo, folder, docker, kafka, influxdb. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found, for people. */
  readonly detail: string;
  /** What to do about it, or ''. */
  readonly remedy: string;
  /** The same for machines. */
  readonly facts: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** What `driftcast doctor --json` prints. */
export interface DoctorReport {
  readonly schema_version: 1;
  /** Whether the main job can run here: no check failed. */
  readonly ok: boolean;
  /** What `auto` means here; null where there is none. */
  readonly auto: {
    readonly inference: string | null;
    /** Of ONNX Runtime, where inference is onnx. */
    readonly provider: string | null;
    readonly training: string | null;
  };
  readonly checks: readonly Check[];
}

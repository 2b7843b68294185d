import type { CrpsForm, Figures } from './figures.ts';
import type { JointFigures } from './joint/score-joint.ts';
import type { RunSettings } from './settings.ts';

/** A figure from a paper or its repository, with where it was read. */
export interface Published {
  readonly crps?: number;
  readonly mae?: number;
  readonly crps_sum?: number;
  readonly source: string;
}

/** What is known of one key of results/quality.json when its run is over. */
export interface QualityResult extends Figures {
  /** Data, split, masks and what counts. */
  readonly protocol: string;
  readonly crps_form: CrpsForm;
  readonly cells: number;
  /** CPU milliseconds a window on the onnx engine, one thread: model call and base. */
  readonly ms_window: number;
  /** The same for eight joint paths of two steps, one window at a time. */
  readonly ms_window_paths?: number;
  /** CPU seconds of a training: bases, network and, where it goes through `driftcast train`, calibration. */
  readonly train_cpu_s: number;
  /** Standard deviation of a seed, by figure; empty with one seed. */
  readonly spread: Readonly<Record<string, number>>;
  /** Parts of what is served, on the same cells. */
  readonly parts: Readonly<Record<string, Figures>>;
  readonly baselines: Readonly<Record<string, Figures>>;
  readonly published: Readonly<Record<string, Published>>;
  /** Sums and threshold crossings over channels by the way that paths were made. */
  readonly joint?: {
    readonly unit: string;
    readonly windows: number;
    readonly methods: Readonly<Record<string, JointFigures>>;
  };
  readonly notes: readonly string[];
}

/** A part of the benchmark that is run as one: one training, one or more keys. */
export interface QualityRow {
  readonly name: string;
  /** Folder of the data set. */
  readonly folder: string;
  /** The keys of results/quality.json that it writes. */
  readonly keys: readonly string[];
  /** Gives each key's result as soon as it is there. */
  run(folder: string, settings: RunSettings, done: (key: string, result: QualityResult) => void): Promise<void>;
}

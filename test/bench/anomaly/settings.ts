/** What a run is asked for. */
export interface AnomalySettings {
  /** Tiny trainings: to see that everything runs. Its numbers mean nothing. */
  readonly quick: boolean;
  /** CPU seconds of each network's training at most. */
  readonly budgetSeconds: number;
  readonly seed: number;
  /** Only the ablations that take a pass or a training of their own, on files that settings may be chosen on. */
  readonly ablations: boolean;
  readonly say: (line: string) => void;
}

/** Rows of a window, the same for every set. */
export const windowRows = 48;
/** Asked of every file: the share of ordinary rows that may open an alarm. */
export const askedPValue = 0.01;

/** The learning rate over the steps of a training. */
export interface Schedule {
  readonly steps: number;
  /** Whether `steps` is final: until the pace of the machine is known it is the most there can be. */
  readonly paced: boolean;
  /** Steps of an early end: from the one where validation had not improved for long, to the last one. */
  readonly coolDown: { readonly from: number; readonly to: number } | null;
}

const warmUpSteps = 50;
/** Of the steps done, what an early end takes for the learning rate to come down. */
const coolDownShare = 0.1;

/** How many steps are done at the end. */
export const lastStep = ({ steps, coolDown }: Schedule): number => coolDown?.to ?? steps;

/**
 * Linear warm-up, then half a cosine down to zero at `steps` (Loshchilov & Hutter 2017). An early end does not cut it off at a
 * high rate, where weights still jump about: from there another half cosine takes the rate of that step down to zero.
 */
export function learningRateAt(step: number, schedule: Schedule, peak: number): number {
  const { steps, coolDown } = schedule;
  if (coolDown !== null && step >= coolDown.from) {
    const share = (step - coolDown.from) / (coolDown.to - coolDown.from);
    return learningRateAt(coolDown.from, { ...schedule, coolDown: null }, peak) * halfCosine(share);
  }
  const warm = Math.min(1, (step + 1) / Math.min(warmUpSteps, steps / 4 + 1));
  return peak * warm * halfCosine(step / steps);
}

/** The schedule that ends soon: at the next validation at least, and never later than it would have. */
export function coolDownFrom(step: number, schedule: Schedule, validateEverySteps: number): Schedule {
  const length = Math.max(validateEverySteps, Math.ceil(coolDownShare * step));
  return { ...schedule, coolDown: { from: step, to: Math.min(schedule.steps, step + length) } };
}

/**
 * Whether the weights are validated after this many steps: every so often once the warm-up is over (at most a twelfth of the
 * schedule, so that a short one has its choice too), and at the end.
 */
export function isValidated(done: number, schedule: Schedule, validateEverySteps: number): boolean {
  return done === lastStep(schedule) || (done > warmUpSteps && done % periodOf(schedule, validateEverySteps) === 0);
}

/** Steps between two validations. */
export const periodOf = ({ steps }: Schedule, validateEverySteps: number): number =>
  Math.min(validateEverySteps, Math.max(20, Math.floor(steps / 12)));

const halfCosine = (share: number): number => 0.5 * (1 + Math.cos(Math.PI * share));

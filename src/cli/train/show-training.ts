import cliProgress from 'cli-progress';
import type { TrainProgress } from '../../diffusion/train.ts';
import type { CliIo } from '../io.ts';

/** What a person sees of a training. */
export interface TrainingView {
  show(progress: TrainProgress): void;
  stop(): void;
}

/** On a terminal a bar, elsewhere (logs) a line a validation. */
export function showTraining(io: CliIo, stepsMax: number): TrainingView {
  if (!io.isTerminal) {
    return {
      show: (progress) => void (progress.validation === null || io.stderr.write(`${progressLine(progress)}\n`)),
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar(
    {
      format: 'training {bar} {value}/{total} steps | loss {loss} | validation {validation} of its base | {left} left',
      stream: io.stderr as NodeJS.WriteStream,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(stepsMax, 0, { loss: '-', validation: '-', left: '-' });
  let validation = '-';
  return {
    show: (progress) => {
      validation = progress.validation?.score.toFixed(3) ?? validation;
      bar.setTotal(progress.steps);
      bar.update(progress.step, { loss: progress.loss.toFixed(3), validation, left: timeLeft(progress) });
    },
    stop: () => bar.stop(),
  };
}

/** "step 300 of 3000: loss 0.412, validation CRPS 0.931 of its base (best 0.927 at step 200), 4 min left" */
export function progressLine(progress: TrainProgress): string {
  const { step, steps, loss, validation, best, endsEarly } = progress;
  const judged = validation === null ? '' : `, validation CRPS ${validation.score.toFixed(3)} of its base`;
  const so = best.step === 0 ? '(none better yet)' : `(best ${best.score.toFixed(3)} at step ${best.step})`;
  const end = endsEarly && step < steps ? ', nothing better for long: coming to an end' : '';
  return `step ${step} of ${steps}: loss ${loss.toFixed(3)}${judged} ${so}${end}, ${timeLeft(progress)} left`;
}

/** At the pace so far. */
function timeLeft({ step, steps, elapsedMs }: TrainProgress): string {
  const seconds = Math.ceil(((elapsedMs / step) * (steps - step)) / 1000);
  if (seconds < 100) return `${seconds} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

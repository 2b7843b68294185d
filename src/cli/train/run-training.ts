import { setImmediate } from 'node:timers/promises';
import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import { DriftcastError } from '../../core/errors.ts';
import { type Trained, type TrainingState, trainNetwork } from '../../diffusion/train.ts';
import type { TrainingBackend } from '../../infer/engines/training-backend.ts';
import type { CliIo } from '../io.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import type { Prepared } from './prepare.ts';
import { showTraining } from './show-training.ts';

export interface RunOptions {
  readonly budgetSeconds: number;
  /** Whether to go on from the checkpoint. */
  readonly resume: boolean;
}

/** Trains with a view for people and checkpoints on the disk. Errors: USAGE when a signal stops it, with a checkpoint written. */
export async function runTraining(
  { fitted, validationPlaces }: Prepared,
  checkpoint: CheckpointFile,
  config: PipelineConfig,
  backend: TrainingBackend,
  { budgetSeconds, resume }: RunOptions,
  io: CliIo,
): Promise<Trained> {
  const { train } = config;
  const state = await startingState(checkpoint, fitted.shape, resume, io);
  const view = showTraining(io, train.steps_max);
  let savedMs = io.clock.monotonicMs();
  let latest: (() => TrainingState) | null = null;
  const save = async (now: () => TrainingState) => {
    await checkpoint.write(now());
    savedMs = io.clock.monotonicMs();
  };
  try {
    const trained = await trainNetwork(fitted, validationPlaces, {
      stepsMax: train.steps_max,
      budgetMs: 1000 * budgetSeconds,
      batchWindows: train.batch_windows,
      learningRate: train.learning_rate,
      weightDecay: train.weight_decay,
      seed: train.seed,
      validateEverySteps: train.validate_every_steps,
      patience: train.patience_validations,
      ...(state === null ? {} : { resume: state }),
      elapsedMs: () => io.clock.monotonicMs(),
      betweenSteps: async (now) => {
        latest = now;
        await setImmediate(); // the engines hold the thread: no signal would come through
        if (io.signal.aborted) {
          await save(now);
          throw stoppedBySignal(checkpoint);
        }
        if (io.clock.monotonicMs() - savedMs >= 1000 * train.checkpoint_seconds) await save(now);
      },
      marginals: (weights, batch) => backend.marginals(fitted.shape, weights, batch),
      onProgress: view.show,
    });
    // what still comes can fail or be stopped: the training itself is done once
    if (latest !== null) await save(latest);
    return trained;
  } finally {
    view.stop();
  }
}

/** @param checkpoint null where there is nothing to go on from */
export const stoppedBySignal = (checkpoint: CheckpointFile | null): DriftcastError =>
  new DriftcastError('USAGE', 'training: stopped by a signal, no model is written', {
    hint: checkpoint === null ? 'Start it again.' : `The same command with --resume goes on from ${checkpoint.path}.`,
  });

async function startingState(
  checkpoint: CheckpointFile,
  shape: Prepared['fitted']['shape'],
  resume: boolean,
  io: CliIo,
): Promise<TrainingState | null> {
  const say = (line: string) => void io.stderr.write(`${line}\n`);
  if (!(await checkpoint.exists())) {
    if (resume) say(`--resume: there is no ${checkpoint.path}, training from the start`);
    return null;
  }
  if (!resume) {
    say(`training from the start; --resume would have gone on from ${checkpoint.path}, which is overwritten`);
    return null;
  }
  const state = await checkpoint.read(shape);
  say(`going on after step ${state.step} of ${state.schedule.steps}`);
  return state;
}

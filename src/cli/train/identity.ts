import { createHash } from 'node:crypto';
import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import type { GridSeries } from '../../diffusion/normal.ts';

/** SHA-256 of the gridded values with the names and starts of their series. */
export function dataFingerprint(series: readonly GridSeries[]): string {
  const hash = createHash('sha256');
  for (const { series: name, startMs, rows, values } of series) {
    hash.update(JSON.stringify([name, startMs, rows]));
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/** SHA-256 of every setting that the steps of a training depend on; how long it may take and how often it is saved do not count. */
export function settingsFingerprint({ channels, classes, window, model, train, score }: PipelineConfig): string {
  const { budget_seconds: _budget, checkpoint_seconds: _saved, ...steps } = train;
  const settings = {
    channels,
    classes,
    stepMs: window.step_ms,
    length: window.length_steps,
    horizon: model.horizon_steps,
    train: steps,
    crossGroups: score.cross_groups,
  };
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

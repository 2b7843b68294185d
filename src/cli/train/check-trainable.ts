import { formatDuration } from '../../config/format-duration.ts';
import { nearest } from '../../config/nearest.ts';
import type { PipelineConfig } from '../../config/pipeline-schema.ts';
import { DriftcastError } from '../../core/errors.ts';
import { classOf } from '../../core/series-class.ts';
import type { ModelBasis } from '../../diffusion/model.ts';
import { checkUsable, emptyChannels } from '../check-history.ts';
import type { History } from '../history/collect-history.ts';
import { windowPresence } from './window-presence.ts';

/** Of the values, how many may contradict another at the same time before they are taken for those of another device. */
const contradictingMax = 0.1;
/** Rows without any value: with more of them no window has enough to learn from. */
const filledRowsMin = 0.1;
/** Of the channels, what a window has to have at least something of: windows with fewer are not trained on anyway. */
const presentMin = 0.2;
/** Readings in one row, of which all but the last (or the aggregate) are lost. */
const readingsPerRowMax = 20;
const irregularRatio = 100;

/**
 * Fails with DATA_INSUFFICIENT or DATA_UNREADABLE where a history cannot train a model, and says what to do; gives what a person
 * should know about one that can.
 * @param allowMissing channels that the data do not know are left out of the model instead
 */
export function checkTrainable(
  history: History,
  config: PipelineConfig,
  data: string,
  allowMissing: boolean,
): string[] {
  const doing = `training on ${data}`;
  checkUsable(history, config, doing);
  if (!allowMissing) checkNames(history, config, doing);
  checkContradictions(history, doing);
  checkLength(history, config, doing);
  checkStep(history, config, doing);
  checkOverlap(history, config, doing);
  return [...warnings(history, config), ...emptyClasses(history, config)];
}

/** Classes that none of the series belongs to: most likely a name that is misspelt. */
function emptyClasses({ series }: History, { classes }: PipelineConfig): string[] {
  const found = new Set(series.map((one) => classOf(classes, one.series)));
  const names = series.slice(0, 8).map((one) => one.series);
  return classes.flatMap(({ name }, index) =>
    found.has(index)
      ? []
      : [`warning: class "${name}" has none of the series (${names.join(', ')}${series.length > 8 ? ', …' : ''})`],
  );
}

/** Channels that take no part in the model, for people. */
export function leftOut({ active, priors }: ModelBasis, config: PipelineConfig): string[] {
  const out = config.channels.flatMap(({ name }, c) => (active.includes(c) ? [] : [{ name, prior: priors[c] }]));
  const constant = out.filter(({ prior }) => prior !== undefined && prior.variance === 0 && prior.absMax > 0);
  const others = out.filter((one) => !constant.includes(one));
  const list = (some: typeof out) => some.map(({ name }) => name).join(', ');
  return [
    ...(constant.length === 0 ? [] : [`  constant, so not modelled: ${list(constant)}`]),
    ...(others.length === 0 ? [] : [`  hardly a value or hardly a change, so not modelled: ${list(others)}`]),
  ];
}

function checkNames(history: History, config: PipelineConfig, doing: string): void {
  if (history.names.size === 0) return;
  const absent = emptyChannels(history, config).filter((name) => !history.names.has(name));
  if (absent.length === 0) return;
  const own = new Set(config.channels.map(({ name }) => name));
  const others = [...history.names].filter((name) => !own.has(name));
  const said = absent.slice(0, 12).map((name) => {
    const meant = nearest(name, others);
    return meant === null ? `"${name}"` : `"${name}" (did you mean "${meant}"?)`;
  });
  throw new DriftcastError('DATA_INSUFFICIENT', `${doing}: the data have no channel ${said.join(', ')}`, {
    hint: `Correct channels in the pipeline, or train without them: --allow-missing. The data have: ${[...history.names].slice(0, 20).join(', ')}.`,
  });
}

function checkContradictions({ timing }: History, doing: string): void {
  const { contradictions, contradictory, values } = timing;
  if (contradictions <= contradictingMax * values) return;
  throw new DriftcastError(
    'DATA_UNREADABLE',
    `${doing}: ${percent(contradictions / values)} of the values contradict another one of the same channel and time (series "${contradictory}"): several devices under one name?`,
    { hint: 'Let decode.series tell them apart (a column, a key, one more tag), or choose one of them.' },
  );
}

function checkLength({ series, timing }: History, config: PipelineConfig, doing: string): void {
  const longest = series.reduce((most, { rows }) => Math.max(most, rows), 0);
  const { length_steps: length, step_ms: stepMs } = config.window;
  if (longest >= 3 * length) return;
  const finer =
    timing.intervalMs < stepMs / 2
      ? `, a window.step_ms nearer to the ${text(timing.intervalMs)} between two readings`
      : '';
  throw new DriftcastError(
    'DATA_INSUFFICIENT',
    `${doing}: the longest series has ${longest} rows, at least ${3 * length} are needed (three windows)`,
    { hint: `Use a longer history${finer}, or a smaller window.length_steps.` },
  );
}

function checkStep(history: History, config: PipelineConfig, doing: string): void {
  const { step_ms: stepMs } = config.window;
  const filled = filledRows(history, config.channels.length);
  if (filled >= filledRowsMin) return;
  throw new DriftcastError(
    'DATA_INSUFFICIENT',
    `${doing}: only ${percent(filled)} of the rows of ${text(stepMs)} have a value; readings of a series are ${text(history.timing.intervalMs)} apart (median)`,
    { hint: `Set window.step_ms to about ${text(history.timing.intervalMs)}, and train again.` },
  );
}

/** Rows of the grid with at least one value, of all of them. */
function filledRows({ series }: History, channels: number): number {
  let filled = 0;
  let rows = 0;
  for (const own of series) {
    rows += own.rows;
    for (let row = 0; row < own.rows; row++) {
      for (let i = row * channels; i < (row + 1) * channels; i++) {
        if (Number.isNaN(own.values[i] as number)) continue;
        filled++;
        break;
      }
    }
  }
  return rows === 0 ? 0 : filled / rows;
}

function checkOverlap(history: History, config: PipelineConfig, doing: string): void {
  const { together, alone } = windowPresence(history.series, config.channels.length, config.window.length_steps);
  if (together >= presentMin) return;
  const name = config.channels[alone]?.name ?? '';
  throw new DriftcastError(
    'DATA_INSUFFICIENT',
    `${doing}: the channels hardly overlap in time: a window of ${config.window.length_steps} rows has values of ${percent(together)} of them on average ("${name}" is most alone)`,
    { hint: 'Use a time in which they were all recorded (--from, --to), or a pipeline for each group of channels.' },
  );
}

function warnings({ timing, late, readings }: History, config: PipelineConfig): string[] {
  const { step_ms: stepMs, lateness_ms: latenessMs } = config.window;
  const { intervalMs, shortMs, longMs, contradictions, contradictory } = timing;
  const keepsOne = config.channels.some(({ aggregate }) => aggregate === 'last');
  return [
    ...(intervalMs > 2 * stepMs
      ? [
          `warning: readings are ${text(intervalMs)} apart (median), rows ${text(stepMs)}: most cells are empty; window.step_ms could be longer`,
        ]
      : []),
    ...(intervalMs < stepMs / readingsPerRowMax && keepsOne
      ? [
          `warning: readings are ${text(intervalMs)} apart (median), rows ${text(stepMs)}: channels with "aggregate: last" keep one of many; "mean" keeps what all say`,
        ]
      : []),
    ...(longMs > irregularRatio * shortMs
      ? [
          `warning: readings come irregularly, from ${text(shortMs)} to ${text(longMs)} apart (5 % and 95 %); rows are ${text(stepMs)}`,
        ]
      : []),
    ...(late > 0.01 * readings
      ? [
          `warning: ${late} of ${readings} readings are not in the order of time; in service they would come too late for window.lateness_ms ${text(latenessMs)}`,
        ]
      : []),
    ...(contradictions > 0
      ? [
          `warning: ${contradictions} values contradict another one of the same channel and time (series "${contradictory}"); one of them counts`,
        ]
      : []),
  ];
}

const text = (ms: number): string => formatDuration(Math.round(ms));
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

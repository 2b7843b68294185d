import type { z } from 'zod';
import type { baseShape } from './schema.ts';

type Base = { readonly [Key in keyof typeof baseShape]: z.output<(typeof baseShape)[Key]> } & {
  readonly source: { readonly type: string };
};

/** Reports what is wrong at a path; the message says what was expected. */
export type Report = (path: readonly (string | number)[], message: string) => void;

/** What no single key can tell: checks across the parts of a pipeline file. */
export function crossCheck(config: Base, report: Report): void {
  checkChannels(config, report);
  checkGrid(config, report);
  checkPlan(config, report);
  checkModel(config, report);
  checkOverload(config, report);
  checkAlert(config, report);
  checkClasses(config, report);
  checkDrift(config, report);
  checkGroups(config, report);
  checkState(config, report);
  checkEngine(config, report);
  const { enabled, host, token } = config.dashboard;
  if (enabled && !isLoopback(host) && token === '') {
    report(
      ['dashboard', 'token'],
      `required where dashboard.host (${host}) is not a loopback address; set it to \${DRIFTCAST_TOKEN}, or bind 127.0.0.1`,
    );
  }
}

/** Rows of a block that the course of a day can be told from. */
const DRIFT_ROWS_MIN = 24;

function checkDrift({ drift, window }: Base, report: Report): void {
  const leastMs = DRIFT_ROWS_MIN * window.step_ms;
  if (drift.block_ms !== 0 && drift.block_ms < leastMs)
    report(
      ['drift', 'block_ms'],
      `expected 0, or at least ${DRIFT_ROWS_MIN} steps (${leastMs} ms), got ${drift.block_ms} ms`,
    );
}

function checkGroups({ score, channels }: Base, report: Report): void {
  const home = new Map<string, string>();
  score.groups.forEach((group, g) => {
    const first = score.groups.findIndex(({ name }) => name === group.name);
    if (first < g)
      report(
        ['score', 'groups', g, 'name'],
        `"${group.name}" is already the name of group ${first}; names must be unique`,
      );
    if (group.name === 'rest')
      report(['score', 'groups', g, 'name'], '"rest" is the name of the channels that no group names');
    group.channels.forEach((name, c) => {
      const at = ['score', 'groups', g, 'channels', c] as const;
      const other = home.get(name);
      if (!channels.some((channel) => channel.name === name)) report(at, `no channel is called "${name}"`);
      else if (other !== undefined) report(at, `"${name}" is already in group "${other}"`);
      else home.set(name, group.name);
    });
    if (!channels.some(({ name, kind }) => kind === 'gauge' && group.channels.includes(name)))
      report(
        ['score', 'groups', g, 'channels'],
        'expected at least one channel of kind gauge: flags and commands are not scored',
      );
  });
}

function checkState({ state, source }: Base, report: Report): void {
  if (state.topic_prefix === '') return;
  if (state.path !== '')
    report(['state', 'topic_prefix'], 'expected this or state.path: both say where the one state is kept');
  if (source.type !== 'kafka')
    report(
      ['state', 'topic_prefix'],
      `expected source.type kafka, whose offsets the states live beside, got ${source.type}; use state.path`,
    );
}

function checkEngine({ infer: { engine, provider } }: Base, report: Report): void {
  if ((provider === 'webgpu' || provider === 'cuda') && engine !== 'auto' && engine !== 'onnx')
    report(
      ['infer', 'provider'],
      `expected auto with infer.engine ${engine}: ${provider} is a provider of the engine onnx`,
    );
}

function checkClasses({ classes }: Base, report: Report): void {
  classes.forEach(({ name }, index) => {
    const first = classes.findIndex((one) => one.name === name);
    if (first < index)
      report(['classes', index, 'name'], `"${name}" is already the name of class ${first}; names must be unique`);
  });
}

function checkAlert({ alert }: Base, report: Report): void {
  const { p_value: pValue, false_alarms_per_day: perDay, keep_p_value: keep } = alert;
  if (pValue !== undefined && perDay !== undefined)
    report(['alert', 'false_alarms_per_day'], 'expected this or alert.p_value: both say when an alarm opens');
  if (pValue !== undefined && keep < pValue)
    report(
      ['alert', 'keep_p_value'],
      `expected at least alert.p_value (${pValue}): what opens an alarm must also keep it open`,
    );
}

function checkChannels({ channels }: Base, report: Report): void {
  const firstByName = new Map<string, number>();
  channels.forEach((channel, index) => {
    const first = firstByName.get(channel.name);
    if (first !== undefined)
      report(
        ['channels', index, 'name'],
        `"${channel.name}" is already the name of channel ${first}; names must be unique`,
      );
    else firstByName.set(channel.name, index);
    if (channel.min >= channel.max)
      report(['channels', index, 'min'], `expected less than max (${channel.max}), got ${channel.min}`);
    if (channel.wraps_at > 0 && channel.aggregate !== 'rate')
      report(['channels', index, 'wraps_at'], `expected 0, or aggregate rate, got aggregate ${channel.aggregate}`);
    if (!channel.known_ahead) return;
    if (channel.kind === 'gauge')
      report(['channels', index, 'known_ahead'], 'expected kind command or flag: what is measured is not known ahead');
    if (channel.aggregate !== 'last')
      report(
        ['channels', index, 'aggregate'],
        `expected last where known_ahead is true: a plan that is made again replaces the one before, got ${channel.aggregate}`,
      );
  });
  if (!channels.some((channel) => channel.kind === 'gauge')) {
    report(['channels'], 'expected at least one channel of kind gauge: flags and commands are not scored');
  }
}

/** Rows ahead of arrival that are kept of a series at most. */
const AHEAD_ROWS_MAX = 20_000;

function checkGrid({ window, train, model }: Base, report: Report): void {
  const { step_ms: stepMs, ahead_of_arrival_ms_max: aheadMs } = window;
  if (aheadMs > AHEAD_ROWS_MAX * stepMs)
    report(
      ['window', 'ahead_of_arrival_ms_max'],
      `expected at most ${AHEAD_ROWS_MAX} steps (${AHEAD_ROWS_MAX * stepMs} ms), got ${aheadMs} ms`,
    );
  if (window.length_steps % train.patch_steps !== 0) {
    report(
      ['window', 'length_steps'],
      `expected a multiple of train.patch_steps (${train.patch_steps}), got ${window.length_steps}`,
    );
  }
  if (window.stride_steps > window.length_steps) {
    report(
      ['window', 'stride_steps'],
      `expected at most window.length_steps (${window.length_steps}), got ${window.stride_steps}`,
    );
  }
  if (model.forecast_every_steps % window.stride_steps !== 0) {
    report(
      ['model', 'forecast_every_steps'],
      `expected 0 or a multiple of window.stride_steps (${window.stride_steps}), got ${model.forecast_every_steps}`,
    );
  }
}

/** A window must keep at least this share of itself as the past of a forecast. */
const HORIZON_SHARE_MAX = 0.75;

/** Rows of a plan that are kept of a series at most. */
const PLAN_ROWS_MAX = 20_000;

function checkPlan({ channels, window, model }: Base, report: Report): void {
  const { step_ms: stepMs, plan_ahead_ms: planAheadMs } = window;
  if (planAheadMs === 0) return;
  const [leastMs, mostMs] = [model.horizon_steps * stepMs, PLAN_ROWS_MAX * stepMs];
  if (!channels.some(({ known_ahead }) => known_ahead))
    report(['window', 'plan_ahead_ms'], 'expected 0, or a channel with known_ahead: true');
  else if (planAheadMs < leastMs || planAheadMs > mostMs)
    report(
      ['window', 'plan_ahead_ms'],
      `expected 0, or from the forecast horizon (${leastMs} ms) to ${PLAN_ROWS_MAX} steps (${mostMs} ms), got ${planAheadMs} ms`,
    );
}

function checkModel({ window, model }: Base, report: Report): void {
  const horizonMax = Math.floor(window.length_steps * HORIZON_SHARE_MAX);
  if (model.horizon_steps > horizonMax) {
    report(
      ['model', 'horizon_steps'],
      `expected at most three quarters of window.length_steps (${horizonMax} of ${window.length_steps}), got ${model.horizon_steps}`,
    );
  }
  if (model.impute_delay_steps >= window.length_steps) {
    report(
      ['model', 'impute_delay_steps'],
      `expected less than window.length_steps (${window.length_steps}), got ${model.impute_delay_steps}`,
    );
  }
  const descent = model.quantiles.findIndex((level, index) => index > 0 && level <= model.quantiles[index - 1]);
  if (descent > 0)
    report(
      ['model', 'quantiles', descent],
      `expected quantiles in ascending order, got ${model.quantiles[descent]} after ${model.quantiles[descent - 1]}`,
    );
}

function checkOverload({ infer: { overload }, model, source, window }: Base, report: Report): void {
  const { steps } = overload;
  const twice = steps.findIndex((step, index) => steps.indexOf(step) < index);
  if (twice > 0) report(['infer', 'overload', 'steps', twice], `"${steps[twice]}" is named twice`);
  const samples = steps.indexOf('fewer_samples');
  if (samples >= 0 && model.sampler.steps === 1)
    report(
      ['infer', 'overload', 'steps', samples],
      'fewer_samples leaves nothing out where model.sampler.steps is 1: no joint paths are drawn',
    );
  const stride = steps.indexOf('longer_stride');
  const longest = Math.floor(window.length_steps / 4);
  if (stride >= 0 && window.stride_steps > longest)
    report(
      ['infer', 'overload', 'steps', stride],
      `longer_stride needs a window.stride_steps of at most a quarter of window.length_steps (${longest}), got ${window.stride_steps}: half of a window stays known`,
    );
  if (steps.length > 0 && source.type !== 'kafka')
    report(
      ['infer', 'overload', 'steps'],
      `only a feed from Kafka can lag: a source of type ${source.type} waits for the workers`,
    );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

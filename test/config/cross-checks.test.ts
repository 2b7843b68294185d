import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { pipelineSchema } from '../../src/config/pipeline-schema.ts';
import { fakeRegistry, goodYaml } from './fake-registry.ts';

const schema = pipelineSchema(fakeRegistry);
/** As goodYaml has it. */
const stepMs = 10_000;

/** Paths of the problems that the change brings. */
function broken(change: Record<string, unknown>): string[] {
  const result = schema.safeParse({ ...(parse(goodYaml) as object), ...change });
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'));
}

describe('crossCheck', () => {
  it('passes the defaults', () => assert.deepEqual(broken({}), []));

  it('wants unique channels, bounds in order and a gauge', () => {
    assert.deepEqual(broken({ channels: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] }), ['channels.2.name']);
    assert.deepEqual(broken({ channels: [{ name: 'a', min: 2, max: 2 }] }), ['channels.0.min']);
    assert.deepEqual(
      broken({
        channels: [
          { name: 'a', kind: 'flag' },
          { name: 'b', kind: 'command' },
        ],
      }),
      ['channels'],
    );
  });

  it('wants one way to say when an alarm opens, which also keeps it open', () => {
    assert.deepEqual(broken({ alert: { false_alarms_per_day: 1 } }), []);
    assert.deepEqual(broken({ alert: { false_alarms_per_day: 1, p_value: 0.01 } }), ['alert.false_alarms_per_day']);
    assert.deepEqual(broken({ alert: { p_value: 0.1, keep_p_value: 0.05 } }), ['alert.keep_p_value']);
  });

  it('wants steps of overload that leave something out, each once, of a feed that can lag', () => {
    const source = { type: 'kafka', brokers: ['b:1'], topics: ['t'] };
    const overload = (steps: readonly string[], more = {}) =>
      broken({ infer: { overload: { steps } }, source, ...more });
    const joint = { model: { path: 'm', sampler: { steps: 4 } } };
    assert.deepEqual(overload(['longer_stride', 'score_only']), []);
    assert.deepEqual(overload(['longer_stride', 'longer_stride']), ['infer.overload.steps.1']);
    assert.deepEqual(
      overload(['longer_stride'], {
        window: { step_ms: stepMs, length_steps: 32, stride_steps: 16 },
        model: { path: 'm', forecast_every_steps: 16 },
      }),
      ['infer.overload.steps.0'],
    );
    assert.deepEqual(overload(['fewer_samples']), ['infer.overload.steps.0']);
    assert.deepEqual(overload(['fewer_samples'], joint), []);
    assert.deepEqual(broken({ infer: { overload: { steps: ['score_only'] } } }), ['infer.overload.steps']);
  });

  it('wants blocks of drift that a day can be told from', () => {
    assert.deepEqual(broken({ drift: { block_ms: '1d' } }), []);
    assert.deepEqual(broken({ drift: { block_ms: 23 * stepMs } }), ['drift.block_ms']);
    assert.deepEqual(broken({ drift: { block_ms: 24 * stepMs } }), []);
  });

  it('wants groups of channels that are there, each in one, and something to score in each', () => {
    const channels = [{ name: 'a' }, { name: 'b' }, { name: 'c', kind: 'command' }];
    const groups = (...all: readonly (readonly [string, ...string[]])[]) =>
      broken({ channels, score: { groups: all.map(([name, ...own]) => ({ name, channels: own })) } });
    assert.deepEqual(groups(['x', 'a'], ['y', 'b', 'c']), []);
    assert.deepEqual(groups(['x', 'a', 'nothing']), ['score.groups.0.channels.1']);
    assert.deepEqual(groups(['x', 'a'], ['y', 'b', 'a']), ['score.groups.1.channels.1']);
    assert.deepEqual(groups(['x', 'a'], ['x', 'b']), ['score.groups.1.name']);
    assert.deepEqual(groups(['rest', 'a']), ['score.groups.0.name']);
    assert.deepEqual(groups(['x', 'c']), ['score.groups.0.channels']);
  });

  it('wants a provider of the engine that is asked for', () => {
    for (const infer of [
      { provider: 'cuda' },
      { engine: 'onnx', provider: 'webgpu' },
      { engine: 'wasm', provider: 'cpu' },
    ])
      assert.deepEqual(broken({ infer }), []);
    assert.deepEqual(broken({ infer: { engine: 'wasm', provider: 'webgpu' } }), ['infer.provider']);
    assert.deepEqual(broken({ infer: { engine: 'tensorflow', provider: 'cuda' } }), ['infer.provider']);
  });

  it('wants one place for the state, and beside offsets only where there are some', () => {
    const replay = { source: { type: 'replay', path: 'a.csv' } };
    const kafka = { source: { type: 'kafka', brokers: ['k:1'], topics: ['t'] } };
    assert.deepEqual(broken({ ...kafka, state: { topic_prefix: 'states' } }), []);
    assert.deepEqual(broken({ ...kafka, state: { path: 'state.json' } }), []);
    assert.deepEqual(broken({ ...kafka, state: { path: 'state.json', topic_prefix: 'states' } }), [
      'state.topic_prefix',
    ]);
    assert.deepEqual(broken({ ...replay, state: { topic_prefix: 'states' } }), ['state.topic_prefix']);
    assert.deepEqual(broken({ ...kafka, state: { topic_prefix: 'no spaces' } }), ['state.topic_prefix']);
  });

  it('wants classes with names of their own', () => {
    const one = { name: 'big', series: ['a*'] };
    assert.deepEqual(broken({ classes: [one, { ...one, name: 'small' }] }), []);
    assert.deepEqual(broken({ classes: [one, one] }), ['classes.1.name']);
  });

  it('wants a wrap of counters only, and no more rows ahead of arrival than are kept', () => {
    const wraps = (aggregate: string) => broken({ channels: [{ name: 'a', aggregate, wraps_at: 2 ** 32 }] });
    assert.deepEqual(wraps('rate'), []);
    assert.deepEqual(wraps('sum'), ['channels.0.wraps_at']);
    const ahead = (time: string) => broken({ window: { step_ms: 10, ahead_of_arrival_ms_max: time } });
    assert.deepEqual(ahead('200s'), []);
    assert.deepEqual(ahead('201s'), ['window.ahead_of_arrival_ms_max']);
  });

  it('wants plans of what is no gauge, where the last one counts', () => {
    const plan = (change: object) => [{ name: 'a' }, { name: 'b', kind: 'command', known_ahead: true, ...change }];
    assert.deepEqual(broken({ channels: plan({}) }), []);
    assert.deepEqual(broken({ channels: plan({ kind: 'flag' }) }), []);
    assert.deepEqual(broken({ channels: plan({ kind: 'gauge' }) }), ['channels.1.known_ahead']);
    assert.deepEqual(broken({ channels: plan({ aggregate: 'mean' }) }), ['channels.1.aggregate']);
  });

  it('wants plans kept for the horizon at least, for so many rows at most, and only where there are some', () => {
    const channels = [{ name: 'a' }, { name: 'b', kind: 'flag', known_ahead: true }];
    const kept = (plan_ahead_ms: string, own: unknown = channels) =>
      broken({ channels: own, window: { step_ms: 1000, plan_ahead_ms } });
    assert.deepEqual(kept('24s'), []);
    assert.deepEqual(kept('20000s'), []);
    for (const wrong of ['23s', '20001s']) assert.deepEqual(kept(wrong), ['window.plan_ahead_ms'], wrong);
    assert.deepEqual(kept('24s', [{ name: 'a' }]), ['window.plan_ahead_ms']);
    assert.deepEqual(kept('0s', [{ name: 'a' }]), []);
  });

  it('wants windows of whole patches and whole milliseconds', () => {
    assert.deepEqual(broken({ window: { step_ms: 1000, length_steps: 98 } }), ['window.length_steps']);
    assert.deepEqual(broken({ window: { step_ms: 1000, length_steps: 98 }, train: { patch_steps: 2 } }), []);
    for (const step of [0, 0.5, '0s'])
      assert.deepEqual(broken({ window: { step_ms: step } }), ['window.step_ms'], String(step));
  });

  it('wants forecasts on the stride', () => {
    assert.deepEqual(broken({ model: { forecast_every_steps: 6 } }), ['model.forecast_every_steps']);
    assert.deepEqual(broken({ model: { forecast_every_steps: 0 } }), []);
    assert.deepEqual(broken({ model: { forecast_every_steps: 12 } }), []);
  });

  it('leaves a forecast enough past', () => {
    assert.deepEqual(broken({ model: { horizon_steps: 72 } }), []);
    assert.deepEqual(broken({ model: { horizon_steps: 73 } }), ['model.horizon_steps']);
    assert.deepEqual(broken({ window: { step_ms: 1, length_steps: 16 } }), ['model.horizon_steps']);
    assert.deepEqual(broken({ model: { impute_delay_steps: 96 } }), ['model.impute_delay_steps']);
    assert.deepEqual(broken({ model: { impute_delay_steps: 95 } }), []);
  });

  it('wants quantiles in order', () => {
    assert.deepEqual(broken({ model: { quantiles: [0.1, 0.5, 0.5] } }), ['model.quantiles.2']);
    assert.deepEqual(broken({ model: { quantiles: [0.9, 0.1] } }), ['model.quantiles.1']);
  });

  it('wants an alarm kept by what opened it', () => {
    assert.deepEqual(broken({ alert: { p_value: 0.01, keep_p_value: 0.009 } }), ['alert.keep_p_value']);
    assert.deepEqual(broken({ alert: { p_value: 0.01, keep_p_value: 0.01 } }), []);
  });

  it('wants a token where others can reach the dashboard', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.5', 'example.org', '127.0.0.1.example.org']) {
      assert.deepEqual(broken({ dashboard: { host } }), ['dashboard.token'], host);
      assert.deepEqual(broken({ dashboard: { host, token: 'x' } }), [], host);
      assert.deepEqual(broken({ dashboard: { host, enabled: false } }), [], host);
    }
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1'])
      assert.deepEqual(broken({ dashboard: { host } }), [], host);
  });
});

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseLine } from '../sink/parse-line.ts';
import { runCli } from '../support/cli.ts';
import { assertSamePoints } from '../support/compare-points.ts';
import { type Points, pointKey } from '../support/influx.ts';
import { plant, plantChannels, plantRows, TinyPipeline } from '../support/tiny-pipeline.ts';

const addon = fileURLToPath(
  new URL('../../node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node', import.meta.url),
);
const skip = !existsSync(addon) && 'the addon is not built (npm run native-tf builds it)';

describe('native TensorFlow', { skip }, () => {
  let tiny: TinyPipeline;
  before(async () => {
    tiny = await TinyPipeline.create({
      channels: plantChannels,
      stepMs: plant.stepMs,
      source: { type: 'simulate', plant: 'server', seed: 9, steps: 120, faults: true },
      sinks: [{ type: 'line-protocol', path: 'results.lp' }],
      deadLetter: { type: 'file', path: 'dead.jsonl' },
    });
  });
  after(() => tiny?.remove());

  /** What a run with this engine wrote. Points written again replace the ones before, as in a database. */
  async function run(engine: string): Promise<{ points: Points; said: string }> {
    const file = `results-${engine}.lp`;
    const said = await runCli(['run', tiny.file, '--set', `infer.engine=${engine}`, '--set', `sinks.0.path=${file}`]);
    const points: Points = new Map();
    for (const line of (await readFile(path.join(tiny.folder, file), 'utf8')).split('\n')) {
      if (!line.startsWith('driftcast_')) continue;
      const { measurement, tags, fields, time } = parseLine(line);
      const key = pointKey(measurement, Object.fromEntries(tags), Number(time));
      points.set(key, { ...points.get(key), ...Object.fromEntries(fields) });
    }
    return { points, said };
  }

  it('trains, and infers in a process of its own what onnx infers', async () => {
    const trained = await tiny.train(plantRows(1000, { seed: 1 }), 'tensorflow');
    assert.match(trained, /training on tensorflow/);
    assert.equal(
      JSON.parse(await readFile(path.join(tiny.folder, 'model', 'manifest.json'), 'utf8')).trained.engine,
      'tensorflow',
    );

    const onnx = await run('onnx');
    const tensorflow = await run('tensorflow');
    assert.match(tensorflow.said, /"engine":"tensorflow"/);
    assert.match(onnx.said, /"engine":"onnx"/);
    assert.ok(onnx.points.size > 10_000, `${onnx.points.size} points`);
    // a score that differs in the last digit may change its rank among the remembered ones by a few, and so an alarm
    const exact = (points: Points): Points =>
      new Map(
        [...points]
          .filter(([key]) => !key.startsWith('driftcast_alert'))
          .map(([key, { p_value, alarm, top_channels, ...fields }]) => [key, fields]),
      );
    assertSamePoints(exact(tensorflow.points), exact(onnx.points), 1e-3);
  });
});

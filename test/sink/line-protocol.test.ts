import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { DriftcastError } from '../../src/core/errors.ts';
import { lineProtocolSink } from '../../src/sink/line-protocol.ts';
import { alertWith, contextWith, recordingTelemetry, scoresOf } from './fixtures.ts';

const folder = await mkdtemp(join(tmpdir(), 'driftcast-line-protocol-'));
after(() => rm(folder, { recursive: true }));
const head = '# DDL \\\nCREATE DATABASE driftcast\n# DML\n# CONTEXT-DATABASE: driftcast\n';

function build(options: Record<string, unknown>, told = recordingTelemetry()) {
  const context = contextWith({ telemetry: told.telemetry, resolvePath: (path) => join(folder, path) });
  return lineProtocolSink.build(lineProtocolSink.options.parse(options), context);
}

describe('lineProtocolSink', () => {
  test('its examples validate, unknown options do not', () => {
    for (const example of lineProtocolSink.examples) lineProtocolSink.options.parse(example);
    assert.equal(lineProtocolSink.options.safeParse({ path: 'x', pth: 'y' }).success, false);
    assert.equal(lineProtocolSink.options.safeParse({ path: 'x', database: 'a; DROP' }).success, false);
  });

  test('writes a head for the importer, then a line a point', async () => {
    const told = recordingTelemetry();
    const sink = build({ path: 'a.lp', sync: true }, told);
    assert.deepEqual(await sink.deliver([scoresOf('s', 2)]), []);
    assert.deepEqual(await sink.deliver([{ verdict: null, alerts: [alertWith()] }]), []);
    await sink.close();
    const text = await readFile(join(folder, 'a.lp'), 'utf8');
    assert.ok(text.startsWith(head));
    assert.deepEqual(
      text
        .slice(head.length)
        .split('\n')
        .map((line) => line.split(',')[0]),
      ['driftcast_score', 'driftcast_score', 'driftcast_alert', ''],
    );
    assert.equal(told.told.counts.get('points_written_total{"sink":"line-protocol"}'), 3);
    assert.equal(sink.health().ok, true);
  });

  test('starts anew with every run unless told to append', async () => {
    const path = join(folder, 'b.lp');
    const runWith = async (append: boolean) => {
      const sink = build({ path: 'b.lp', append });
      await sink.deliver([scoresOf('s', 1)]);
      await sink.close();
      return (await readFile(path, 'utf8')).slice(head.length).split('\n').length - 1;
    };
    assert.deepEqual(
      [await runWith(false), await runWith(true), await runWith(true), await runWith(false)],
      [1, 2, 3, 1],
    );
  });

  test('a run without results leaves the file of the run before alone', async () => {
    const sink = build({ path: 'c.lp' });
    await sink.deliver([scoresOf('s', 1)]);
    await sink.close();
    const { size } = await stat(join(folder, 'c.lp'));
    await build({ path: 'c.lp' }).close();
    assert.equal((await stat(join(folder, 'c.lp'))).size, size);
  });

  test('batches delivered at once stand in the order of the calls', async () => {
    const sink = build({ path: 'd.lp' });
    await Promise.all(['a', 'b', 'c', 'd'].map((series) => sink.deliver([scoresOf(series, 1)])));
    await sink.close();
    const lines = (await readFile(join(folder, 'd.lp'), 'utf8')).slice(head.length).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => /series=(\w)/.exec(line)?.[1]),
      ['a', 'b', 'c', 'd'],
    );
  });

  test('a full device is SINK_FAILED, says where, and shows in the health', async () => {
    const context = contextWith();
    const sink = lineProtocolSink.build(lineProtocolSink.options.parse({ path: '/dev/full' }), context);
    await assert.rejects(sink.deliver([scoresOf('s', 1)]), (error) => {
      assert.ok(error instanceof DriftcastError);
      assert.equal(error.code, 'SINK_FAILED');
      assert.equal(error.retryable, true);
      assert.match(error.message, /^opening \/dev\/full: ENOSPC/);
      return true;
    });
    assert.equal(sink.health().ok, false);
    await sink.close();
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gpuMemoryUsedMb, nvidiaGpu } from './nvidia-smi.ts';
import { type GpuReport, isRight, renderGpu } from './report.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-bench-gpu-'));
after(() => rmSync(dir, { recursive: true }));

const readReport = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as GpuReport;
const committed = path.join(here, '../results/gpu.json');

describe('npm run bench:gpu', () => {
  test('--quick holds every engine that is here against onnx on the CPU, and times it', (t) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), path.join(here, 'run.ts'), '--quick', '--out', dir],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    const report = readReport(path.join(dir, 'gpu.json'));
    assert.equal(report.quick, true);
    assert.match(stdout, /these numbers mean nothing/);
    assert.ok(report.sides.every(isRight));
    assert.equal(
      /No GPU computed here/.test(stdout),
      report.sides.every(({ device }) => device === 'cpu'),
    );
    for (const { engine } of report.sides) {
      const rows = report.rows.filter((row) => row.engine === engine);
      assert.deepEqual(
        rows.map(({ batch }) => batch),
        [1, 4],
      );
      for (const row of rows) {
        assert.equal(row.outcome, 'ok');
        for (const value of [row.calls_per_s, row.p50_ms, row.p99_ms, row.over_onnx_cpu, row.resident_mb])
          assert.ok(Number.isFinite(value) && Number(value) > 0, JSON.stringify(row));
        assert.ok(Number(row.p99_ms) >= Number(row.p50_ms));
      }
    }
    const all = report.sides.length + report.notes.filter((note) => / left out: /.test(note)).length;
    assert.equal(all, 3, 'what was not measured is named');
    if (report.sides.length === 0) t.skip('neither native TensorFlow nor a Vulkan driver is here');
  });

  test('the README shows what results/gpu.json holds, from a full run', () => {
    assert.ok(existsSync(committed));
    const report = readReport(committed);
    assert.equal(report.quick, false);
    const readme = readFileSync(path.join(here, '../README.md'), 'utf8');
    assert.ok(readme.includes(renderGpu(report)), 'the table is not that of the results: npm run bench:gpu');
  });

  test('tells apart what is right, and says loudly that no GPU was there', () => {
    const report = readReport(committed);
    const side = { engine: 'x', device: 'cpu', detail: '', parity_error: 2e-4, parity_error_max: 1e-4 } as const;
    assert.equal(isRight(side), false);
    assert.equal(isRight({ ...side, parity_error: Number.NaN }), false);
    assert.equal(isRight({ ...side, parity_error: 1e-6 }), true);
    assert.match(renderGpu({ ...report, sides: [side] }), /\*\*No GPU computed here\.\*\*/);
    assert.doesNotMatch(renderGpu({ ...report, sides: [{ ...side, device: 'gpu' }] }), /No GPU computed/);
  });
});

describe('nvidia-smi', () => {
  const answering = (text: string) => () => text;
  const failing = () => {
    throw new Error('spawnSync nvidia-smi ENOENT');
  };

  test('its answers are read', () => {
    assert.deepEqual(nvidiaGpu(answering('NVIDIA H100 80GB HBM3, 570.86.15, 81559\n')), {
      name: 'NVIDIA H100 80GB HBM3',
      driver: '570.86.15',
      memory_mb: 81_559,
    });
    assert.equal(gpuMemoryUsedMb(answering('1234\n5\n')), 1234);
  });

  test('its absence is no error', () => {
    for (const ask of [failing, answering('')]) {
      assert.equal(nvidiaGpu(ask), null);
      assert.equal(gpuMemoryUsedMb(ask), null);
    }
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import type { EngineChoice } from '../../../src/infer/engines/choose.ts';
import { probeApart } from '../../../src/infer/engines/probe-apart.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-probe-'));
after(() => rmSync(dir, { recursive: true }));

const onnx: EngineChoice = { engine: 'onnx', provider: 'webgpu' };
const tensorflow: EngineChoice = { engine: 'tensorflow', provider: 'cpu' };
const wasm: EngineChoice = { engine: 'wasm', provider: 'cpu' };

describe('probeApart', () => {
  const program = (name: string, text: string): string => {
    const file = path.join(dir, name);
    writeFileSync(file, text);
    return file;
  };

  it('reports what the probe says', async () => {
    const file = program(
      'good.mjs',
      'process.send({ usable: true, device: "gpu", detail: process.argv.slice(2).join(" "), remedy: "" });',
    );
    const probe = { usable: true, device: 'gpu', detail: 'onnx webgpu', remedy: '' };
    assert.deepEqual(await probeApart(onnx, 20_000, file), probe);
  });

  it('survives a library that crashes', async () => {
    const file = program(
      'crash.mjs',
      'console.error("a\\nillegal what");process.kill(process.pid, "SIGABRT");await 0;',
    );
    const probe = await probeApart(tensorflow, 20_000, file);
    assert.equal(probe.usable, false);
    assert.match(probe.detail, /ended its process with SIGABRT/);
    assert.equal(probe.remedy, 'npm run native-tf -- --rebuild');
  });

  it('tells how a process ended that said nothing', async () => {
    const file = program('exit.mjs', 'console.error("first\\nlast words"); process.exit(7);');
    assert.deepEqual(await probeApart(onnx, 20_000, file), {
      usable: false,
      device: 'cpu',
      detail: 'loading its library ended its process with status 7: last words',
      remedy: 'npm ci',
    });
  });

  it('ends one that hangs', async () => {
    const file = program('hang.mjs', 'setInterval(() => {}, 1000);');
    assert.match((await probeApart(onnx, 200, file)).detail, /did not answer within 0\.2 s/);
  });

  it('finds the wasm engine of this clone', async () => {
    const probe = await probeApart(wasm);
    assert.deepEqual([probe.usable, probe.remedy], [true, '']);
  });
});

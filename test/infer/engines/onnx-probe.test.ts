import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'node:test';
import type { Engine } from '../../../src/infer/engines/engine.ts';
import { onnxEngine } from '../../../src/infer/engines/onnx.ts';
import { probeOnnx } from '../../../src/infer/engines/onnx-probe.ts';
import { probeApart } from '../../../src/infer/engines/probe-apart.ts';

const software = '/usr/lib/chromium/vk_swiftshader_icd.json';

describe('probeOnnx', () => {
  it('finds a provider that computes something else', async () => {
    const probe = await probeOnnx('webgpu', async (model, provider) => {
      const engine = await onnxEngine.create(model, 'cpu');
      if (provider === 'cpu') return engine;
      const wrong: Engine = {
        name: 'onnx',
        device: 'gpu',
        marginals: async (batch) => {
          const { location, scale } = await engine.marginals(batch);
          return { location: location.map((value, i) => (i === 7 ? value + 0.1 : value)), scale };
        },
        paths: () => Promise.reject(new Error('not asked for')),
        dispose: () => engine.dispose(),
      };
      return wrong;
    });
    assert.equal(probe.usable, false);
    assert.match(probe.detail, /results are off by 0\.\d+/);
  });

  it('finds one that gives no numbers', async () => {
    const nowhere: Engine = {
      name: 'onnx',
      device: 'gpu',
      marginals: async () => ({ location: new Float32Array(96).fill(Number.NaN), scale: new Float32Array(96) }),
      paths: () => Promise.reject(new Error('not asked for')),
      dispose: async () => {},
    };
    const probe = await probeOnnx('webgpu', (model, provider) =>
      provider === 'cpu' ? onnxEngine.create(model, provider) : Promise.resolve(nowhere),
    );
    assert.match(probe.detail, /off by NaN/);
  });

  it('says in its own words why a provider does not start, and what to get', async () => {
    const failing = (message: string) => async () => {
      throw new Error(message);
    };
    const webgpu = await probeOnnx('webgpu', failing('a.cc:136 x was false. Failed to get a WebGPU adapter: no'));
    assert.deepEqual([webgpu.usable, webgpu.detail], [false, 'no Vulkan driver found a GPU']);
    assert.match(webgpu.remedy, /libvulkan1/);
    const cuda = await probeOnnx('cuda', failing('OrtX: Failed to load shared library'));
    assert.match(cuda.detail, /libonnxruntime_providers_cuda\.so/);
    assert.match(cuda.remedy, /npm rebuild onnxruntime-node/);
    assert.equal((await probeOnnx('cuda', failing('another\nline'))).detail, 'another');
  });

  describe('on a Vulkan driver in software', {
    skip: existsSync(software) ? false : `no ${software} (chromium)`,
  }, () => {
    const before = { ...process.env };
    afterEach(() => {
      for (const name of ['VK_DRIVER_FILES', 'LD_LIBRARY_PATH']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    });

    it('computes, and is not taken for a GPU', async () => {
      process.env.VK_DRIVER_FILES = software;
      process.env.LD_LIBRARY_PATH = `${path.dirname(software)}:${before.LD_LIBRARY_PATH ?? ''}`;
      const { usable, device, detail } = await probeApart({ engine: 'onnx', provider: 'webgpu' });
      assert.deepEqual([usable, device], [true, 'cpu'], detail);
      assert.match(detail, /in software/);
    });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  chooseEngine,
  type EngineAsked,
  type EngineChoice,
  engineNames,
  gpuOrder,
  isolationOf,
  loadEngine,
  nameOf,
  probeEngine,
  resolveEngine,
} from '../../../src/infer/engines/choose.ts';
import type { EngineProbe } from '../../../src/infer/engines/engine.ts';
import { gpusAmong } from '../../../src/infer/engines/visible-gpus.ts';

describe('engines', () => {
  it('each has a spec of its own name and isolation', async () => {
    assert.deepEqual([...engineNames].sort(), ['onnx', 'tensorflow', 'wasm']);
    for (const name of ['onnx', 'wasm'] as const) {
      const spec = await loadEngine(name);
      assert.equal(spec.name, name);
      assert.equal(spec.isolation, isolationOf(name));
    }
    assert.deepEqual((['tensorflow', 'onnx', 'auto', 'wasm'] as const).map(isolationOf), [
      'process',
      'process',
      'process',
      'thread',
    ]);
  });

  it('say what they are and that they can be used', async () => {
    const onnx = await probeEngine({ engine: 'onnx', provider: 'cpu' });
    assert.deepEqual([onnx.usable, onnx.device], [true, 'cpu']);
    assert.match(onnx.detail, /onnxruntime-node \d+\.\d+/);
    const wasm = await probeEngine({ engine: 'wasm', provider: 'cpu' });
    assert.deepEqual([wasm.usable, wasm.device], [true, 'cpu']);
    assert.match(wasm.detail, /tfjs \d.* wasm/);
  });

  it('auto on the CPU is ONNX Runtime; what is asked for by name is what one gets', async () => {
    assert.equal(await chooseEngine('auto'), 'onnx');
    assert.equal(await chooseEngine('wasm'), 'wasm');
  });
});

const auto: EngineAsked = { engine: 'auto', provider: 'auto' };
const none = gpusAmong([]);
const nvidia = gpusAmong(['/dev/nvidia0']);
const render = gpusAmong(['/dev/dri/renderD128']);
const onGpu: EngineProbe = { usable: true, device: 'gpu', detail: 'computes', remedy: '' };
const onCpu: EngineProbe = { ...onGpu, device: 'cpu', detail: 'in software' };
const absent: EngineProbe = { usable: false, device: 'cpu', detail: 'not there', remedy: 'get it' };

describe('gpuOrder', () => {
  const order = (asked: EngineAsked, gpus = nvidia) => gpuOrder(asked, gpus).map(nameOf);

  it('tries TensorFlow, then ONNX Runtime on CUDA and on WebGPU, where a GPU for it is visible', () => {
    assert.deepEqual(order(auto), ['tensorflow', 'onnx cuda', 'onnx webgpu']);
    assert.deepEqual(order(auto, render), ['onnx webgpu']);
    assert.deepEqual(order(auto, none), []);
  });

  it('keeps to the engine that is asked for, and to a provider', () => {
    assert.deepEqual(order({ ...auto, engine: 'onnx' }), ['onnx cuda', 'onnx webgpu']);
    assert.deepEqual(order({ ...auto, engine: 'wasm' }), []);
    assert.deepEqual(order({ ...auto, provider: 'cpu' }), []);
  });
});

describe('resolveEngine', () => {
  async function resolve(asked: EngineAsked, gpus = none, probes: Readonly<Record<string, EngineProbe>> = {}) {
    const tried: string[] = [];
    const probe = async (choice: EngineChoice) => {
      tried.push(nameOf(choice));
      return probes[nameOf(choice)] ?? absent;
    };
    const { load, idleGpu } = await resolveEngine(asked, gpus, probe);
    return { load: `${load.engine} ${load.provider}`, idleGpu, tried };
  }

  it('starts no process where no GPU is visible, and leaves the choice to the worker', async () => {
    assert.deepEqual(await resolve(auto), { load: 'auto cpu', idleGpu: [], tried: [] });
    assert.deepEqual((await resolve({ ...auto, engine: 'wasm' }, nvidia)).tried, []);
  });

  it('takes the first that computes on the GPU, and asks no further', async () => {
    const tensorflow = await resolve(auto, nvidia, { tensorflow: onGpu, 'onnx cuda': onGpu });
    assert.deepEqual(tensorflow, { load: 'tensorflow cpu', idleGpu: [], tried: ['tensorflow'] });
    const cuda = await resolve(auto, nvidia, { tensorflow: onCpu, 'onnx cuda': onGpu });
    assert.deepEqual([cuda.load, cuda.idleGpu], ['onnx cuda', []], 'an addon that computes on the CPU is passed over');
    assert.equal((await resolve({ ...auto, engine: 'onnx' }, render, { 'onnx webgpu': onGpu })).load, 'onnx webgpu');
  });

  it('takes no driver in software for a GPU, and says what was tried', async () => {
    const { load, idleGpu } = await resolve(auto, nvidia, { tensorflow: absent, 'onnx webgpu': onCpu });
    assert.equal(load, 'auto cpu');
    assert.deepEqual(idleGpu, [
      'tensorflow: not there (get it)',
      'onnx cuda: not there (get it)',
      'onnx webgpu: in software',
    ]);
  });

  it('does what it is told: a provider names the engine', async () => {
    assert.equal((await resolve({ engine: 'auto', provider: 'cuda' }, none)).load, 'onnx cuda');
    assert.equal((await resolve({ engine: 'auto', provider: 'cpu' }, nvidia)).load, 'onnx cpu');
    assert.equal((await resolve({ engine: 'tensorflow', provider: 'auto' }, none)).load, 'tensorflow cpu');
    assert.equal((await resolve({ engine: 'wasm', provider: 'cpu' }, nvidia)).load, 'wasm cpu');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseEngine, engineNames, isolationOf, loadEngine, probeEngine } from '../../../src/infer/engines/choose.ts';

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
    const onnx = await probeEngine('onnx');
    assert.ok(onnx.usable);
    assert.match(onnx.detail, /onnxruntime-node \d+\.\d+.*cpu/);
    const wasm = await probeEngine('wasm');
    assert.ok(wasm.usable);
    assert.match(wasm.detail, /tfjs \d.* wasm/);
  });

  it('auto without a GPU is ONNX Runtime; what is asked for by name is what one gets', async () => {
    assert.equal(await chooseEngine('auto', false), 'onnx');
    assert.equal(await chooseEngine('wasm', true), 'wasm');
  });
});

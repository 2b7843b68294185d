import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  deviceFiles,
  gpusAmong,
  isGpuFile,
  openGpuFiles,
  talksToGpu,
} from '../../../src/infer/engines/visible-gpus.ts';

describe('gpusAmong', () => {
  it('knows GPUs by their device files, and which of them CUDA may use', () => {
    const files = [
      ...['/dev/null', '/dev/nvidia0', '/dev/nvidia12', '/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/tty0'],
      ...['/dev/dri', '/dev/dri/card0', '/dev/dri/renderD128', '/dev/dxg'],
    ];
    assert.deepEqual(gpusAmong(files), {
      cuda: ['/dev/nvidia0', '/dev/nvidia12', '/dev/dxg'],
      vulkan: ['/dev/nvidia0', '/dev/nvidia12', '/dev/dri/renderD128', '/dev/dxg'],
    });
    assert.deepEqual(gpusAmong([]), { cuda: [], vulkan: [] });
  });

  it('takes no file of a driver in software for a GPU', () => {
    for (const file of ['/memfd:swiftshader_jit (deleted)', '/dev/udmabuf', '/dev/dri/card0', 'socket:[1]', ''])
      assert.equal(isGpuFile(file), false, file);
  });

  it('sees no GPU in the files that this process has open', () => {
    assert.deepEqual(openGpuFiles(), []);
    assert.equal(talksToGpu(), process.platform !== 'linux');
  });

  it('reads paths, also where there is no /dev/dri', () => {
    assert.ok(deviceFiles().every((file) => file.startsWith('/dev/')));
  });
});

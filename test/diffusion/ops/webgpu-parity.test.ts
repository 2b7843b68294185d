import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const seed = 27;

/** A Vulkan driver; chromium ships one in software. Its folder also holds the loader, libvulkan.so.1. */
const driver = [
  process.env.DRIFTCAST_TEST_VULKAN_ICD,
  process.env.VK_DRIVER_FILES,
  '/usr/lib/chromium/vk_swiftshader_icd.json',
].find((file) => file !== undefined && existsSync(file));
const skip =
  driver === undefined &&
  'no Vulkan driver: set DRIFTCAST_TEST_VULKAN_ICD to its .json (chromium ships vk_swiftshader_icd.json)';

describe(`ONNX Runtime on WebGPU (seed ${seed})`, { skip }, () => {
  it('computes what is written, every sampler', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('./webgpu-child.ts', import.meta.url)), `${seed}`],
      {
        env: {
          ...process.env,
          VK_DRIVER_FILES: driver,
          LD_LIBRARY_PATH: `${path.dirname(driver as string)}:${process.env.LD_LIBRARY_PATH ?? ''}`,
        },
      },
    );
    assert.equal(stdout, 'parity\n');
  });
});

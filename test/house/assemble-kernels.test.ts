import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assembleKernels } from './assemble-kernels.ts';

test('the bytes of every kernel are those of its text: npm run generate', async () => {
  const kernels = await assembleKernels();
  assert.ok(kernels.length > 0);
  for (const { file, text } of kernels) assert.equal(readFileSync(file, 'utf8'), text, file);
});

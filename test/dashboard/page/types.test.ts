import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test("the page's JavaScript agrees with its types and with what the server sends", async () => {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const project = fileURLToPath(new URL('../../../src/dashboard/page/jsconfig.json', import.meta.url));
  const problems = await promisify(execFile)(process.execPath, [compiler, '-p', project]).then(
    () => '',
    (failed: { readonly stdout: string }) => failed.stdout,
  );
  assert.equal(problems, '');
});

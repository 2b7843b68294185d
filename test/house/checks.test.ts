import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a tool of node_modules on the whole tree; what it prints is the failure. */
function tool(script: string, ...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [path.join(root, 'node_modules', script), ...args],
      { cwd: root, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => {
        if (error === null) resolve();
        else reject(new assert.AssertionError({ message: `${stdout}${stderr}`.trim() || error.message }));
      },
    );
  });
}

test('TypeScript finds no error', () => tool('typescript/bin/tsc', '--noEmit'));

test('Biome finds nothing to mend: npx biome check --write', () =>
  tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--reporter=summary'));

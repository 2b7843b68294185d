import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');

/** Packages that have an install script, which `.npmrc` keeps from running, and why we can do without it. */
const explained: Readonly<Record<string, string>> = {
  '@tensorflow/tfjs-node-gpu': 'downloads an old TensorFlow; `npm run native-tf` builds against a current one',
  'core-js': 'prints a plea for donations',
  'cpu-features': 'builds an addon for ssh2, which does without; comes with testcontainers',
  esbuild: 'only checks its binary, which is in a package of its own',
  'onnxruntime-node': 'downloads CUDA libraries; those for the CPU are in the package',
  protobufjs: 'prints a note about versions',
  ssh2: 'builds an optional addon; comes with testcontainers',
};

interface Entry {
  readonly hasInstallScript?: boolean;
}

test('no package of the lock file has an install script that is not explained here', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, Entry>> };
  const entries = Object.entries(packages).filter(([place]) => place !== '');
  assert.ok(entries.length > 100, 'nothing was looked at');
  const withScript = entries
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([place]) => place.replace(/^.*node_modules\//, ''));
  assert.deepEqual([...new Set(withScript)].sort(), Object.keys(explained).sort());
});

test('install scripts are off, whatever a package asks for', () => {
  assert.match(read('.npmrc'), /^ignore-scripts=true$/m);
});

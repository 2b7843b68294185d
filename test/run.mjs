// npm test [-- FILE|FOLDER|--node-option ...]: every *.test.ts under test/, or those named, with node's own test runner.
// test/house/ holds the type check, the linter and the rules of the house, so they are tests like the others.
// DRIFTCAST_TEST_SEED=N|random: the seed of the property tests. It is the same in every run unless asked for, so that what a new
// one finds is found at night (npm run nightly), and not in the midst of other work.
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const concurrency = 2; // files at a time; many start workers of their own
const fileTimeoutMs = 600_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const isOption = (argument) => argument.startsWith('-');
const options = process.argv.slice(2).filter(isOption);
const named = process.argv.slice(2).filter((argument) => !isOption(argument));

function testFiles(place) {
  if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) return [place];
  return readdirSync(place, { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.join(place, file)); // the runner sorts them
}

const files = (named.length > 0 ? named : [path.join(root, 'test')]).flatMap((place) => testFiles(path.resolve(place)));
const missing = files.filter((file) => !statSync(file, { throwIfNoEntry: false })?.isFile());
if (missing.length > 0 || files.length === 0) {
  process.stderr.write(`npm test: no test here: ${missing.concat(files.length === 0 ? named : []).join(', ')}\n`);
  process.exit(2);
}

const defaultSeed = 20_260_301;
const askedSeed = process.env.DRIFTCAST_TEST_SEED || String(defaultSeed);
const seed = askedSeed === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(askedSeed);
if (!Number.isInteger(seed) || Math.abs(seed) >= 2 ** 31) {
  process.stderr.write(`npm test: DRIFTCAST_TEST_SEED=${askedSeed}: neither a whole number of 32 bits nor random\n`);
  process.exit(2);
}
process.stdout.write(
  `property tests: seed ${seed} (again: DRIFTCAST_TEST_SEED=${seed}; another: DRIFTCAST_TEST_SEED=random)\n`,
);

const runner = spawn(
  process.execPath,
  [
    ...['--import', 'tsx', '--import', new URL('property-seed.mjs', import.meta.url).href],
    ...['--test', `--test-concurrency=${concurrency}`, `--test-timeout=${fileTimeoutMs}`],
    ...['--test-reporter', path.join(root, 'test/reporter.mjs'), '--test-reporter-destination', 'stdout'],
    ...options,
    ...files,
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { TF_CPP_MIN_LOG_LEVEL: '3', NVIDIA_TF32_OVERRIDE: '0', ...process.env, DRIFTCAST_TEST_SEED: String(seed) },
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => runner.kill(signal));
runner.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));

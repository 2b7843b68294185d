import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('run.mjs', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-run-'));
writeFileSync(path.join(dir, 'package.json'), '{ "type": "module" }');
after(() => rmSync(dir, { recursive: true }));

/** `npm test` on a folder that holds one test file with this text. */
function npmTest(name: string, text: string, seed?: string) {
  const file = path.join(dir, `${name}.test.ts`);
  writeFileSync(file, `import assert from 'node:assert/strict';\nimport { describe, test } from 'node:test';\n${text}`);
  // node would take it for a part of this run
  const { NODE_TEST_CONTEXT: _, DRIFTCAST_TEST_SEED: __, ...own } = process.env;
  const env = seed === undefined ? own : { ...own, DRIFTCAST_TEST_SEED: seed };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, file], { env, encoding: 'utf8' });
  return { status, stderr, lines: stdout.trimEnd().split('\n') };
}

describe('npm test', () => {
  it('succeeds, says why tests were skipped, and ends with the counts', () => {
    const { status, lines } = npmTest('fine', "test('a', () => {});\ntest('b', (t) => t.skip('no broker'));");
    assert.equal(status, 0);
    assert.deepEqual(
      lines.slice(-8).map((line) => line.replace(/[\d.]+$/, '')),
      ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms'].map((word) => `# ${word} `),
    );
    assert.match(lines.join('\n'), /^skipped: .*fine\.test\.ts: no broker$/m);
    assert.ok(lines.includes('# skipped 1') && lines.includes('# pass 1'));
  });

  it('fails where a test fails, with its difference once and its name at the end', () => {
    const { status, lines } = npmTest('bad', "describe('s', () => test('sum', () => assert.equal(1 + 1, 3)));");
    assert.equal(status, 1);
    assert.equal(lines.filter((line) => line.includes('2 !== 3')).length, 1);
    assert.match(lines.slice(0, -8).join('\n').trimEnd(), /\nfailed: .*bad\.test\.ts: sum$/);
  });

  it('fails where a file cannot be loaded, or is not there', () => {
    assert.equal(npmTest('broken', "import './nowhere.ts';").status, 1);
    const { status, stderr } = spawnSync(process.execPath, [script, 'test/no-such-folder'], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /no test here: .*no-such-folder/);
  });

  it('gives all property tests one seed, says which, and takes another', () => {
    const fastCheck = JSON.stringify(import.meta.resolve('fast-check'));
    const text = `import fc from ${fastCheck};
      test('a', (t) => t.diagnostic(\`drawn with \${fc.readConfigureGlobal().seed}: \${fc.sample(fc.nat(), 3)}\`));`;
    const told = (seed?: string) => {
      const { status, lines } = npmTest('property', text, seed);
      assert.equal(status, 0);
      const [, announced] = /^property tests: seed (-?\d+) /m.exec(lines.join('\n')) ?? [];
      const [, used, drawn] = /drawn with (-?\d+): (.+)$/m.exec(lines.join('\n')) ?? [];
      assert.equal(used, announced);
      return { used, drawn };
    };
    const usual = told();
    assert.deepEqual(told(), usual);
    assert.equal(told('-7').used, '-7');
    const [one, other] = [told('random'), told('random')];
    assert.ok(one.used !== other.used && one.drawn !== other.drawn);
    const { status, stderr } = npmTest('property', text, 'tuesday');
    assert.equal(status, 2);
    assert.match(stderr, /DRIFTCAST_TEST_SEED=tuesday/);
  });
});

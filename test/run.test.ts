import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('run.mjs', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-run-'));
after(() => rmSync(dir, { recursive: true }));

/** `npm test` on a folder that holds one test file with this text. */
function npmTest(name: string, text: string): { readonly status: number | null; readonly lines: readonly string[] } {
  const file = path.join(dir, `${name}.test.ts`);
  writeFileSync(file, `import assert from 'node:assert/strict';\nimport { describe, test } from 'node:test';\n${text}`);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // node would take it for a part of this run
  const { status, stdout } = spawnSync(process.execPath, [script, file], { env, encoding: 'utf8' });
  return { status, lines: stdout.trimEnd().split('\n') };
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
});

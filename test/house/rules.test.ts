import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { ambientUses } from './ambient.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const linesMax = 400;
const linesWanted = 300;

const sources = readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
  .sort();
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

describe('the house', () => {
  test('modules import only what .dependency-cruiser.cjs allows them', async () => {
    const options = await extractDepcruiseOptions(path.join(root, '.dependency-cruiser.cjs'));
    const { output } = await cruise(['src'], { ...options, baseDir: root, outputType: 'json' });
    const { summary } = JSON.parse(String(output));
    const violations = summary.violations.map(
      ({ rule, from, to, cycle }: Violation) =>
        `${rule.name}: ${from} -> ${cycle?.map(({ name }) => name).join(' -> ') ?? to}`,
    );
    assert.deepEqual(violations, []);
    assert.ok(summary.totalCruised > 100 && summary.ruleSetUsed.forbidden.length > 10, 'nothing was looked at');
  });

  test('only clock, rng and main take time, chance and the environment from the process', () => {
    const uses = sources
      .filter((file) => /\.(ts|mjs)$/.test(file) && !file.startsWith('src/dashboard/page/')) // the page is a browser's
      .flatMap((file) => ambientUses(file, textOf(file)));
    assert.deepEqual(uses, []);
  });

  test('that rule sees each way to break it', () => {
    const ways = [
      'const a = Date.now();',
      'const a = new Date();',
      'const a = new Date;',
      'const a = Date();',
      'const a = globalThis.performance.now();',
      'const a = process.hrtime.bigint();',
      'const a = Math.random();',
      'const { random: roll } = Math;',
      'const a = process.env.HOME;',
      'const { env } = process;',
      'process.exit(1);',
      "import { env } from 'node:process';",
      "import { performance } from 'node:perf_hooks';",
    ];
    for (const way of ways) assert.equal(ambientUses('src/score/made-up.ts', `// before\n${way}\n`).length, 1, way);
    assert.match(
      String(ambientUses('src/score/made-up.ts', '\nMath.random();')),
      /^src\/score\/made-up\.ts:2: Math\.random$/,
    );
    const fine =
      '// Date.now()\nconst a = new Date(0);\nconst b = "Math.random()";\nconst c = Math.round(Date.UTC(2026, 1));';
    assert.deepEqual(ambientUses('src/score/made-up.ts', fine), []);
    assert.deepEqual(ambientUses('src/core/clock.ts', 'Date.now();'), []);
    assert.deepEqual(
      ambientUses('src/telemetry/made-up.ts', "import { monitorEventLoopDelay } from 'node:perf_hooks';"),
      [],
    );
  });

  test(`no source file has over ${linesMax} lines`, (t) => {
    const long = sources
      .filter((file) => /\.(ts|js|mjs)$/.test(file))
      .map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > linesWanted);
    for (const { file, lines } of long) t.diagnostic(`warning: ${file} has ${lines} lines, over ${linesWanted}`);
    assert.deepEqual(
      long.filter(({ lines }) => lines > linesMax),
      [],
    );
  });
});

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
  readonly cycle?: readonly { readonly name: string }[];
}

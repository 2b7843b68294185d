import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Benchmark, BenchmarkResult } from './benchmark.ts';
import { measureInterleaved } from './measure-interleaved.ts';

const launch = fileURLToPath(new URL('../../src/launch.mjs', import.meta.url));

export const startup: Benchmark = {
  name: 'startup',
  summary:
    'Wall time of a whole process, from spawn to exit. The reference is `node -e 0`; `over_node` is the quotient. Loads ' +
    "and compiles the TypeScript sources as a user's first command does (with the loader's cache warm).",
  async run(quick): Promise<BenchmarkResult> {
    const sides = [
      side('node -e 0', ['-e', '0']),
      side('driftcast --version', [launch, '--version']),
      side('driftcast --help', [launch, '--help']),
    ];
    const measured = await measureInterleaved(sides, quick ? 1 : 3);
    const [node, version, help] = measured;
    return {
      keys: {
        startup_node_ms: node.median.wallMs,
        startup_version_ms: version.median.wallMs,
        startup_help_ms: help.median.wallMs,
        startup_version_over_node: version.ratio.wallMs,
        startup_help_over_node: help.ratio.wallMs,
      },
      rows: measured.map(({ name, median, ratio }) => ({
        command: name,
        wall_ms: median.wallMs,
        over_node: ratio.wallMs,
      })),
    };
  },
};

function side(name: string, args: readonly string[]) {
  return {
    name,
    async sample() {
      const startMs = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, {
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
      return { wallMs: performance.now() - startMs };
    },
  };
}

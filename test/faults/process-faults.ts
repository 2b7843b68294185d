import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/cli.ts';
import type { Fault } from './fault.ts';

/** How long after the begin of an attack its moment may be. */
const momentMsMax = 800;
/** A start takes a few seconds: a moment in it. */
const startMsMax = 3000;

export const processorKilled: Fault = {
  name: 'processor-killed',
  summary: 'kill -9 of the processor, every third time once more while it starts',
  times: 20,
  async attack(stage, rng) {
    await sleep(rng.integer(momentMsMax));
    await stage.end('SIGKILL');
    stage.start();
    if (rng.integer(3) === 0) {
      await sleep(rng.integer(startMsMax));
      await stage.end('SIGKILL');
      stage.start();
    }
    return performance.now();
  },
};

export const workerKilled: Fault = {
  name: 'worker-killed',
  summary: 'kill -9 of the worker that runs the model',
  times: 20,
  async attack(stage, rng) {
    await sleep(rng.integer(momentMsMax));
    let workers: number[] = [];
    await eventually(
      () => 'a worker of the processor',
      async () => {
        workers = await workersOf(stage.processor().child.pid);
        return workers.length > 0;
      },
    );
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    return performance.now();
  },
};

/** The workers among the children of a process, which has others too. */
async function workersOf(parent: number | undefined): Promise<number[]> {
  const workers: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // it may have ended meanwhile
    const [stat, commandLine] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
    );
    const parentOf = Number(/\) \S (\d+)/.exec(stat)?.[1]);
    if (parentOf === parent && commandLine.includes('worker-entry')) workers.push(Number(name));
  }
  return workers;
}

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '../../src/infer/engines/engine.ts';
import type { Benchmark, BenchmarkResult, Row } from './benchmark.ts';
import type { EngineJob, EngineReply } from './engine-child.ts';
import { measureInterleaved, type Side } from './measure-interleaved.ts';
import type { Timing } from './sample-time.ts';

interface EngineProcess {
  readonly name: EngineName;
  readonly child: ChildProcess;
}

export const engines: Benchmark = {
  name: 'engines',
  summary:
    'One batch of 32 calls (10 channels, 96 rows, default network) through each engine, and one training step ' +
    '(`lossAndGradients`, batch of 32) on the backends that train; each engine in a process of its own, measured in turns. ' +
    '`over_onnx` compares wall times (elapsed), `cpu_over_onnx` CPU time: TensorFlow may use all cores, the others use one.',
  async run(quick): Promise<BenchmarkResult> {
    const started = await Promise.all((['onnx', 'wasm', 'tensorflow'] as const).map((name) => start(name, quick)));
    const usable = started.filter((one): one is EngineProcess => 'child' in one);
    try {
      const sides: (Side<keyof Timing> & { engine: EngineName; job: EngineJob })[] = [];
      for (const job of ['marginals', 'training_step'] as const) {
        for (const { name, child } of usable) {
          if (job === 'training_step' && name === 'onnx') continue;
          sides.push({ name: `${name}_${job}`, engine: name, job, sample: () => sampleIn(child, job) });
        }
      }
      const measured = await measureInterleaved(sides, quick ? 1 : 3);
      const rows: Row[] = measured.map(({ median, ratio }, i) => ({
        what: sides[i].job,
        engine: sides[i].engine,
        wall_ms: median.wallMs,
        cpu_ms: median.cpuMs,
        over_onnx: ratio.wallMs,
        cpu_over_onnx: ratio.cpuMs,
      }));
      const keys = measured.flatMap(({ name, median, ratio }, i) => [
        [`${name}_ms`, median.wallMs],
        ...(i === 0 ? [] : [[`${name}_over_onnx`, ratio.wallMs]]),
      ]);
      return {
        keys: Object.fromEntries(keys),
        rows,
        notes: started.flatMap((one) => ('child' in one ? [] : [`${one.name} left out: ${one.detail}.`])),
      };
    } finally {
      for (const { child } of usable) child.disconnect(); // the child ends with its channel
    }
  },
};

async function start(name: EngineName, quick: boolean): Promise<EngineProcess | { name: EngineName; detail: string }> {
  const child = fork(fileURLToPath(new URL('./engine-child.ts', import.meta.url)), [name, quick ? 'quick' : 'full'], {
    execArgv: ['--no-deprecation', '--import', import.meta.resolve('tsx')],
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const reply = await nextReply(child);
  if (reply.kind === 'ready') return { name, child };
  child.disconnect();
  if (reply.kind === 'unusable' && name === 'tensorflow') return { name, detail: reply.detail };
  throw new Error(`starting the ${name} engine: ${JSON.stringify(reply)}`);
}

async function sampleIn(child: ChildProcess, job: EngineJob): Promise<Timing> {
  const reply = nextReply(child);
  child.send(job);
  const answer = await reply;
  if (answer.kind !== 'timing') throw new Error(`measuring ${job}: ${JSON.stringify(answer)}`);
  return answer.timing;
}

function nextReply(child: ChildProcess): Promise<EngineReply> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null) =>
      reject(new Error(`an engine's process ended with ${signal ?? code}`));
    child.once('exit', ended);
    child.once('message', (reply) => {
      child.off('exit', ended);
      resolve(reply as EngineReply);
    });
  });
}

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registerBacktest } from '../../src/cli/backtest.ts';
import { registerTrain } from '../../src/cli/train.ts';
import { registry } from '../../src/components.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { metricsJson } from '../../src/eval/metrics-json.ts';
import { madeUpPipeline } from '../support/made-up-csv.ts';
import { runCommand } from './test-io.ts';

/** What a command said, and the error that main would print. */
export interface Said {
  readonly text: string;
  readonly error: DriftcastError | null;
}

/** A folder with a pipeline, data files and what the commands make of them, in this process. */
export class MadeUpPlace {
  private constructor(readonly dir: string) {}

  static async create(pipeline: string = madeUpPipeline()): Promise<MadeUpPlace> {
    const place = new MadeUpPlace(await mkdtemp(path.join(tmpdir(), 'driftcast-cli-')));
    await place.write('pipeline.yaml', pipeline);
    return place;
  }

  at = (name: string): string => path.join(this.dir, name);
  write = (name: string, data: string | Uint8Array): Promise<void> => writeFile(this.at(name), data);
  read = (name: string): Promise<string> => readFile(this.at(name), 'utf8');
  remove = (): Promise<void> => rm(this.dir, { recursive: true, force: true });

  /** `driftcast train` with the wasm engine: the same on every machine. */
  train = (data: string, out = 'model', more: readonly string[] = [], pipeline = 'pipeline.yaml'): Promise<Said> =>
    run(registerTrain, [
      'train',
      this.at(pipeline),
      '--data',
      this.at(data),
      '--out',
      this.at(out),
      '--engine',
      'wasm',
      ...more,
    ]);

  backtest = (
    data: string,
    more: readonly string[] = ['--label', 'label'],
    pipeline = 'pipeline.yaml',
    model = 'model',
  ): Promise<Said> =>
    run(registerBacktest, [
      'backtest',
      this.at(pipeline),
      '--model',
      this.at(model),
      '--data',
      this.at(data),
      '--out',
      this.at('out'),
      ...more,
    ]);

  metrics = async () => metricsJson.parse(JSON.parse(await this.read('out/metrics.json')));

  /** Lines of a CSV file that was written, without its header. */
  rows = async (name: string): Promise<string[][]> =>
    (await this.read(name))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
}

async function run(register: typeof registerTrain, args: readonly string[]): Promise<Said> {
  const { stdout, stderr, error } = await runCommand(
    (program, io) => register(program, io, registry),
    args,
    {},
    systemClock,
  );
  if (error !== null && !(error instanceof DriftcastError)) throw error; // main would print a stack trace
  return { text: stdout + stderr, error };
}

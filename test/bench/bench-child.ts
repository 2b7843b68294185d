import { type ChildProcess, fork } from 'node:child_process';

/** A process of a benchmark's own, so that its CPU time and memory are nobody else's. It answers each job with one message. */
export class BenchChild<Job, Reply> {
  readonly #child: ChildProcess;
  readonly #what: string;

  /** @param what it is, in messages */
  constructor(
    what: string,
    file: URL,
    args: readonly string[] = [],
    nodeOptions: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
  ) {
    this.#what = what;
    this.#child = fork(file, args, {
      execArgv: ['--no-deprecation', ...nodeOptions, '--import', import.meta.resolve('tsx')],
      env: {
        ...process.env,
        TF_CPP_MIN_LOG_LEVEL: '2',
        TF_FORCE_GPU_ALLOW_GROWTH: 'true',
        NVIDIA_TF32_OVERRIDE: '0',
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
  }

  ask(job: Job): Promise<Reply> {
    const reply = this.next();
    this.#child.send(job as object);
    return reply;
  }

  /** What it says next. */
  next(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null, signal: string | null) =>
        reject(new Error(`${this.#what} ended with ${signal ?? code}`));
      this.#child.once('exit', ended);
      this.#child.once('message', (reply) => {
        this.#child.off('exit', ended);
        resolve(reply as Reply);
      });
    });
  }

  /** The child ends with its channel. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** In the child: answers jobs until the parent lets go. */
export function serveJobs<Job, Reply>(answer: (job: Job) => Promise<Reply>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (job: Job) => void answer(job).then((reply) => process.send?.(reply)));
}

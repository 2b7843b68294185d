import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';

/** A worker thread or child process, seen alike. */
export interface WorkerHandle {
  post(message: ToWorker): void;
  /** Ends it at once; `onExit` is called. */
  kill(): void;
}

export interface WorkerListener {
  onMessage(message: FromWorker): void;
  onExit(detail: string): void;
}

const entry = new URL('./worker-entry.mjs', import.meta.url);

export function startWorker(isolation: 'thread' | 'process', listener: WorkerListener): WorkerHandle {
  let ended = false;
  const exit = (detail: string) => {
    if (ended) return;
    ended = true;
    listener.onExit(detail);
  };
  if (isolation === 'thread') {
    const worker = new Worker(entry);
    worker.on('message', (message: FromWorker) => listener.onMessage(message));
    worker.on('error', (error) => exit(error.message));
    worker.on('exit', (code) => exit(`thread ended with ${code}`));
    return { post: (message) => worker.postMessage(message), kill: () => void worker.terminate() };
  }
  const child = fork(fileURLToPath(entry), { serialization: 'advanced', execArgv: ['--no-deprecation'] });
  child.on('message', (message) => listener.onMessage(message as FromWorker));
  child.on('error', (error) => exit(error.message));
  child.on('exit', (code, signal) => exit(`process ended with ${signal ?? code}`));
  return { post: (message) => void child.send(message, () => {}), kill: () => void child.kill('SIGKILL') };
}

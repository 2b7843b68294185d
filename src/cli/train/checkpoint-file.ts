import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DriftcastError, messageOf } from '../../core/errors.ts';
import { writeDurably } from '../../core/write-durably.ts';
import { decodeCheckpoint, encodeCheckpoint, type TrainingIdentity } from '../../diffusion/checkpoint.ts';
import type { NetworkShape } from '../../diffusion/network.ts';
import type { TrainingState } from '../../diffusion/train.ts';

const bytesMax = 2 ** 31;

/** The checkpoint of a training beside the package it is to become. */
export class CheckpointFile {
  readonly path: string;
  readonly #identity: TrainingIdentity;

  constructor(dir: string, identity: TrainingIdentity) {
    this.path = path.join(dir, 'checkpoint.safetensors');
    this.#identity = identity;
  }

  /** Whether there is one. */
  async exists(): Promise<boolean> {
    return stat(this.path).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  /** Errors: STATE_INVALID where it cannot be read, or is of another training. */
  async read(shape: NetworkShape): Promise<TrainingState> {
    const bytes = await this.#bytes();
    return decodeCheckpoint(bytes, this.#identity, shape);
  }

  /** Atomically, and on the disk when it resolves: a crash leaves the checkpoint before or this one. Errors: SINK_FAILED. */
  async write(state: TrainingState): Promise<void> {
    try {
      await writeDurably(this.path, [encodeCheckpoint(state, this.#identity)]);
    } catch (cause) {
      throw new DriftcastError('SINK_FAILED', `writing ${this.path}: ${messageOf(cause)}`, {
        cause,
        hint: 'Make room on the disk, then go on with --resume.',
      });
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  async #bytes(): Promise<Uint8Array> {
    try {
      const { size } = await stat(this.path);
      if (size > bytesMax) throw new Error(`${size} bytes, at most ${bytesMax} are read`);
      return await readFile(this.path);
    } catch (cause) {
      throw new DriftcastError('STATE_INVALID', `reading ${this.path}: ${messageOf(cause)}`, {
        cause,
        hint: 'Leave out --resume to start again.',
      });
    }
  }
}

/** What a worker holds, after a batch. */
export interface WorkerMemory {
  /** Of its process; null for a thread, which shares the memory of the others. */
  readonly residentBytes: number | null;
  /** Tensors that TensorFlow.js keeps alive; null for other engines. */
  readonly tensors: number | null;
}

export interface Outgrown {
  readonly reason: 'memory' | 'tensors';
  /** With figures, for the log. */
  readonly detail: string;
}

/**
 * Whether a worker has grown beyond what is allowed. Tensors are all disposed of after a batch: one more than after the warm-up is a
 * leak, however small.
 * @param residentBytesMax infinity: any
 */
export function outgrown(now: WorkerMemory, atStart: WorkerMemory, residentBytesMax: number): Outgrown | null {
  if (now.tensors !== null && atStart.tensors !== null && now.tensors > atStart.tensors)
    return { reason: 'tensors', detail: `it keeps ${now.tensors} tensors, ${atStart.tensors} after its start` };
  const { residentBytes } = now;
  if (residentBytes === null || residentBytes <= residentBytesMax) return null;
  const atFirst = atStart.residentBytes === null ? '' : `, ${megabytes(atStart.residentBytes)} after its start`;
  return {
    reason: 'memory',
    detail: `it holds ${megabytes(residentBytes)}${atFirst}; it may hold ${megabytes(residentBytesMax)}`,
  };
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;

/** Whether an engine's message says that memory, of the machine or of its GPU, did not suffice: fewer windows may fit. */
export const isOutOfMemory = (message: string): boolean =>
  /\bOOM\b|out of memory|RESOURCE_EXHAUSTED|Resource ?Exhausted|failed to allocate memory|allocation failed|bad_alloc/i.test(
    message,
  );

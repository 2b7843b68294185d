import { messageOf } from '../core/errors.ts';
import { type PersistOptions, persist } from './persist.ts';

/** Runs a task again for as long as the disk is full, which may pass. Rejects with anything else that goes wrong at once. */
export async function whileFull(task: () => Promise<void>, options: PersistOptions): Promise<void> {
  const answer = await persist<{ kind: 'done' } | { kind: 'broken'; error: unknown }>(
    () =>
      task().then(
        () => ({ kind: 'done' }),
        (error: unknown) =>
          isFull(error) ? { kind: 'unavailable', reason: messageOf(error) } : { kind: 'broken', error },
      ),
    options,
  );
  if (answer.kind === 'broken') throw answer.error;
}

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException)?.code));

/**
 * Runs tasks one after the other, in the order of the calls, each whatever became of the one before. A sink that wrote two
 * batches at once could let an older forecast overwrite a newer one. The line is as long as its callers' in-flight limit.
 */
export function createSerial(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task);
    last = next.catch(() => undefined);
    return next;
  };
}

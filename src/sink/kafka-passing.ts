/** What is read of an error of kafkajs. `errors`: the brokers have answered, with an error a topic. */
export interface ClientError {
  readonly retriable?: boolean;
  readonly errors?: readonly ClientError[];
}

/** Whether the same may succeed in a moment: a connection that was lost, a broker that is just starting. */
export function isPassing(error: unknown): boolean {
  const { retriable, errors } = (error ?? {}) as ClientError;
  return errors === undefined ? retriable === true : errors.some(isPassing);
}

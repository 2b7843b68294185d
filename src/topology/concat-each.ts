import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';

/**
 * `concatMap` for what mostly is there at once: the values of an array are passed on as they are, without an Observable, a subscription
 * and a teardown for each message. What comes while a promise is waited for, or while values are passed on, waits behind.
 */
export const concatEach =
  <T, R>(project: (value: T) => readonly R[] | Promise<readonly R[]>): OperatorFunction<T, R> =>
  (source) =>
    new Observable((subscriber) => {
      const each = new Each(project, subscriber);
      return source.subscribe({
        next: (value) => each.take(value),
        error: (error) => subscriber.error(error),
        complete: () => each.complete(),
      });
    });

class Each<T, R> {
  readonly #project: (value: T) => readonly R[] | Promise<readonly R[]>;
  readonly #subscriber: Subscriber<R>;
  readonly #waiting: T[] = [];
  #isBusy = false;
  #isComplete = false;

  constructor(project: (value: T) => readonly R[] | Promise<readonly R[]>, subscriber: Subscriber<R>) {
    this.#project = project;
    this.#subscriber = subscriber;
  }

  take(value: T): void {
    if (this.#isBusy) {
      this.#waiting.push(value);
      return;
    }
    this.#isBusy = true;
    this.#begin(value);
    this.#goOn();
  }

  complete(): void {
    this.#isComplete = true;
    if (!this.#isBusy) this.#subscriber.complete();
  }

  /** Ends busy where the value has to be waited for, idle where it is done. */
  #begin(value: T): void {
    const subscriber = this.#subscriber;
    let results: readonly R[] | Promise<readonly R[]>;
    try {
      results = this.#project(value);
    } catch (error) {
      subscriber.error(error);
      return;
    }
    if (isArray(results)) {
      this.#pass(results);
      return;
    }
    results.then(
      (later) => {
        this.#pass(later);
        this.#goOn();
      },
      (error: unknown) => subscriber.error(error),
    );
  }

  #pass(results: readonly R[]): void {
    for (const result of results) {
      if (this.#subscriber.closed) return;
      this.#subscriber.next(result);
    }
    this.#isBusy = false;
  }

  /** What has come meanwhile, in its order. */
  #goOn(): void {
    while (!this.#isBusy && !this.#subscriber.closed) {
      if (this.#waiting.length === 0) {
        if (this.#isComplete) this.#subscriber.complete();
        return;
      }
      this.#isBusy = true;
      this.#begin(this.#waiting.shift() as T);
    }
  }
}

const isArray = <R>(results: readonly R[] | Promise<readonly R[]>): results is readonly R[] => Array.isArray(results);

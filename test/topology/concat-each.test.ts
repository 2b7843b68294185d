import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Subject, take } from 'rxjs';
import { concatEach } from '../../src/topology/concat-each.ts';

type Results = readonly string[] | Promise<readonly string[]>;

/** Subscribes to the operator over a source; what comes out is noted in `seen`. */
function observe(project: (value: string) => Results) {
  const source = new Subject<string>();
  const seen: string[] = [];
  source.pipe(concatEach(project)).subscribe({
    next: (value) => seen.push(value),
    error: (error: Error) => seen.push(`error: ${error.message}`),
    complete: () => seen.push('complete'),
  });
  return { source, seen };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('concatEach', () => {
  it('passes on the values of arrays at once, in their order', () => {
    const { source, seen } = observe((value) => [...value]);
    source.next('ab');
    source.next('');
    source.next('c');
    assert.deepEqual(seen, ['a', 'b', 'c']);
    source.complete();
    assert.deepEqual(seen, ['a', 'b', 'c', 'complete']);
  });

  it('keeps what comes behind a promise, the end too', async () => {
    let answer: (values: readonly string[]) => void = () => undefined;
    const later = new Promise<readonly string[]>((resolve) => {
      answer = resolve;
    });
    const begun: string[] = [];
    const { source, seen } = observe((value) => {
      begun.push(value);
      return value === 'wait' ? later : [value];
    });
    source.next('wait');
    source.next('c');
    source.next('d');
    source.complete();
    await settled();
    assert.deepEqual(begun, ['wait'], 'the next value is not even looked at');
    assert.deepEqual(seen, []);
    answer(['a', 'b']);
    await settled();
    assert.deepEqual(seen, ['a', 'b', 'c', 'd', 'complete']);
  });

  it('keeps what comes while values are passed on', () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    source.pipe(concatEach((value) => [`${value}1`, `${value}2`])).subscribe((value) => {
      seen.push(value);
      if (value === 'a1') source.next('b');
    });
    source.next('a');
    assert.deepEqual(seen, ['a1', 'a2', 'b1', 'b2']);
  });

  it('ends with what the projection throws or rejects with, and lets go of the source', async () => {
    const thrown = observe(() => {
      throw new Error('no');
    });
    thrown.source.next('a');
    thrown.source.next('b');
    assert.deepEqual(thrown.seen, ['error: no']);
    assert.equal(thrown.source.observed, false);
    const rejected = observe(() => Promise.reject(new Error('later')));
    rejected.source.next('a');
    rejected.source.next('b');
    await settled();
    assert.deepEqual(rejected.seen, ['error: later']);
    assert.equal(rejected.source.observed, false);
  });

  it('hands on an error of the source at once', () => {
    const { source, seen } = observe(() => new Promise(() => undefined));
    source.next('a');
    source.error(new Error('gone'));
    assert.deepEqual(seen, ['error: gone']);
  });

  it('begins nothing more when nobody listens any more', () => {
    const source = new Subject<string>();
    const begun: string[] = [];
    const seen: string[] = [];
    const project = (value: string) => {
      begun.push(value);
      return [...value];
    };
    source.pipe(concatEach(project), take(1)).subscribe((value) => seen.push(value));
    source.next('ab');
    source.next('c');
    assert.deepEqual(seen, ['a']);
    assert.deepEqual(begun, ['ab']);
    assert.equal(source.observed, false);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { eventTimeMs } from '../../src/core/event-time.ts';
import { WindowAssembler, type WindowInput } from '../../src/window/assembler.ts';
import { windows } from '../../src/window/windows.ts';
import { at, ended, options, reading } from './feed.ts';

const input = (timeMs: number): WindowInput => ({ kind: 'reading', reading: reading(at(timeMs), timeMs) });
const scheduler = () => new TestScheduler((actual, expected) => assert.deepEqual(actual, expected));
const inputs = { a: input(0), b: input(10), c: input(20), d: input(30), e: input(40), j: input(60), z: ended() };

describe('windows', () => {
  it('emits what an input completes in the frame of the input', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<WindowInput>('-a-b-c-d-e-j-|', inputs);
      const result = source.pipe(windows(new WindowAssembler(options())), map(eventTimeMs));
      expectObservable(result).toBe('         ---------m-n-|', { m: 30, n: 50 });
      expectSubscriptions(source.subscriptions).toBe('^------------!');
    });
  });

  it('flushes when a partition ends, not when the source completes', () => {
    scheduler().run(({ cold, expectObservable }) => {
      const cut = cold<WindowInput>('  abcd|', inputs).pipe(windows(new WindowAssembler(options())));
      expectObservable(cut).toBe('    ----|');
      const whole = cold<WindowInput>('abcdz|', inputs).pipe(windows(new WindowAssembler(options())), map(eventTimeMs));
      expectObservable(whole).toBe('  ----m|', { m: 30 });
    });
  });

  it('passes errors on, those of the source and those of the assembler, and leaves the source', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const failing = hot<WindowInput>('a-#', inputs, 'broken');
      expectObservable(failing.pipe(windows(new WindowAssembler(options())))).toBe('--#', undefined, 'broken');

      const assembler = new WindowAssembler(options());
      const broken = new Error('inside');
      assembler.handle = () => {
        throw broken;
      };
      const source = hot<WindowInput>('a-b-c', inputs);
      expectObservable(source.pipe(windows(assembler))).toBe('#', undefined, broken);
      expectSubscriptions(source.subscriptions).toBe('(^!)');
    });
  });

  it('stops with its subscriber', () => {
    scheduler().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<WindowInput>('a-b-c-d-e', inputs);
      expectObservable(source.pipe(windows(new WindowAssembler(options()))), '^---!').toBe('-----');
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });
});

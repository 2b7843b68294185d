import { concatMap, type OperatorFunction } from 'rxjs';
import type { WindowEvent } from '../core/window.ts';
import type { WindowAssembler, WindowInput } from './assembler.ts';

/**
 * Emits the windows and silences that the assembler makes of its inputs, synchronously and in order. Completes with the
 * source and flushes nothing then: a source that ends says so per partition (`closed` with `ended`).
 */
export function windows(assembler: WindowAssembler): OperatorFunction<WindowInput, WindowEvent> {
  // Arrays are emitted synchronously: nothing queues up unless an observer feeds the source back.
  return concatMap((input) => assembler.handle(input));
}

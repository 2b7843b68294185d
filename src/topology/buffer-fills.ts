import type { BufferFill } from '../core/buffer-fill.ts';

interface Buffered {
  buffers(): readonly BufferFill[];
}

interface Rooms {
  readonly assembler: Buffered;
  readonly scorer: Buffered;
  readonly tracker: Buffered;
  readonly forecaster: Buffered | null;
  readonly limits: { readonly inFlightWindowsMax: number };
}

/** How full queues and memories are, between source and sinks. */
export function bufferFills(
  { assembler, scorer, tracker, forecaster, limits }: Rooms,
  own: { readonly outcomes: number; readonly deadLetters: number },
): readonly BufferFill[] {
  const entriesMax = limits.inFlightWindowsMax;
  return [
    { buffer: 'outcomes', entries: own.outcomes, entriesMax },
    { buffer: 'dead_letters', entries: own.deadLetters, entriesMax },
    ...assembler.buffers(),
    ...scorer.buffers(),
    ...tracker.buffers(),
    ...(forecaster?.buffers() ?? []),
  ];
}

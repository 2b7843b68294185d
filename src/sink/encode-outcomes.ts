import type { Outcome } from '../core/alert.ts';
import type { ComponentContext } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { encodeLine } from './line-protocol-encoder.ts';
import { pointsInTurns } from './points-in-turns.ts';
import { rejectLetter } from './reject-letter.ts';

export interface EncodedLines {
  readonly lines: readonly { readonly line: string; readonly series: string | null }[];
  /** The points that line protocol cannot say. */
  readonly rejected: DeadLetter[];
}

/** The lines of a batch of outcomes, in their order. */
export async function encodeOutcomes(
  batch: readonly Outcome[],
  context: Pick<ComponentContext, 'channels' | 'limits' | 'clock'>,
): Promise<EncodedLines> {
  const lines: { line: string; series: string | null }[] = [];
  const rejected: DeadLetter[] = [];
  await pointsInTurns(batch, context, (point) => {
    const series = point.tags.series ?? null;
    const encoded = encodeLine(point);
    if (encoded.ok) lines.push({ line: encoded.line, series });
    else {
      const { deadLetterBytesMax } = context.limits;
      rejected.push(
        rejectLetter(series, encoded.reason, JSON.stringify(point), context.clock.nowMs(), deadLetterBytesMax),
      );
    }
  });
  return { lines, rejected };
}

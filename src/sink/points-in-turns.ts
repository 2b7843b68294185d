import type { Outcome } from '../core/alert.ts';
import type { ComponentContext } from '../core/component.ts';
import type { Point } from '../core/point.ts';
import { Turns } from '../core/turns.ts';
import { outcomeToPoints } from './points.ts';

/** Calls `take` for every point of a batch, in their order. A batch can be a hundred thousand points: others get their turn in between. */
export async function pointsInTurns(
  batch: readonly Outcome[],
  { channels, clock }: Pick<ComponentContext, 'channels' | 'clock'>,
  take: (point: Point) => void,
): Promise<void> {
  const turns = new Turns(clock);
  for (const outcome of batch) {
    for (const point of outcomeToPoints(outcome, channels)) {
      if (turns.isOver) await turns.pass();
      take(point);
    }
  }
}

import type { Rng } from '../../../src/core/rng.ts';
import { messageOf } from './fake-parts.ts';
import { stepMs } from './world.ts';

/** 2025-10-01, aligned to nothing in particular. */
const startMs = 1_759_276_800_000;

export interface FeedOptions {
  readonly partitions?: number;
  readonly seriesPerPartition?: number;
  readonly rows?: number;
  readonly latenessMs?: number;
  /** Share of messages that are rubbish. */
  readonly rubbish?: number;
  /** A schedule for a third channel, published ahead, revised, sometimes too early, while its device is silent or not there yet. */
  readonly plans?: boolean;
}

interface Message {
  readonly arrivalMs: number;
  readonly text: string;
}

/**
 * A feed with what feeds have: missing cells and rows, readings out of order within the lateness, faults that raise alerts,
 * series that fall silent and come back, and rubbish in between. [partition][offset]
 */
export function makeFeed(rng: Rng, options: FeedOptions = {}): string[][] {
  const { partitions = 2, seriesPerPartition = 2, rows = 60, latenessMs = 0, rubbish = 0.04, plans = false } = options;
  return Array.from({ length: partitions }, (_, partition) => {
    const messages: Message[] = [];
    for (let s = 0; s < seriesPerPartition; s++)
      messages.push(...seriesOf(rng, `p${partition}s${s}`, rows, latenessMs));
    for (let s = 0; plans && s < seriesPerPartition + 1; s++) messages.push(...planOf(rng, `p${partition}s${s}`, rows));
    for (let i = Math.floor(messages.length * rubbish); i > 0; i--) {
      messages.push({ arrivalMs: startMs + rng.integer(rows * stepMs), text: `rubbish number-${i}` });
    }
    return messages.sort((a, b) => a.arrivalMs - b.arrivalMs).map(({ text }) => text);
  });
}

function seriesOf(rng: Rng, series: string, rows: number, latenessMs: number): Message[] {
  const messages: Message[] = [];
  const silentFrom = rng.integer(rows);
  const silentTo = silentFrom + rng.integer(30);
  const faultFrom = rng.integer(rows);
  const from = rng.integer(10);
  for (let row = from; row < rows; row++) {
    if (row >= silentFrom && row < silentTo) continue;
    if (rng.uniform() < 0.08) continue;
    const fault = row >= faultFrom && row < faultFrom + 6 ? 8 : 0;
    const timeMs = startMs + row * stepMs + rng.integer(stepMs);
    const values = [rng.normal() + fault, rng.uniform() < 0.15 ? null : rng.normal()];
    messages.push({ arrivalMs: timeMs + rng.uniform() * latenessMs, text: messageOf(series, timeMs, values) });
  }
  return messages;
}

/** Plans arrive up to 13 rows before their time, or a little late; now and then a second one for the same time. */
function planOf(rng: Rng, series: string, rows: number): Message[] {
  const messages: Message[] = [];
  for (let row = 0; row < rows + 8; row += 1 + rng.integer(3)) {
    const timeMs = startMs + row * stepMs + rng.integer(stepMs);
    for (let revision = rng.uniform() < 0.2 ? 2 : 1; revision > 0; revision--) {
      const arrivalMs = timeMs - (rng.integer(16) - 2) * stepMs;
      messages.push({ arrivalMs, text: messageOf(series, timeMs, [null, null, Math.round(100 * rng.normal()) / 10]) });
    }
  }
  return messages;
}

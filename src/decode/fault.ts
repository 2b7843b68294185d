import type { DeadLetterReason } from '../core/dead-letter.ts';

/** Why something could not be used. Decoders pass it around as a value: they never throw. */
export class Fault {
  readonly reason: DeadLetterReason;
  readonly detail: string;

  constructor(reason: DeadLetterReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

const previewCharsMax = 60;

/** A short, safe picture of a value for a dead letter's detail. */
export function preview(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > previewCharsMax ? `${value.slice(0, previewCharsMax)}...` : value);
  }
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

import type { IHeaders, Message } from 'kafkajs';
import { DriftcastError, messageOf } from '../core/errors.ts';
import { isSeriesState, type SeriesState } from '../core/series-state.ts';

/** What a record of a state topic says. */
export type StateRecord =
  | { readonly kind: 'state'; readonly series: string; readonly state: SeriesState }
  /** The series is forgotten, or its state belongs to another version of the model, which does not fit. */
  | { readonly kind: 'none'; readonly series: string }
  /** An owner has taken the partition over: nothing older is still on its way. */
  | { readonly kind: 'mark'; readonly owner: string };

/** No series is called like that: names of series are not empty. */
const markKey = '';

export function stateMessage(series: string, state: SeriesState | null, partition: number, model: string): Message {
  const value = state === null ? null : JSON.stringify(state);
  return { key: series, value, partition, headers: { model } };
}

export const markMessage = (owner: string, partition: number): Message => ({ key: markKey, value: owner, partition });

interface RawRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders | undefined;
}

/** Errors: STATE_INVALID where the record cannot be read as a state. */
export function readStateRecord({ key, value, headers }: RawRecord, from: string, model: string): StateRecord {
  const series = key?.toString('utf8') ?? markKey;
  if (series === markKey) return { kind: 'mark', owner: value?.toString('utf8') ?? '' };
  if (value === null || headers?.model?.toString() !== model) return { kind: 'none', series };
  try {
    const state: unknown = JSON.parse(value.toString('utf8'));
    if (!isSeriesState(state)) throw new Error('parts of it are missing');
    return { kind: 'state', series, state };
  } catch (cause) {
    throw new DriftcastError('STATE_INVALID', `reading the state of "${series}" from ${from}: ${messageOf(cause)}`, {
      cause,
      hint: 'Is something else writing to this topic? Name another state.topic_prefix to start from the model’s own calibration.',
    });
  }
}

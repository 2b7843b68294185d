import type { GapBase } from '../../../src/diffusion/base/choose-gaps.ts';

/** What a run is asked for; the same for every row. */
export interface RunSettings {
  /** Tiny inputs and trainings: to see that everything runs. Its numbers mean nothing. */
  readonly quick: boolean;
  /** CPU seconds of each network's training, over all threads; the bases come on top. */
  readonly budgetSeconds: number;
  readonly seeds: readonly number[];
  /** Other values of the network and its training, by name, for experiments; part of the row's command. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

/** A number among the overrides, or what it is without. */
export function numberOf(settings: RunSettings, name: string, otherwise: number): number {
  const text = settings.overrides[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`--set ${name}=${text}: expected a number`);
  return value;
}

/** The base of gaps: what the library chooses, unless asked otherwise. */
export function gapBaseOf({ quick, overrides }: RunSettings): GapBase {
  const asked = overrides.gap_base ?? (quick ? 'interpolation' : 'auto');
  if (asked === 'auto' || asked === 'interpolation' || asked === 'kalman') return asked;
  throw new Error(`--set gap_base=${asked}: expected auto, interpolation or kalman`);
}

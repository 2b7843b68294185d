/**
 * What has changed for good, as against an anomaly, which passes.
 *
 * - `level_shift`: a channel has moved, and stays where it is.
 * - `trend`: it has moved little by little, and goes on.
 * - `season_change`: the course of its day is another one.
 * - `sensor_replaced`: its noise is another one, as after a change of the sensor or of its gain.
 * - `sensor_frozen`: it says the same for longer than it ever did.
 */
export const driftKinds = ['level_shift', 'trend', 'season_change', 'sensor_replaced', 'sensor_frozen'] as const;
export type DriftKind = (typeof driftKinds)[number];

/** One channel of a series that is not what it was. Values in the channel's own units. */
export interface DriftFinding {
  readonly channel: number;
  readonly kind: DriftKind;
  /** Start of the first block, for a frozen sensor of the first row, that was not as before. */
  readonly sinceMs: number;
  /** Ordinary level, and that of the newest finished block. */
  readonly was: number;
  readonly now: number;
  /** The change over what would just be told: of level, of the course of a day, of noise, or of the time without a change. */
  readonly size: number;
}

/** What is done about drift besides telling it. */
export const driftActions = ['retrain', 'adapt', 'hold', 'off'] as const;
export type DriftAction = (typeof driftActions)[number];

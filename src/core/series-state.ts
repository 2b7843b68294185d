/** What replay cannot rebuild, of one series, as of its last delivered event: states of the window, score, alert and forecast rooms. */
export interface SeriesState {
  readonly window: unknown;
  readonly score: unknown;
  readonly alert: unknown;
  /** Absent in states of versions without an online layer of the forecast. */
  readonly forecast?: unknown;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether the parts are there, each an object or null. What is in them, their rooms check. */
export const isSeriesState = (state: unknown): state is SeriesState => {
  if (!isObject(state)) return false;
  const { window, score, alert, forecast = null } = state as SeriesState;
  return [window, score, alert, forecast].every((part) => part === null || isObject(part));
};

/** Counts what the rooms write into a state: one of another format is not read, as that of another model. */
const stateFormat = 3;

/** What a state belongs to. */
export const stateVersionOf = (modelVersion: string): string => `${modelVersion}/${stateFormat}`;

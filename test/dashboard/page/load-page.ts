import type { OfReferences } from '../../../src/core/reference-names.ts';
import type { AlertView, FeedChanges, FeedSnapshot, SeriesSnapshot } from '../../../src/dashboard/view.ts';

/** The page's modules are JavaScript as the browser gets it; these are the types of what the tests use. */
export type Column = (number | null)[];

export interface Row {
  readonly score: number | null;
  readonly pValue: number | null;
  readonly alarm: boolean;
  readonly learning: boolean;
  readonly references: OfReferences<number | null>;
  readonly cells: Readonly<Record<'observed' | 'median' | 'low' | 'high' | 'expected' | 'halfWidth90', Column>>;
}

export interface PageModel {
  readonly feed: FeedSnapshot | null;
  readonly rows: Map<number, Row>;
  readonly forecast: SeriesSnapshot['forecast'];
  readonly series: Map<string, FeedSnapshot['series'][number]>;
  applyState(feed: FeedSnapshot): void;
  applySeries(snapshot: SeriesSnapshot): void;
  applyChanges(changes: FeedChanges): void;
  sortedAlerts(): FeedSnapshot['alerts'][number][];
  sortedSeries(): FeedSnapshot['series'][number][];
}

export interface ModelModule {
  readonly Model: new () => PageModel;
  orderChannels(
    channels: readonly unknown[],
    contributions: readonly { channel: number; share: number | null }[],
  ): number[];
}

export interface ChartDataModule {
  readonly columns: Readonly<
    Record<
      | 'expectedLow'
      | 'expectedHigh'
      | 'imputedLow'
      | 'imputedHigh'
      | 'fanLow'
      | 'fanHigh'
      | 'fanInnerLow'
      | 'fanMedian'
      | 'imputed'
      | 'observed',
      number
    >
  >;
  denseTimes(rows: ReadonlyMap<number, Row>, forecast: SeriesSnapshot['forecast'], stepMs: number): number[];
  channelColumns(
    times: number[],
    rows: ReadonlyMap<number, Row>,
    forecast: SeriesSnapshot['forecast'],
    channel: number,
  ): Column[];
  imputedIndices(times: number[], rows: ReadonlyMap<number, Row>, channel: number): number[];
  fanLevels(
    levels: readonly number[],
  ): Readonly<Record<'low' | 'high' | 'innerLow' | 'innerHigh' | 'median', number | null>>;
  runs(
    times: number[],
    rows: ReadonlyMap<number, Row>,
    stepMs: number,
    test: (row: Row) => boolean,
  ): { from: number; to: number }[];
}

export interface FormatModule {
  number(value: number | null | undefined): string;
  pValue(value: number | null): string;
  unusual(value: number | null): number | null;
  duration(ms: number): string;
  percent(value: number | null): string;
  dateTime(ms: number | null): string;
  describeReferences(found: NonNullable<AlertView['references']>): string[];
  readonly references: readonly { readonly key: string }[];
  alertLength(alert: { state: string; startMs: number; timeMs: number }, nowMs: number | null): number;
}

export async function loadPage<Module>(name: string): Promise<Module> {
  return (await import(new URL(`../../../src/dashboard/page/${name}`, import.meta.url).href)) as Module;
}

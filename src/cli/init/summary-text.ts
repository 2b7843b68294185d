import { formatDuration } from '../../config/format-duration.ts';
import type { ChannelFacts, FeedFacts } from './facts.ts';
import type { PlannedSettings } from './plan-settings.ts';
import { counted, figure, percent, span, tame, utc } from './words.ts';

const CHANNELS_SHOWN_MAX = 40;
const NAME_CHARS_MAX = 32;

/** What was found, for the person at the terminal. `timeFrom` and `seriesFrom` say where they come from. */
export function summaryText(
  origin: string,
  facts: FeedFacts,
  settings: PlannedSettings,
  timeFrom: string,
  seriesFrom: string,
): string {
  const lines = [
    `${tame(origin)}: ${facts.truncated ? 'the first ' : ''}${counted(facts.rows, 'row')}, ${counted(facts.seriesCount, 'series')}, ${counted(facts.channels.length, 'channel')}`,
    `  time     ${tame(timeFrom)}, ${utc(facts.firstMs)} to ${utc(facts.lastMs)} UTC (${span(facts.lastMs - facts.firstMs)})`,
    `  series   ${tame(seriesFrom)}`,
    `  step     ${formatDuration(facts.stepMs)}${facts.irregular ? ', irregular: the usual distance of rows' : ''}`,
    ...(facts.periodSteps === null
      ? []
      : [`  cycle    about ${facts.periodSteps} rows (${span(facts.periodSteps * facts.stepMs)})`]),
    ...(facts.labelColumns.length === 0
      ? []
      : [`  labels   ${tame(facts.labelColumns.join(', '))} (kept from the model)`]),
    ...(facts.ignored.length === 0
      ? []
      : [
          `  left out ${tame(facts.ignored.map(({ name, why }) => `${name === '' ? '(no name)' : name} (${why})`).join(', '), 300)}`,
        ]),
    ...warnings(facts, settings).map((warning) => `  warning  ${warning}`),
    '',
    ...table(facts),
    '',
  ];
  return lines.join('\n');
}

function warnings(facts: FeedFacts, settings: PlannedSettings): string[] {
  return [
    ...(facts.raggedRows > 0
      ? [`${counted(facts.raggedRows, 'row')} with another number of cells than the header`]
      : []),
    ...(facts.timelessRows > 0 ? [`${counted(facts.timelessRows, 'row')} without a readable time`] : []),
    ...(facts.doubledRows > 0 ? [`${counted(facts.doubledRows, 'row')} in a grid cell that has one already`] : []),
    ...(settings.unordered
      ? [`rows lie up to ${span(facts.disorderMs)} behind newer ones: sort them by time before replaying`]
      : []),
    ...(facts.rowsPerSeries < settings.lengthSteps * 4
      ? [
          `${counted(facts.rowsPerSeries, 'row')} a series is little to train on; ${settings.lengthSteps * 20} or more are better`,
        ]
      : []),
    ...(facts.channels.every(({ min, max }) => min === max)
      ? ['no channel ever changes: there is nothing to learn from']
      : []),
  ];
}

const HEADINGS = ['channel', 'kind', 'missing', 'min', 'median', 'max', 'note'] as const;

function table({ channels, stepMs }: FeedFacts): string[] {
  const rows = channels.slice(0, CHANNELS_SHOWN_MAX).map((channel) => cellsOf(channel, stepMs));
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (column >= 2 && column <= 5 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ')}`.trimEnd();
  const more = channels.length - rows.length;
  return [line(HEADINGS), ...rows.map(line), ...(more > 0 ? [`  and ${more} more`] : [])];
}

function cellsOf(
  { name, kind, missingFraction, gapSteps, min, median, max, notes }: ChannelFacts,
  stepMs: number,
): string[] {
  const gap = gapSteps > 1 ? [`longest gap ${span(gapSteps * stepMs)}`] : [];
  return [
    tame(name, NAME_CHARS_MAX),
    kind,
    percent(missingFraction),
    figure(min),
    figure(median),
    figure(max),
    [...gap, ...notes].join('; '),
  ];
}

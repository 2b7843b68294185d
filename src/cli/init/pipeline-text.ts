import { stringify } from 'yaml';
import { formatDuration } from '../../config/format-duration.ts';
import type { ChannelFacts, FeedFacts } from './facts.ts';
import type { PlannedSettings } from './plan-settings.ts';
import { counted, figure, percent, span, tame, utc, yamlText } from './words.ts';

export interface Draft {
  readonly name: string;
  /** What was looked at: 'valve.csv', 'topic telemetry'. */
  readonly origin: string;
  /** Path from the new file to the JSON Schema; for editors. */
  readonly schemaPath: string;
  readonly facts: FeedFacts;
  readonly settings: PlannedSettings;
  /** Mappings as they stand in the file. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly decode: Readonly<Record<string, unknown>>;
  /** Whether the source never ends. */
  readonly live: boolean;
}

/** The text of a pipeline file, with what was found in comments. */
export function pipelineText(draft: Draft): string {
  const { facts, name } = draft;
  const parts = [
    `# yaml-language-server: $schema=${draft.schemaPath}`,
    comment(
      `Written by \`driftcast init\` from ${draft.origin}. Every key: \`schemas/pipeline.md\`.`,
      ...originNotes(facts),
    ),
    `schema_version: 1\nname: ${name}\n`,
    sourceText(draft),
    `${yaml({ decode: draft.decode })}`,
    channelsText(facts),
    windowText(draft),
    modelText(draft.settings),
    sinksText(draft),
  ];
  return parts.join('\n');
}

const yaml = (value: object): string => stringify(value, { lineWidth: 0 });

const comment = (...lines: readonly string[]): string => lines.map((line) => `# ${tame(line, 400)}\n`).join('');

function originNotes(facts: FeedFacts): string[] {
  const seriesText = facts.seriesColumn === null ? 'one series' : `${facts.seriesCount} series`;
  return [
    `${facts.truncated ? 'The first ' : ''}${counted(facts.rows, 'row')}, ${seriesText}, ${utc(facts.firstMs)} to ${utc(facts.lastMs)} UTC.`,
    ...(facts.raggedRows > 0
      ? [
          `${counted(facts.raggedRows, 'row')} with another number of cells than the header: they will be dead-lettered.`,
        ]
      : []),
    ...(facts.timelessRows > 0
      ? [`${counted(facts.timelessRows, 'row')} without a readable time: they will be dead-lettered.`]
      : []),
    ...(facts.doubledRows > 0
      ? [
          `${counted(facts.doubledRows, 'row')} in a grid cell that has one already: \`aggregate\` of a channel says what counts.`,
        ]
      : []),
    ...(facts.labelColumns.length > 0 ? [`Labels, not shown to the model: ${facts.labelColumns.join(', ')}.`] : []),
    ...facts.ignored.map(({ name, why }) => `Left out: ${name === '' ? '(no name)' : name}, ${why}.`),
  ];
}

function sourceText({ source, live, name }: Draft): string {
  if (live)
    return `# Where messages come from. A login: tls: true, sasl: { mechanism: plain, username: ..., password: "\${KAFKA_PASSWORD}" }.\n${yaml({ source })}`;
  const kafka = yaml({ source: { type: 'kafka', brokers: ['localhost:9092'], topics: [name] } });
  return [
    '# Where messages come from. `speed: 1` replays in real time.\n',
    yaml({ source }),
    '# The live feed, in place of the replay (its messages have to look like `decode` says: `driftcast init --brokers` looks):\n',
    commentedOut(kafka),
  ].join('');
}

const commentedOut = (text: string): string => text.replaceAll(/^(?=.)/gm, '# ');

function channelsText({ channels, stepMs }: FeedFacts): string {
  const head = comment(
    'gauge: measured and scored; flag: a state; command: a set point that somebody chose. Flags and commands are context, not scored.',
    ...(channels.some(({ counter }) => counter)
      ? [
          'aggregate: rate: the messages carry a counter, the model sees its rate; unit is then that of the rate. wraps_at: 4294967296 for 32 bits.',
        ]
      : []),
    'unit, and min and max beyond which a reading is invalid, are yours to add: { name: x, unit: bar, min: 0, max: 16 }.',
  );
  return `${head}channels:\n${channels.map((channel) => channelLine(channel, stepMs)).join('')}`;
}

function channelLine(channel: ChannelFacts, stepMs: number): string {
  const kind = channel.kind === 'gauge' ? '' : `, kind: ${channel.kind}`;
  const aggregate = channel.counter ? ', aggregate: rate' : '';
  const range =
    channel.min === channel.max
      ? figure(channel.min)
      : `${figure(channel.min)} .. ${figure(channel.median)} .. ${figure(channel.max)}`;
  const gap = channel.gapSteps > 1 ? `, longest gap ${span(channel.gapSteps * stepMs)}` : '';
  const missing = channel.missingFraction > 0 ? [`${percent(channel.missingFraction)} missing${gap}`] : [];
  return `  - { name: ${yamlText(channel.name)}${kind}${aggregate} } # ${tame([range, ...missing, ...channel.notes].join('; '), 300)}\n`;
}

function windowText({ facts, settings, live }: Draft): string {
  const step = formatDuration(facts.stepMs);
  const { lengthSteps, latenessMs } = settings;
  const irregular = facts.irregular ? ' The time stamps keep to no grid: this is their usual distance.' : '';
  const cycle =
    facts.periodSteps === null
      ? []
      : [comment(`A cycle of about ${facts.periodSteps} rows (${span(facts.periodSteps * facts.stepMs)}) was seen.`)];
  const late = settings.unordered
    ? `rows lie up to ${span(facts.disorderMs)} behind newer ones: sort the file by time, or most of them come too late`
    : live
      ? 'how late readings may come; results wait for it'
      : 'how late readings may come; a live feed needs some, about a step';
  return [
    ...cycle,
    'window:\n',
    `  step_ms: ${step} # the grid.${irregular}\n`,
    `  length_steps: ${lengthSteps} # rows the model sees at once: ${span(lengthSteps * facts.stepMs)}\n`,
    `  lateness_ms: ${formatDuration(latenessMs)} # ${late}\n`,
  ].join('');
}

function modelText({ horizonSteps, imputeDelaySteps, pValue }: PlannedSettings): string {
  return [
    'model:\n',
    '  path: model # what `driftcast train` writes\n',
    `  horizon_steps: ${horizonSteps}\n`,
    `  impute_delay_steps: ${imputeDelaySteps}\n`,
    '\nalert:\n',
    `  p_value: ${pValue} # share of ordinary rows that may open an alarm; lower: fewer pages, later\n`,
  ].join('');
}

function sinksText({ live, name }: Draft): string {
  const database = name.replaceAll('-', '_');
  const influx = yaml({ x: [{ type: 'influxdb', url: 'http://localhost:8086', database }] });
  return [
    '# Where results go. Line protocol needs no server; `influx -import` takes the file.\n',
    yaml({ sinks: [{ type: 'line-protocol', path: 'out/results.lp', ...(live ? { append: true } : {}) }] }),
    commentedOut(influx.replace(/^x:\n/, '')),
    '#     username: driftcast\n#     password: ${INFLUX_PASSWORD}\n',
    '\n# Messages that cannot be used, with the reason: none is lost without a trace.\n',
    yaml({ dead_letter: { type: 'file', path: 'out/dead-letters.jsonl' } }),
    '\n# What a restart cannot get back from the feed: calibration, open alerts.\n',
    yaml({ state: { path: 'out/state.json' } }),
  ].join('');
}

import { baseShape } from '../../config/schema.ts';
import type { SizeEstimate } from './size.ts';
import { askedText, type SizeAsked } from './size-asked.ts';
import type { SizeConstants } from './size-constants.ts';

/** The estimate for people. */
export function sizeText(asked: SizeAsked, estimate: SizeEstimate, constants: SizeConstants): string {
  const { rates, utilisation, memory_mb: memory, here, processes, workers_a_process: workers } = estimate;
  const lines: readonly (readonly [string, string])[] = [
    ['reads', `${whole(rates.messages_per_s)} messages/s, ${whole(rates.values_per_s)} values/s`],
    ['computes', `${whole(rates.windows_per_s)} windows/s`],
    [
      'writes',
      `${whole(rates.points_per_s)} points/s (${whole(rates.fields_per_s)} fields/s), more where cells are missing`,
    ],
    [
      'processes',
      `${processes}; the topic needs at least ${plural(estimate.kafka_partitions_min, 'partition')}, more leave room to grow`,
    ],
    ['workers', `${workers} in each process (infer.workers: ${workers})`],
    ['cores', `${estimate.cores} in all, so that they are busy for some 60 % of the time`],
    [
      'busy',
      `${percent(utilisation.main_thread)} of the thread that reads, ${percent(utilisation.workers)} of the workers`,
    ],
    ['lag', `results of a row up to ${duration(estimate.lag_ms)} after it closes: all devices' windows come at once`],
    [
      'memory',
      `${megabytes(memory.reading)} for what reads (${megabytes(memory.reading_peak)} while it writes snapshots), ${megabytes(memory.workers)} for the workers`,
    ],
    [
      'this machine',
      `${plural(here.cores, 'core')}, ${megabytes(here.memory_mb)}: ${here.fits ? 'suffices' : 'does not suffice alone'}`,
    ],
    ...(estimate.series_a_process > seriesMaxDefault
      ? [['set', `limits.series_max: ${estimate.series_a_process} or more, in each process`] as const]
      : []),
  ];
  const widest = Math.max(...lines.map(([name]) => name.length));
  return [
    `For ${askedText(asked)}:`,
    '',
    ...lines.map(([name, text]) => `  ${name.padEnd(widest)}  ${text}`),
    '',
    `Not counted: ${estimate.not_counted.join('; ')}.`,
    `From what \`${constants.command}\` measured on ${constants.measured_at} (${constants.machine}), windows of ${constants.length_steps} rows;`,
    'other lengths in proportion, other numbers of channels in between. Another machine is faster or slower: run it there.',
    '',
  ].join('\n');
}

const seriesMaxDefault = baseShape.limits.parse(undefined).series_max;

const whole = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
const percent = (share: number): string => (share < 0.01 ? 'under 1 %' : `${Math.round(100 * share)} %`);
const duration = (ms: number): string => (ms < 1000 ? `${whole(ms)} ms` : `${whole(ms / 1000)} s`);
const megabytes = (mb: number | null): string =>
  mb === null ? 'not measured' : mb < 1024 ? `${whole(mb)} MiB` : `${whole(mb / 1024)} GiB`;

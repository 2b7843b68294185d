import type { SizeConstants } from '../../src/cli/doctor/size-constants.ts';
import type { PerformanceReport } from './render-tables.ts';

type Keys = Readonly<Record<string, unknown>>;

/** What `driftcast doctor --size` reckons with, from what a full run measured. */
export function sizeConstantsOf(report: PerformanceReport & Keys): SizeConstants {
  const { machine, load1 } = report;
  const narrowUs = 1e6 / number(report, 'narrow_messages_per_s_core');
  const wideUs = (wideChannels * 1e6) / number(report, 'wide_values_per_s_core');
  const valueUs = (wideUs - narrowUs) / (wideChannels - 1);
  const bytesASeries = byChannels(report, /^bytes_a_series_channels_(\d+)$/);
  const rateOfWindows = byChannels(report, /^windows_per_s_core_channels_(\d+)_batch_32$/);
  return {
    measured_at: report.measured_at.slice(0, 10),
    machine: `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, load average ${load1.toFixed(1)}`,
    command: 'npm run bench',
    length_steps: 96,
    stride_steps: 4,
    forecast_every_steps: 8,
    decode_us_a_message: significant(narrowUs - valueUs),
    decode_us_a_value: significant(valueUs),
    worker_ms_a_window: mapValues(rateOfWindows, (rate) => significant(1000 / rate)),
    main_thread_ms_a_window: byChannels(report, /^main_thread_ms_a_window_channels_(\d+)$/),
    bytes_a_series: bytesASeries,
    ...ofProcess(report, bytesASeries[8]),
    worker_resident_mb: typeof report.onnx_resident_mb === 'number' ? report.onnx_resident_mb : null,
  };
}

/** From a process that holds 10,000 series of 8 channels. */
function ofProcess(
  report: Keys,
  bytesASeries: number | undefined,
): Pick<SizeConstants, 'process_mb' | 'peak_over_resident'> {
  const { resident_mib_10000_series_8_channels: resident, peak_mib_10000_series_8_channels: peak } = report;
  if (typeof resident !== 'number' || typeof peak !== 'number' || bytesASeries === undefined)
    return { process_mb: null, peak_over_resident: null };
  return {
    process_mb: significant(Math.max(0, resident - (10_000 * bytesASeries) / 1_048_576)),
    peak_over_resident: significant(Math.max(1, peak / resident)),
  };
}

/** Of the wide messages in `kafka-ingest`; narrow ones hold one value. */
const wideChannels = 38;

/** Values by number of channels, which an object holds in ascending order. */
function byChannels(report: Keys, key: RegExp): Record<string, number> {
  const found = Object.entries(report).flatMap(([name, value]): [string, number][] => {
    const channels = key.exec(name)?.[1];
    return channels === undefined || typeof value !== 'number' ? [] : [[channels, value]];
  });
  return Object.fromEntries(found);
}

const mapValues = (values: Readonly<Record<string, number>>, map: (value: number) => number) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));

function number(report: Keys, key: string): number {
  const value = report[key];
  if (typeof value !== 'number') throw new Error(`results/performance.json has no ${key}`);
  return value;
}

const significant = (value: number): number => Number(value.toPrecision(4));

import { pino, stdTimeFunctions } from 'pino';
import type { LogLevel, Telemetry } from '../core/telemetry.ts';
import { createMetrics } from './metrics.ts';
import { prettyLines, type Writes } from './pretty-lines.ts';
import { redactFields, redactText } from './redact.ts';

export interface TelemetryOptions {
  readonly pipeline: string;
  readonly level: LogLevel | 'silent';
  /** Where log lines go: process.stderr, or anything with `write`. */
  readonly stream: Writes;
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean;
  /** With colours, where `pretty`. */
  readonly colour?: boolean;
  /** Memory, CPU and so on of this process among the metrics. */
  readonly processMetrics?: boolean;
}

export interface PipelineTelemetry extends Telemetry {
  /** Everything measured, in the text format of Prometheus. */
  metricsText(): Promise<string>;
  readonly metricsContentType: string;
}

/** Field names that the logger itself writes. */
const reserved = new Set(['level', 'time', 'pipeline', 'msg']);

/** The one place that turns events into log lines and metrics. No secret passes: see redact.ts. */
export function createTelemetry(options: TelemetryOptions): PipelineTelemetry {
  const { pipeline, level, stream, pretty = false, colour = false, processMetrics = false } = options;
  const logger = pino(
    {
      level,
      base: { pipeline },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pretty ? prettyLines(stream, colour) : stream,
  );
  const metrics = createMetrics({ pipeline, processMetrics });
  return {
    log(at, message, fields = {}) {
      if (logger.isLevelEnabled(at)) logger[at](unreserved(redactFields(fields)), redactText(message));
    },
    count: metrics.count,
    gauge: metrics.gauge,
    observe: metrics.observe,
    metricsText: metrics.text,
    metricsContentType: metrics.contentType,
  };
}

/** A field called like one of the logger's own would make a line with the same key twice. */
function unreserved(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [reserved.has(name) ? `${name}_` : name, value]),
  );
}

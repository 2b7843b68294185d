import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { Sink } from '../core/component.ts';
import { createFeed } from '../dashboard/feed.ts';
import { startDashboard } from '../dashboard/server.ts';
import type { PipelineTelemetry } from '../telemetry/create-telemetry.ts';
import { createHealth } from '../telemetry/health.ts';
import type { BuiltPipeline } from '../topology/build-pipeline.ts';
import type { CliIo } from './io.ts';

/** The dashboard of one run. */
export interface LivePage {
  readonly url: string;
  /** Brings outcomes to the page. */
  readonly sink: Sink;
  /** Shows health and status of the pipeline from now on. */
  follow(built: BuiltPipeline): void;
  /** The run is over and its parts are closed: the page keeps showing it. */
  finish(): void;
  close(): Promise<void>;
}

/** Opens the live page with metrics and health. Errors: CONFIG_INVALID where the address cannot be bound. */
export async function openLivePage(config: PipelineConfig, telemetry: PipelineTelemetry, io: CliIo): Promise<LivePage> {
  let built: BuiltPipeline | null = null;
  const feed = createFeed({
    pipeline: config.name,
    channels: config.channels,
    modelVersion: null,
    stepMs: config.window.step_ms,
    windowSteps: config.window.length_steps,
    alarmPValue: () => built?.openingPValue ?? null,
  });
  const health = createHealth();
  let removals: (() => void)[] = [];
  const dashboard = await startDashboard({
    ...config.dashboard,
    feed,
    health,
    metricsText: () => telemetry.metricsText(),
    telemetry,
    clock: io.clock,
    status: () => ({
      ...(built?.pipeline.status(built.progress()) ?? {
        readingsTotal: 0,
        windowsInFlight: 0,
        lagMessages: null,
        progress: null,
      }),
      forecastCoverage90: built?.forecastCoverage90() ?? null,
      alarmsPerSeriesDay: built?.alarmsPerSeriesDay() ?? null,
    }),
  });
  return {
    url: dashboard.url,
    sink: {
      name: 'dashboard',
      deliver: async (batch) => {
        for (const outcome of batch) feed.push(outcome);
        return [];
      },
      close: async () => {},
      health: () => ({ ok: true, detail: '' }),
    },
    follow(running) {
      built = running;
      removals = running.checks.map((check) => health.add(check, { liveness: check.liveness ?? false }));
    },
    finish() {
      for (const remove of removals) remove();
      health.add({ name: 'run', check: () => ({ ok: true, detail: 'finished' }) });
    },
    close: () => dashboard.close(),
  };
}

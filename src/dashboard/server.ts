import fastify, { type FastifyInstance } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { createAccess, isLoopback } from './access.ts';
import { loadAssets } from './assets.ts';
import { createEventHub, type EventHub } from './event-hub.ts';
import type { Feed } from './feed.ts';
import type { HealthSource } from './health.ts';
import { addRoutes } from './routes.ts';
import { createStatusMeter, type PipelineStatus, type StatusMeter } from './status-meter.ts';

export interface DashboardOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Empty: none, which loopback addresses alone may have. */
  readonly token: string;
  readonly feed: Feed;
  readonly health: HealthSource;
  /** Prometheus text of /metrics. */
  readonly metricsText: () => string | Promise<string>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** What the header shows of the running pipeline. */
  readonly status?: () => PipelineStatus;
  /** Live pages at once. */
  readonly clientsMax?: number;
}

export interface Dashboard {
  readonly url: string;
  /** Ends the live pages' streams and stops listening. */
  close(): Promise<void>;
}

const tickMs = 250;
const statusEveryTicks = 4;
const stallMsMax = 10_000;
const connectionsMax = 256;

/**
 * Serves the live page, its data, metrics and health.
 *
 * @throws DriftcastError CONFIG_INVALID when the address cannot be bound, or is open to others without a token.
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host, port, token, feed, health, metricsText, telemetry, clock } = options;
  if (token === '' && !isLoopback(host)) {
    throw new DriftcastError(
      'CONFIG_INVALID',
      `starting the dashboard on ${host}: reachable by others and without a token`,
      {
        hint: 'Set dashboard.token, or dashboard.host to 127.0.0.1.',
      },
    );
  }
  const assets = await loadAssets();
  const meter = createStatusMeter(clock, health, options.status);
  const hub = createEventHub({ feed, clock, clientsMax: options.clientsMax ?? 16, stallMsMax });
  const app = createApp(telemetry);
  addRoutes(app, { assets, access: createAccess(token), feed, health, metricsText, meter, hub });
  const url = await listen(app, host, port);
  const stopTicking = clock.every(tickMs, createTick(hub, meter, telemetry));
  return {
    url,
    async close() {
      stopTicking();
      hub.close();
      await app.close();
    },
  };
}

function createApp(telemetry: Telemetry): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    // A series name of 1024 characters, each up to nine once percent-encoded.
    routerOptions: { maxParamLength: 9 * 1024 },
  });
  app.server.maxConnections = connectionsMax;
  app.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'not found' }));
  app.setErrorHandler((thrown, request, reply) => {
    const asked = (thrown as { readonly statusCode?: unknown }).statusCode;
    const status = typeof asked === 'number' && asked >= 400 && asked < 500 ? asked : 500;
    // The URL may carry a token: only the route's pattern is logged.
    const route = request.routeOptions.url ?? 'unknown route';
    if (status === 500) telemetry.log('warn', `dashboard: answering ${route}: ${messageOf(thrown)}`);
    return reply.code(status).send({ error: status === 500 ? 'internal error' : messageOf(thrown) });
  });
  return app;
}

/** Changes go out every tick, the status every second; nothing is computed while nobody looks. */
function createTick(hub: EventHub, meter: StatusMeter, telemetry: Telemetry): () => void {
  let ticks = 0;
  return () => {
    ticks++;
    if (hub.clients === 0) return;
    try {
      hub.tick();
      if (ticks % statusEveryTicks === 0) hub.status(meter.sample());
    } catch (thrown) {
      telemetry.log('warn', `dashboard: updating live pages: ${messageOf(thrown)}`);
    }
  };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    await app.close();
    throw new DriftcastError('CONFIG_INVALID', `starting the dashboard on ${host}:${port}: ${messageOf(thrown)}`, {
      cause: thrown,
      hint: 'Set dashboard.port to another one, or to 0 for any free one.',
    });
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}

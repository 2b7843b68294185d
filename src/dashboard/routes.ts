import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './access.ts';
import type { Asset } from './assets.ts';
import type { EventHub } from './event-hub.ts';
import type { Feed } from './feed.ts';
import type { HealthReport, HealthSource } from './health.ts';
import { securityHeaders } from './security-headers.ts';
import type { StatusMeter } from './status-meter.ts';

export interface RouteParts {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly access: Access;
  readonly feed: Feed;
  readonly health: HealthSource;
  readonly metricsText: () => string | Promise<string>;
  readonly meter: StatusMeter;
  readonly hub: EventHub;
}

const askForToken =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>driftcast</title><form><label>Token of this dashboard ' +
  '<input name="token" type="password" autocomplete="current-password" required autofocus></label> <button>Open</button></form>';

const openToAll: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

type Query = Readonly<Record<string, unknown>>;

export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  addGuard(app, parts.access);
  addPage(app, parts.assets);
  addData(app, parts);
  app.get('/healthz', (_, reply) => answerHealth(reply, parts.health.liveness()));
  app.get('/readyz', (_, reply) => answerHealth(reply, parts.health.readiness()));
}

function addGuard(app: FastifyInstance, access: Access): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders).header('cache-control', 'no-store');
    const [pathname] = request.url.split('?', 1);
    if (openToAll.has(pathname)) return;
    const grant = access.check(request.headers, (request.query as Query).token);
    if (grant === 'wrong_host') {
      const error = 'this dashboard answers to localhost only; set dashboard.token to reach it by another name';
      return reply.code(403).send({ error });
    }
    if (grant === 'denied') return deny(reply, pathname);
    // The token leaves the address bar, history and Referer; the cookie takes its place.
    if (grant === 'query' && pathname === '/') {
      return reply.header('set-cookie', access.setCookie).redirect(withoutToken(request), 303);
    }
  });
}

function deny(reply: FastifyReply, pathname: string): FastifyReply {
  reply.code(401).header('www-authenticate', 'Bearer realm="driftcast"');
  if (pathname === '/') return reply.type('text/html; charset=utf-8').send(askForToken);
  return reply.send({ error: 'a bearer token is required: Authorization: Bearer <dashboard.token>' });
}

/** Relative, so that it holds behind a proxy that serves the page under a prefix. */
function withoutToken(request: FastifyRequest): string {
  const kept = new URLSearchParams(request.url.split('?').slice(1).join('?'));
  kept.delete('token');
  const query = kept.toString();
  return query === '' ? './' : `./?${query}`;
}

function addPage(app: FastifyInstance, assets: ReadonlyMap<string, Asset>): void {
  for (const asset of assets.values()) {
    app.get(asset.path, (request, reply) => {
      reply.header('etag', asset.etag).header('cache-control', 'no-cache');
      if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send();
      return reply.type(asset.type).send(asset.body);
    });
  }
}

function addData(app: FastifyInstance, { feed, meter, hub, metricsText }: RouteParts): void {
  app.get('/api/state', () => ({ ...feed.snapshot(), status: meter.sample() }));
  app.get<{ Params: { name: string } }>('/api/series/:name', (request, reply) => {
    const snapshot = feed.seriesSnapshot(request.params.name);
    return (
      snapshot ?? reply.code(404).send({ error: `no series named ${JSON.stringify(request.params.name)} is shown` })
    );
  });
  app.get('/events', { exposeHeadRoute: false }, (request, reply) => {
    const { series } = request.query as Query;
    if (!hub.open(reply.raw, typeof series === 'string' && series !== '' ? series : null)) {
      return reply.code(503).header('retry-after', '10').send({ error: 'too many live pages are open; close one' });
    }
    hub.status(meter.sample());
    return reply.hijack();
  });
  app.get('/metrics', async (_, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metricsText()),
  );
}

const answerHealth = (reply: FastifyReply, report: HealthReport) => reply.code(report.ok ? 200 : 503).send(report);

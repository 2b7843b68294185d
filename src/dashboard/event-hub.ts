import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { Feed } from './feed.ts';
import { securityHeaders } from './security-headers.ts';
import type { StatusView } from './status-meter.ts';

/**
 * Server-sent events: `state` and `series` in full when a client comes, then `changes` at each tick and `status`. A client
 * is a version number and nothing else: what it has not taken is not queued, the next `changes` simply covers more. One
 * that takes nothing for `stallMsMax` is dropped, and starts in full when it comes back.
 */
export interface EventHub {
  /** False when there are clients enough. The response is the hub's from then on. */
  open(response: ServerResponse, series: string | null): boolean;
  tick(): void;
  status(view: StatusView): void;
  readonly clients: number;
  close(): void;
}

export interface EventHubOptions {
  readonly feed: Feed;
  readonly clock: Clock;
  readonly clientsMax: number;
  readonly stallMsMax: number;
}

interface Client {
  readonly response: ServerResponse;
  series: string | null;
  version: number;
  hasDetail: boolean;
  stalledSinceMs: number | null;
  unpin: () => void;
}

export function createEventHub({ feed, clock, clientsMax, stallMsMax }: EventHubOptions): EventHub {
  const clients = new Set<Client>();

  const send = (client: Client, event: string, data: unknown) =>
    client.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

  function drop(client: Client): void {
    clients.delete(client);
    client.unpin();
    client.response.destroy();
  }

  /** Whether the client has taken what it was sent before; drops it when it has not for too long. */
  function canTake(client: Client): boolean {
    if (!client.response.writableNeedDrain) {
      client.stalledSinceMs = null;
      return true;
    }
    client.stalledSinceMs ??= clock.monotonicMs();
    if (clock.monotonicMs() - client.stalledSinceMs > stallMsMax) drop(client);
    return false;
  }

  function follow(client: Client, series: string | null): void {
    client.series = series;
    if (series !== null) client.unpin = feed.pin(series);
  }

  /** The followed series in full, as soon as there is one. */
  function sendSeries(client: Client): void {
    if (client.series === null) follow(client, mostUnusual(feed));
    const snapshot = client.series === null ? null : feed.seriesSnapshot(client.series);
    client.hasDetail = snapshot !== null;
    if (snapshot !== null) send(client, 'series', snapshot);
  }

  function update(client: Client): void {
    const since = client.version;
    const changes = feed.changesSince(since, client.hasDetail ? client.series : null);
    if (changes === null) return;
    client.version = changes.version;
    send(client, 'changes', changes);
    if (!client.hasDetail || changes.names?.includes(client.series ?? '') === false) sendSeries(client);
  }

  return {
    get clients() {
      return clients.size;
    },
    open(response, series) {
      if (clients.size >= clientsMax) return false;
      const client: Client = {
        response,
        series: null,
        version: -1,
        hasDetail: false,
        stalledSinceMs: null,
        unpin: () => {},
      };
      follow(client, series);
      clients.add(client);
      response.on('close', () => drop(client));
      response.on('error', () => drop(client));
      response.writeHead(200, {
        ...securityHeaders,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      const state = feed.snapshot();
      client.version = state.version;
      send(client, 'state', state);
      sendSeries(client);
      return true;
    },
    tick() {
      for (const client of clients) if (canTake(client)) update(client);
    },
    status(view) {
      for (const client of clients) if (canTake(client)) send(client, 'status', view);
    },
    close() {
      for (const client of clients) {
        clients.delete(client);
        client.unpin();
        client.response.end();
      }
    },
  };
}

/** What an operator would look at first: an open alert before an alarm, then the smallest p-value. */
function mostUnusual(feed: Feed): string | null {
  const rank = { firing: 0, pending: 1, alarm: 2, silent: 3, ordinary: 4, learning: 4, sparse: 5, warming: 6 } as const;
  const [first] = feed
    .snapshot()
    .series.toSorted((a, b) => rank[a.state] - rank[b.state] || (a.pValue ?? 1) - (b.pValue ?? 1));
  return first?.name ?? null;
}

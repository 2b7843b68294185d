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

export const createEventHub = (options: EventHubOptions): EventHub => new VersionedEventHub(options);

class VersionedEventHub implements EventHub {
  private readonly connected = new Set<Client>();

  constructor(private readonly options: EventHubOptions) {}

  get clients(): number {
    return this.connected.size;
  }

  open(response: ServerResponse, series: string | null): boolean {
    if (this.connected.size >= this.options.clientsMax) return false;
    const client: Client = {
      response,
      series: null,
      version: -1,
      hasDetail: false,
      stalledSinceMs: null,
      unpin: () => {},
    };
    this.follow(client, series);
    this.connected.add(client);
    response.on('close', () => this.drop(client));
    response.on('error', () => this.drop(client));
    response.writeHead(200, {
      ...securityHeaders,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const state = this.options.feed.snapshot();
    client.version = state.version;
    send(client, 'state', state);
    this.sendSeries(client);
    return true;
  }

  tick(): void {
    for (const client of this.connected) if (this.canTake(client)) this.update(client);
  }

  status(view: StatusView): void {
    for (const client of this.connected) if (this.canTake(client)) send(client, 'status', view);
  }

  close(): void {
    for (const client of this.connected) {
      this.connected.delete(client);
      client.unpin();
      client.response.end();
    }
  }

  private drop(client: Client): void {
    this.connected.delete(client);
    client.unpin();
    client.response.destroy();
  }

  /** Whether the client has taken what it was sent before; drops it when it has not for too long. */
  private canTake(client: Client): boolean {
    if (!client.response.writableNeedDrain) {
      client.stalledSinceMs = null;
      return true;
    }
    const nowMs = this.options.clock.monotonicMs();
    client.stalledSinceMs ??= nowMs;
    if (nowMs - client.stalledSinceMs > this.options.stallMsMax) this.drop(client);
    return false;
  }

  private update(client: Client): void {
    const changes = this.options.feed.changesSince(client.version, client.hasDetail ? client.series : null);
    if (changes === null) return;
    client.version = changes.version;
    send(client, 'changes', changes);
    if (!client.hasDetail || changes.names?.includes(client.series ?? '') === false) this.sendSeries(client);
  }

  /** The followed series in full, as soon as there is one. */
  private sendSeries(client: Client): void {
    const { feed } = this.options;
    if (client.series === null) this.follow(client, mostUnusual(feed));
    const snapshot = client.series === null ? null : feed.seriesSnapshot(client.series);
    client.hasDetail = snapshot !== null;
    if (snapshot !== null) send(client, 'series', snapshot);
  }

  private follow(client: Client, series: string | null): void {
    client.series = series;
    if (series !== null) client.unpin = this.options.feed.pin(series);
  }
}

function send(client: Client, event: string, data: unknown): void {
  client.response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** What an operator would look at first: an open alert before an alarm, then the smallest p-value. */
function mostUnusual(feed: Feed): string | null {
  const rank = { firing: 0, pending: 1, alarm: 2, silent: 3, ordinary: 4, learning: 4, sparse: 5, warming: 6 } as const;
  const [first] = feed
    .snapshot()
    .series.toSorted((a, b) => rank[a.state] - rank[b.state] || (a.pValue ?? 1) - (b.pValue ?? 1));
  return first?.name ?? null;
}

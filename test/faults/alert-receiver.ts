import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type AlertmanagerAlert, toAlertmanager } from '../../src/sink/alertmanager.ts';
import type { Expected } from '../support/in-process.ts';
import { addContent, type Fields } from '../support/influx.ts';

/** Stands where Alertmanager would, and keeps what it was told. */
export class AlertReceiver {
  readonly #server: Server;
  #contents = new Map<string, Fields[]>();
  #posts = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      json(request).then(
        (alerts) => {
          for (const alert of alerts as AlertmanagerAlert[]) this.#add(alert);
          response.writeHead(200).end();
        },
        () => response.writeHead(400).end(),
      );
    });
  }

  static async listen(): Promise<AlertReceiver> {
    const receiver = new AlertReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v2/alerts`;
  }

  /** Different contents that came, by transition. */
  get contents(): ReadonlyMap<string, readonly Fields[]> {
    return this.#contents;
  }

  /** Transitions that came, again and again ones too. */
  get posts(): number {
    return this.#posts;
  }

  forget(): void {
    this.#contents = new Map();
    this.#posts = 0;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #add(alert: AlertmanagerAlert): void {
    this.#posts++;
    addContent(this.#contents, ...transitionOf(alert));
  }
}

/** What an undisturbed run posts, in the receiver's form. */
export function expectedTransitions(
  { alerts, channels }: Expected,
  pipeline: string,
): ReadonlyMap<string, readonly Fields[]> {
  const contents = new Map<string, Fields[]>();
  const settings = { pipeline, severity: 'warning', nowMs: 0, firingMsMax: 0 };
  for (const alert of alerts) {
    const posted = toAlertmanager(alert, channels, settings);
    if (posted !== null) addContent(contents, ...transitionOf(posted));
  }
  return contents;
}

function transitionOf({ labels, annotations, startsAt, endsAt }: AlertmanagerAlert): [string, Fields] {
  const { peak_score, min_p_value, ...texts } = annotations;
  const state = endsAt === undefined ? 'firing' : 'resolved';
  return [
    `${annotations.id} ${state}`,
    { ...labels, ...texts, startsAt, endsAt, peak_score: Number(peak_score), min_p_value: Number(min_p_value) },
  ];
}

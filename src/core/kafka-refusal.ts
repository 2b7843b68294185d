import * as net from 'node:net';
import * as tls from 'node:tls';
import type { ISocketFactory, ISocketFactoryArgs } from 'kafkajs';
import { DriftcastError, messageOf } from './errors.ts';
import type { KafkaLogin } from './kafka-login.ts';
import { type TlsRefusal, tlsRefusal } from './tls-refusal.ts';

export interface KafkaRefusal {
  /** The addresses; none any more once the brokers' certificates were refused, which ends the client's repetitions. */
  readonly brokers: () => string[];
  readonly socketFactory: ISocketFactory;
  /** ACCESS_DENIED with what was refused and what to do; an outage stays the error that it is. */
  explain(error: unknown): unknown;
}

/** A broker is asked again a few times: of several, one may be all right. */
const attemptsMin = 3;
const keepAliveMs = 60_000;

/**
 * Tells refusals from outages. The client takes a certificate that cannot be trusted for an outage and would repeat for a
 * quarter of an hour; that is right once a connection has worked, and wrong at the start, where it is a fault of the settings.
 */
export function createKafkaRefusal(addresses: readonly string[], login: KafkaLogin | undefined): KafkaRefusal {
  const attemptsMax = Math.max(attemptsMin, addresses.length);
  let heard = false;
  let refusals = 0;
  let last: { readonly message: string; readonly hint: string } | null = null;

  const isOver = () => !heard && refusals >= attemptsMax;

  return {
    brokers: () => (isOver() ? [] : [...addresses]),
    socketFactory(target) {
      const { host, port, ssl } = target;
      const broker = `${host}:${port}`;
      const socket = openSocket(target);
      socket.once('data', (bytes: Buffer) => {
        if (ssl || !isTlsAlert(bytes)) heard = true;
        else socket.destroy(new Error(plainToTls));
      });
      socket.on('error', (error) => {
        const refused = error.message === plainToTls ? toPlain : tlsRefusal(error);
        if (refused === null) return;
        refusals += 1;
        last = { message: `connecting to Kafka at ${broker}: ${refused.reason}`, hint: refused.hint };
      });
      return socket;
    },
    explain(error) {
      if (error instanceof DriftcastError) return error;
      const fault = causes(error).find((cause) => cause instanceof DriftcastError);
      if (fault !== undefined) return fault;
      if (!heard && last !== null) return denied(last.message, last.hint);
      const loginFault = causes(error).find(isLoginFault);
      if (loginFault === undefined) return error;
      return denied(
        `logging in to Kafka at ${addresses.join(', ')} ${whoLogsIn(login)}: ${messageOf(loginFault)}`,
        login === undefined
          ? 'The brokers want a login: set sasl.'
          : 'Check mechanism and credentials under sasl, and that the brokers know them.',
      );
    },
  };
}

const plainToTls = 'the broker answers with TLS';
const toPlain: TlsRefusal = { reason: plainToTls, hint: 'Set tls, or give the port without it.' };

/** As the client would open it. */
function openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): net.Socket {
  const name = net.isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl ? tls.connect({ host, port, ...name, ...ssl }, onConnect) : net.connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, keepAliveMs);
}

/** A TLS server's answer to something else: an alert. As the length of an answer of Kafka's it would be 350 MB. */
const isTlsAlert = (bytes: Buffer): boolean => bytes[0] === 0x15 && bytes[1] === 0x03;

const loginFaults: ReadonlySet<unknown> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]);

function isLoginFault(error: unknown): boolean {
  const { name, type } = error as { readonly name?: unknown; readonly type?: unknown };
  return name === 'KafkaJSSASLAuthenticationError' || loginFaults.has(type);
}

const causesMax = 10;

/** The error, what it was made of, and so on. */
function causes(error: unknown): readonly object[] {
  const all: object[] = [];
  for (let at = error; typeof at === 'object' && at !== null && all.length < causesMax; ) {
    all.push(at);
    at = (at as { readonly cause?: unknown }).cause;
  }
  return all;
}

function whoLogsIn(login: KafkaLogin | undefined): string {
  if (login === undefined) return 'without a login';
  const who = login.mechanism === 'oauthbearer' ? `with the token in ${login.token_file}` : `as ${login.username}`;
  return `${who} (${login.mechanism})`;
}

const denied = (message: string, hint: string): DriftcastError =>
  new DriftcastError('ACCESS_DENIED', message, { hint });

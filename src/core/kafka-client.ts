import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type Admin,
  type AdminConfig,
  type Consumer,
  type ConsumerConfig,
  type ISocketFactoryArgs,
  Kafka,
  type KafkaConfig,
  type Producer,
  type ProducerConfig,
} from 'kafkajs';

const keepAliveMs = 60_000;

/**
 * A kafkajs client that breaks a connection whose request was not answered in time. kafkajs gives up the request alone and
 * sends the next one into the same connection: where a firewall or a load balancer has forgotten it, without a word to
 * either end, nothing comes back for the quarter of an hour that the system goes on sending.
 */
export class KafkaClient extends Kafka {
  readonly #sockets: OpenSockets;

  constructor(config: Omit<KafkaConfig, 'socketFactory'>) {
    const sockets = new OpenSockets();
    super({ ...config, socketFactory: (args) => sockets.open(args) });
    this.#sockets = sockets;
  }

  override consumer(config: ConsumerConfig): Consumer {
    const consumer = super.consumer(config);
    consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => this.#sockets.break(payload.broker));
    return consumer;
  }

  override producer(config?: ProducerConfig): Producer {
    const producer = super.producer(config);
    producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => this.#sockets.break(payload.broker));
    return producer;
  }

  override admin(config?: AdminConfig): Admin {
    const admin = super.admin(config);
    admin.on(admin.events.REQUEST_TIMEOUT, ({ payload }) => this.#sockets.break(payload.broker));
    return admin;
  }
}

/** The sockets of a client, by "host:port" of the broker. Exported for its test. */
export class OpenSockets {
  readonly #open = new Map<Socket, string>();

  /** As kafkajs's own factory opens them. */
  open({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
    const socket = ssl
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveMs);
    this.#open.set(socket, `${host}:${port}`);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  }

  break(broker: string): void {
    for (const [socket, to] of this.#open)
      if (to === broker) socket.destroy(new Error(`no answer from ${broker}: the connection is made anew`));
  }
}

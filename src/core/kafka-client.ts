import type { Socket } from 'node:net';
import {
  type Admin,
  type AdminConfig,
  type Consumer,
  type ConsumerConfig,
  Kafka,
  type KafkaConfig,
  type Producer,
  type ProducerConfig,
} from 'kafkajs';
import type { KafkaRefusal } from './kafka-refusal.ts';

export type KafkaClientConfig = Omit<KafkaConfig, 'brokers' | 'socketFactory'>;

/**
 * A kafkajs client of which connecting says what was refused, and by whom; and that breaks a connection whose request was not
 * answered in time. kafkajs gives up the request alone and sends the next one into the same connection: where a firewall or a load
 * balancer has forgotten it, without a word to either end, nothing comes back for the quarter of an hour that the system goes on
 * sending.
 */
export class KafkaClient extends Kafka {
  readonly #sockets: OpenSockets;
  readonly #refusal: KafkaRefusal;

  constructor(config: KafkaClientConfig, refusal: KafkaRefusal) {
    const sockets = new OpenSockets();
    super({
      ...config,
      brokers: refusal.brokers,
      socketFactory: (target) => sockets.add(`${target.host}:${target.port}`, refusal.socketFactory(target)),
    });
    this.#sockets = sockets;
    this.#refusal = refusal;
  }

  override consumer(config: ConsumerConfig): Consumer {
    const consumer = this.#explain(super.consumer(config));
    consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => this.#sockets.break(payload.broker));
    return consumer;
  }

  override producer(config?: ProducerConfig): Producer {
    const producer = this.#explain(super.producer(config));
    producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => this.#sockets.break(payload.broker));
    return producer;
  }

  override admin(config?: AdminConfig): Admin {
    const admin = this.#explain(super.admin(config));
    admin.on(admin.events.REQUEST_TIMEOUT, ({ payload }) => this.#sockets.break(payload.broker));
    return admin;
  }

  #explain<Client extends { connect(): Promise<void> }>(client: Client): Client {
    const { connect } = client;
    client.connect = () =>
      connect.call(client).catch((error: unknown) => {
        throw this.#refusal.explain(error);
      });
    return client;
  }
}

/** The sockets of a client, by "host:port" of the broker. Exported for its test. */
export class OpenSockets {
  readonly #open = new Map<Socket, string>();

  add(broker: string, socket: Socket): Socket {
    this.#open.set(socket, broker);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  }

  break(broker: string): void {
    for (const [socket, to] of this.#open)
      if (to === broker) socket.destroy(new Error(`no answer from ${broker}: the connection is made anew`));
  }
}

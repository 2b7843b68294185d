import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { plantChannels, startMs } from '../support/tiny-pipeline.ts';

const messagesPerSendMax = 2000;

/** Sends rows of made-up servers to a topic, as fast as it is told to, keyed by series. */
export class Flood {
  sent = 0;
  readonly #producer: Producer;
  readonly #topic: string;
  readonly #series: number;
  readonly #stepMs: number;

  constructor(broker: string, options: { readonly topic: string; readonly series: number; readonly stepMs: number }) {
    const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
    this.#producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    this.#topic = options.topic;
    this.#series = options.series;
    this.#stepMs = options.stepMs;
  }

  start(): Promise<void> {
    return this.#producer.connect();
  }

  /** Sends `count` more messages: row by row, every series of a row in turn. */
  async send(count: number): Promise<void> {
    for (let left = count; left > 0; left -= messagesPerSendMax) {
      const messages = Array.from({ length: Math.min(left, messagesPerSendMax) }, () => this.#message(this.sent++));
      await this.#producer.send({ topic: this.#topic, messages });
    }
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }

  #message(index: number): { readonly key: string; readonly value: string } {
    const row = Math.floor(index / this.#series);
    const series = `web-${index % this.#series}`;
    const cells = plantChannels.map(({ name }, c) => [name, 50 + 20 * Math.sin(row / (7 + c)) + ((index * 7919) % 11)]);
    return {
      key: series,
      value: JSON.stringify({ time: startMs + row * this.#stepMs, series, ...Object.fromEntries(cells) }),
    };
  }
}

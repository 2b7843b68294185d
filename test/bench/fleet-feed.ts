import { setTimeout as sleep } from 'node:timers/promises';
import { rowMessage } from '../../src/source/plant/plant.ts';
import { plants } from '../../src/source/plant/plants.ts';
import type { Sent, TestKafka } from '../support/kafka.ts';

const plant = plants.server;
const pauseMs = 10;

export interface FleetOptions {
  readonly partitions: number;
  /** A multiple of the series of a plant: each plant is one partition. */
  readonly seriesOfPartition: number;
  readonly rows: number;
  /** Rows between two windows. */
  readonly stride: number;
}

/**
 * Servers of several plants, one partition each. A row of a partition is sent at once. The partitions are spread over the rows of a
 * stride, as if the clocks of the plants were not the same: else all windows of all devices would be due in the same moment, and to
 * the time that one takes came that of all others.
 */
export class FleetFeed {
  readonly rows: number;
  readonly seriesCount: number;
  readonly #options: FleetOptions;
  /** [partition][row]: the messages of a row. */
  readonly #messages: readonly (readonly (readonly Sent[])[])[];
  /** [partition][row]: when it was given to the client, as `performance.now()`. */
  readonly #sentMs: number[][];
  readonly #firstRow: number;

  /** @param nowMs rows end before, so that nothing is from the future */
  constructor(options: FleetOptions, nowMs: number) {
    const { partitions, seriesOfPartition, rows, stride } = options;
    this.#options = options;
    this.rows = rows;
    this.seriesCount = partitions * seriesOfPartition;
    this.#firstRow = stride * Math.floor((nowMs / plant.stepMs - rows) / stride - 1);
    this.#sentMs = Array.from({ length: partitions }, () => []);
    const names = new Set(plant.series.slice(0, seriesOfPartition));
    this.#messages = this.#sentMs.map((_, partition) => {
      const startMs = this.#firstRow * plant.stepMs;
      const all = plant.generate({ seed: partition + 1, startMs, steps: rows, faults: false, dropouts: false });
      const byRow: Sent[][] = Array.from({ length: rows }, () => []);
      for (const row of all) {
        if (!names.has(row.series)) continue;
        const series = `plant-${partition}/${row.series}`;
        const value = Buffer.from(JSON.stringify({ ...rowMessage(plant, row), series }));
        byRow[Math.round(row.timeMs / plant.stepMs) - this.#firstRow]?.push({ key: series, value, partition });
      }
      return byRow;
    });
  }

  /** Sends these rows of all partitions as fast as it goes. */
  async sendAtOnce(kafka: TestKafka, topic: string, from: number, to: number): Promise<void> {
    for (let row = from; row < to; row++) {
      for (const sentMs of this.#sentMs) sentMs[row] = performance.now();
      await kafka.send(
        topic,
        this.#messages.flatMap((rows) => rows[row]),
      );
    }
  }

  /** Sends them so that `windowsPerSecond` are due; resolves when the last is sent. */
  async sendPaced(kafka: TestKafka, topic: string, from: number, to: number, windowsPerSecond: number): Promise<void> {
    const { partitions, stride } = this.#options;
    const rowMs = (1000 * this.seriesCount) / stride / windowsPerSecond;
    const startMs = performance.now();
    const lines = this.#sentMs.map(() => new SendLine((messages) => kafka.send(topic, messages)));
    // [partition]: the next row; those of a partition are due a share of a stride later than those of the one before
    const next = this.#sentMs.map(() => from);
    const dueMs = (partition: number) => startMs + rowMs * (next[partition] - from + (stride * partition) / partitions);
    while (next.some((row) => row < to)) {
      const nowMs = performance.now();
      for (let partition = 0; partition < partitions; partition++) {
        while (next[partition] < to && dueMs(partition) <= nowMs) {
          const row = next[partition]++;
          this.#sentMs[partition][row] = performance.now();
          lines[partition].add(this.#messages[partition][row]);
        }
      }
      await sleep(pauseMs);
    }
    await Promise.all(lines.map((line) => line.sent()));
  }

  /**
   * When the message was sent that completes a row of a series: the first one of the next row of its partition, for it moves the
   * watermark. null: not sent yet, or no row of this feed.
   */
  completedMs(series: string, timeMs: number): number | null {
    const partition = Number(/^plant-(\d+)\//.exec(series)?.[1]);
    return this.#sentMs[partition]?.[Math.round(timeMs / plant.stepMs) - this.#firstRow + 1] ?? null;
  }

  /** Whether a window ends with the row. */
  endsWindow(timeMs: number): boolean {
    return (Math.round(timeMs / plant.stepMs) + 1) % this.#options.stride === 0;
  }

  /** Number of a row among those of the feed. */
  rowOf(timeMs: number): number {
    return Math.round(timeMs / plant.stepMs) - this.#firstRow;
  }
}

/** Messages of one partition in their order: the client may pass one request by another where several are under way. */
class SendLine {
  readonly #send: (messages: readonly Sent[]) => Promise<void>;
  #waiting: Sent[] = [];
  #sending: Promise<void> | null = null;

  constructor(send: (messages: readonly Sent[]) => Promise<void>) {
    this.#send = send;
  }

  add(messages: readonly Sent[]): void {
    this.#waiting.push(...messages);
    this.#sending ??= this.#run();
    // who waits for `sent` is told
    this.#sending.catch(() => undefined);
  }

  async sent(): Promise<void> {
    await this.#sending;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0));
    this.#sending = null;
  }
}

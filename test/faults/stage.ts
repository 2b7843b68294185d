import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, type RunningCli, runCli, startCli } from '../support/cli.ts';
import type { Journey } from '../support/journey.ts';
import { runArgs } from '../support/journey.ts';
import type { Sent, TestKafka } from '../support/kafka.ts';
import type { TinyPipeline } from '../support/tiny-pipeline.ts';
import type { HttpProxy } from './http-proxy.ts';
import type { OwnServers } from './servers.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import type { WriteRecorder } from './write-recorder.ts';

/** What is around a processor: its servers, and the wires to them. */
export interface Surroundings {
  readonly kafka: TestKafka;
  readonly tiny: TinyPipeline;
  /** null: the servers belong to others. */
  readonly servers: OwnServers | null;
  readonly kafkaWire: TcpProxy | null;
  readonly databaseWire: TcpProxy;
  readonly database: HttpProxy;
}

/** Messages of one request, and the pause behind it: a feed that trickles, so that a fault falls into work under way. */
const trickleMessages = 6;
const trickleMs = 40;
const flowMsMax = 180_000;
/** A batch that is under way for longer than a moment. */
const work = ['source.until=never', 'limits.in_flight_windows_max=8'];

/** One processor (or several in one group) on its journey, as faults see it. */
export class Stage {
  readonly around: Surroundings;
  readonly journey: Journey;
  readonly recorder: WriteRecorder;
  readonly #feed: readonly Sent[];
  readonly #settings: (processor: string) => readonly string[];
  readonly #processors = new Map<string, RunningCli>();
  #sent = 0;

  constructor(
    around: Surroundings,
    journey: Journey,
    recorder: WriteRecorder,
    feed: readonly Sent[],
    settings: (processor: string) => readonly string[],
  ) {
    this.around = around;
    this.journey = journey;
    this.recorder = recorder;
    this.#feed = feed;
    this.#settings = settings;
  }

  get names(): readonly string[] {
    return [...this.#processors.keys()];
  }

  /** Starts a processor. */
  start(name = 'processor'): void {
    this.#processors.set(name, startCli(this.#args(name, work)));
  }

  /** Reads what is left, to the end. */
  async finish(name = 'processor'): Promise<void> {
    await runCli(this.#args(name, []));
  }

  processor(name = 'processor'): RunningCli {
    const running = this.#processors.get(name);
    if (running === undefined) throw new Error(`no processor is called ${name}`);
    return running;
  }

  /** Ends a processor; resolves when it is gone. SIGTERM: fails unless it drains and exits 0. */
  async end(signal: 'SIGKILL' | 'SIGTERM', name = 'processor'): Promise<void> {
    const running = this.processor(name);
    this.#processors.delete(name);
    running.kill(signal);
    const exit = await running.exitWithin(90_000);
    if (signal === 'SIGTERM' && exit.code !== 0)
      throw new Error(
        `${name} ended with ${exit.code ?? exit.signal} when asked to. It said:\n${running.said().slice(-3000)}`,
      );
  }

  /** Sends the next messages of the feed, a few at a time. */
  async trickle(count: number): Promise<void> {
    for (const end = Math.min(this.#feed.length, this.#sent + count); this.#sent < end; ) {
      const part = this.#feed.slice(this.#sent, Math.min(end, this.#sent + trickleMessages));
      await this.around.kafka.send(this.journey.topic, part);
      this.#sent += part.length;
      await sleep(trickleMs);
    }
  }

  get unsent(): number {
    return this.#feed.length - this.#sent;
  }

  /** Event time of the newest message that was sent. */
  get newestMs(): number {
    const times = this.#feed.slice(0, this.#sent).flatMap(({ value }) => /"time":(\d+)/.exec(String(value))?.[1] ?? []);
    return Math.max(0, ...times.map(Number));
  }

  /** Waits until scores of rows later than `eventMs` have come since then; resolves with the seconds it took. */
  async flowsAgain(sinceMs: number, eventMs: number): Promise<number> {
    await eventually(
      () => `no new score since the fault. ${this.#said()}`,
      async () => {
        const dead = [...this.#processors].find(
          ([, { child }]) => child.exitCode !== null || child.signalCode !== null,
        );
        if (dead !== undefined) throw new Error(`${dead[0]} has ended by itself. ${this.#said()}`);
        return this.recorder.progressAfter(sinceMs, eventMs) !== null;
      },
      flowMsMax,
    );
    return ((this.recorder.progressAfter(sinceMs, eventMs) ?? sinceMs) - sinceMs) / 1000;
  }

  killAll(): void {
    for (const running of this.#processors.values()) running.kill('SIGKILL');
  }

  #args(name: string, more: readonly string[]): string[] {
    return runArgs(this.around.tiny, this.journey, ...this.#settings(name), ...more);
  }

  #said(): string {
    return [...this.#processors].map(([name, running]) => `${name} said:\n${running.said().slice(-3000)}`).join('\n');
  }
}

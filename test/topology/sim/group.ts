import type { Clock } from '../../../src/core/clock.ts';
import type { CreditGate, Source } from '../../../src/core/component.ts';
import type { CommitMark, SourceEvent } from '../../../src/core/record.ts';
import type { Rng } from '../../../src/core/rng.ts';
import type { SeriesState } from '../../../src/core/series-state.ts';
import { Broker, TOPIC } from './fake-source.ts';

/** A broker that keeps states beside the offsets, and lets only the last one who opened a partition write to it. */
export class StateBroker extends Broker {
  /** [partition]: series to JSON. */
  readonly states = this.partitions.map(() => new Map<string, string>());
  /** [partition]: how often it was opened. */
  readonly epochs = this.partitions.map(() => 0);
  /** Commits that came from somebody who was shut out. */
  fenced = 0;
  /** From now on a member whose partitions have ended is done. */
  finishing = false;

  open(partition: number): number {
    this.epochs[partition] = (this.epochs[partition] ?? 0) + 1;
    return this.epochs[partition];
  }

  read(partition: number): ReadonlyMap<string, SeriesState> {
    return new Map([...(this.states[partition] ?? [])].map(([series, text]) => [series, JSON.parse(text)]));
  }

  /** One transaction; false: shut out. */
  commit({ partition, nextOffset, states = new Map() }: CommitMark, epoch: number): boolean {
    if (this.epochs[partition] !== epoch) {
      this.fenced++;
      return false;
    }
    for (const [series, state] of states) {
      if (state === null) this.states[partition]?.delete(series);
      else this.states[partition]?.set(series, JSON.stringify(state));
    }
    this.committed[partition] = nextOffset;
    return true;
  }
}

/** Who owns what, as the group's coordinator sees it. Members hear of it later, each in its own time. */
export class Group {
  readonly #rng: Rng;
  readonly #partitions: number;
  readonly #due = new Map<GroupSource, number>();
  members: GroupSource[] = [];
  owners: (GroupSource | null)[];
  generation = 0;

  constructor(partitions: number, rng: Rng) {
    this.#partitions = partitions;
    this.#rng = rng;
    this.owners = Array.from({ length: partitions }, () => null);
  }

  rebalance(members: readonly GroupSource[], nowMs: number): void {
    this.members = [...members];
    this.generation++;
    this.owners = Array.from({ length: this.#partitions }, () => members[this.#rng.integer(members.length)] ?? null);
    for (const member of members) this.#due.set(member, nowMs + 10 * this.#rng.integer(40));
  }

  /** Tells those whose time has come. */
  tell(nowMs: number): void {
    for (const [member, dueMs] of this.#due) {
      if (dueMs > nowMs) continue;
      this.#due.delete(member);
      member.assign(
        this.owners.flatMap((owner, partition) => (owner === member ? [partition] : [])),
        this.generation,
      );
    }
  }
}

interface Slot {
  readonly partition: number;
  readonly generation: number;
  epoch: number;
  /** null: its states are being read. */
  next: number | null;
  ended: boolean;
}

export interface GroupSourceOptions {
  readonly broker: StateBroker;
  readonly group: Group;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly alive: () => boolean;
  readonly onCommit: (marks: readonly CommitMark[]) => void;
}

/** A member of a Group: reads a StateBroker, with what happens to a member of a group of Kafka. */
export class GroupSource implements Source {
  readonly keepsStates = true;
  readonly #options: GroupSourceOptions;
  readonly #slots = new Map<number, Slot>();
  #emit: (event: SourceEvent) => void = () => {};
  #stopped = false;
  #generation = 0;
  /** The newest generation of the group that it has heard of. */
  #heard = 0;
  /** Partitions that it was shut out of and looks after. */
  #reopening = 0;

  constructor(options: GroupSourceOptions) {
    this.#options = options;
  }

  async run(emit: (event: SourceEvent) => void, credits: CreditGate): Promise<void> {
    const { clock, rng, alive, broker, group } = this.#options;
    this.#emit = emit;
    while (!this.#stopped) {
      for (let left = rng.integer(20) + 1; left > 0; left--) {
        if (!credits.free) await credits.whenFree();
        if (!alive()) return new Promise(() => {});
        if (this.#stopped || !this.#next()) break;
      }
      // one that has yet to hear what is its, or to open it again, is not done
      const knowsAll = this.#heard === group.generation && this.#reopening === 0;
      if (broker.finishing && knowsAll && [...this.#slots.values()].every(({ ended }) => ended)) return;
      await clock.sleep(10 * (1 + rng.integer(4)));
    }
  }

  /** It hears of a new assignment: what it had is gone, what it has is opened. */
  assign(partitions: readonly number[], heard: number): void {
    if (this.#stopped || !this.#options.alive()) return;
    this.#heard = heard;
    for (const slot of this.#slots.values()) this.#send({ kind: 'closed', ...this.#at(slot), ended: false });
    this.#slots.clear();
    for (const partition of partitions) void this.#open(partition);
  }

  async commit(marks: readonly CommitMark[]): Promise<void> {
    const { clock, rng, alive, broker, onCommit } = this.#options;
    await Promise.all(
      marks.map(async (mark) => {
        await clock.sleep(10 * rng.integer(4));
        if (!alive()) await new Promise(() => {});
        const slot = this.#slots.get(mark.partition);
        if (slot === undefined || slot.generation !== mark.generation) return;
        if (broker.commit(mark, slot.epoch)) onCommit([mark]);
        else await this.#shutOut(slot);
        await clock.sleep(10 * rng.integer(4));
        if (!alive()) await new Promise(() => {});
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
  }

  async close(): Promise<void> {}
  progress = (): null => null;
  health = () => ({ ok: true, detail: '' });

  async #open(partition: number): Promise<void> {
    const { clock, rng, broker } = this.#options;
    const slot: Slot = { partition, generation: ++this.#generation, epoch: -1, next: null, ended: false };
    this.#slots.set(partition, slot);
    const wait = async () => {
      await clock.sleep(10 * rng.integer(8));
      return this.#options.alive() && !this.#stopped && this.#slots.get(partition) === slot;
    };
    if (!(await wait())) return;
    slot.epoch = broker.open(partition);
    if (!(await wait())) return;
    const states = broker.read(partition);
    const next = broker.committed[partition] ?? 0;
    if (!(await wait())) return;
    this.#send({ kind: 'reset', ...this.#at(slot), states });
    slot.next = next;
  }

  /** Somebody else has the partition; or nobody has, and it is opened again. */
  async #shutOut(slot: Slot): Promise<void> {
    const { clock, group } = this.#options;
    this.#slots.delete(slot.partition);
    this.#send({ kind: 'closed', ...this.#at(slot), ended: false });
    const heard = this.#heard;
    this.#reopening++;
    await clock.sleep(100);
    this.#reopening--;
    const stillOwned = heard === group.generation && heard === this.#heard;
    if (stillOwned && !this.#slots.has(slot.partition)) void this.#open(slot.partition);
  }

  #next(): boolean {
    const { rng, broker } = this.#options;
    const lengthOf = (partition: number) => broker.partitions[partition]?.length ?? 0;
    const open = [...this.#slots.values()].filter(
      ({ ended, next, partition }) => !ended && next !== null && next < lengthOf(partition),
    );
    const slot = open[rng.integer(Math.max(1, open.length))];
    if (slot !== undefined) {
      const offset = slot.next as number;
      slot.next = offset + 1;
      const value = Buffer.from(broker.partitions[slot.partition]?.[offset] ?? '');
      this.#send({
        kind: 'record',
        record: { key: null, value, timestampMs: null, position: { ...this.#at(slot), offset } },
      });
    }
    for (const each of this.#slots.values()) {
      if (each.ended || each.next === null || each.next < lengthOf(each.partition)) continue;
      each.ended = true;
      this.#send({ kind: 'closed', ...this.#at(each), ended: true });
    }
    return slot !== undefined;
  }

  #send(event: SourceEvent): void {
    if (this.#options.alive()) this.#emit(event);
  }

  #at = ({ partition, generation }: Slot) => ({ topic: TOPIC, partition, generation });
}

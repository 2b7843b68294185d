import type { Type } from 'avsc';
import type { DeadLetterReason } from '../core/dead-letter.ts';
import { avroDecimal } from './avro-decimal.ts';
import { Fault } from './fault.ts';
import { tooDeep } from './json-text.ts';

/** Besides one a byte: values that take none (null, an empty record) have to have an end too. */
const emptyValuesMax = 10_000;

class Broken extends Error {
  readonly reason: DeadLetterReason;

  constructor(message: string, reason: DeadLetterReason = 'parse_error') {
    super(message);
    this.reason = reason;
  }
}

/**
 * Reads one value of an Avro schema from the whole of `bytes`: records and maps become objects without a prototype, unions the
 * value itself, enums their symbol, longs a number or, beyond what a number holds, a string of digits; timestamps become
 * milliseconds since the epoch, decimals numbers. Work and memory are bounded by the bytes, whatever counts they claim: avsc's own
 * reader is not used for that reason. Never throws.
 */
export function readAvro(type: Type, bytes: Buffer, nestingMax: number): { readonly value: unknown } | Fault {
  const reader = new Reader(bytes, nestingMax);
  try {
    const value = reader.value(type as unknown as Shape, 0);
    if (reader.left === 0) return { value };
    throw new Broken(`${reader.left} bytes are left over`);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return error.reason === 'too_deep'
      ? tooDeep(nestingMax)
      : new Fault(error.reason, `not of its Avro schema: ${error.message}`);
  }
}

/** The parts of avsc's types that are looked at. */
interface Shape {
  readonly typeName: string;
  readonly fields: readonly { readonly name: string; readonly type: Shape }[];
  readonly itemsType: Shape;
  readonly valuesType: Shape;
  readonly underlyingType: Shape;
  readonly types: readonly Shape[];
  readonly symbols: readonly string[];
  readonly size: number;
  readonly scale: number;
}

class Reader {
  readonly #bytes: Buffer;
  readonly #nestingMax: number;
  #at = 0;
  #valuesLeft: number;

  constructor(bytes: Buffer, nestingMax: number) {
    this.#bytes = bytes;
    this.#nestingMax = nestingMax;
    this.#valuesLeft = bytes.length + emptyValuesMax;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  value(type: Shape, depth: number): unknown {
    if (this.#valuesLeft-- <= 0) throw new Broken('more values than it has bytes', 'too_large');
    switch (type.typeName) {
      case 'null':
        return null;
      case 'boolean':
        return this.#bytes[this.#take(1)] !== 0;
      case 'int':
        return Number(this.#long());
      case 'long':
        return plainLong(this.#long());
      case 'float':
        return this.#bytes.readFloatLE(this.#take(4));
      case 'double':
        return this.#bytes.readDoubleLE(this.#take(8));
      case 'string':
        return this.#run(this.#length()).toString('utf8');
      case 'bytes':
        return this.#run(this.#length());
      case 'fixed':
        return this.#run(type.size);
      case 'enum':
        return type.symbols[this.#index(type.symbols.length)];
      default:
        return this.#compound(type, depth);
    }
  }

  #compound(type: Shape, depth: number): unknown {
    if (type.typeName.startsWith('union'))
      return this.value(type.types[this.#index(type.types.length)] as Shape, depth);
    if (type.typeName.startsWith('logical:')) return logical(type, this.value(type.underlyingType, depth));
    if (depth >= this.#nestingMax) throw new Broken('', 'too_deep');
    if (type.typeName === 'array') {
      const items: unknown[] = [];
      this.#blocks(() => items.push(this.value(type.itemsType, depth + 1)));
      return items;
    }
    const object: Record<string, unknown> = Object.create(null);
    if (type.typeName === 'map') {
      this.#blocks(() => {
        const key = this.#run(this.#length()).toString('utf8');
        object[key] = this.value(type.valuesType, depth + 1);
      });
    } else for (const field of type.fields) object[field.name] = this.value(field.type, depth + 1);
    return object;
  }

  /** Arrays and maps come in blocks with a count before each; a negative one is followed by the block's bytes. */
  #blocks(item: () => void): void {
    for (;;) {
      let count = Number(this.#long());
      if (count === 0) return;
      if (count < 0) {
        count = -count;
        this.#long();
      }
      for (; count > 0; count--) item();
    }
  }

  #index(count: number): number {
    const index = Number(this.#long());
    if (index >= 0 && index < count) return index;
    throw new Broken(`${index} is none of ${count} alternatives at byte ${this.#at}`);
  }

  #length(): number {
    return Number(this.#long());
  }

  #run(length: number): Buffer {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Where the next bytes start, which are there. */
  #take(length: number): number {
    const start = this.#at;
    if (!(length >= 0 && length <= this.left))
      throw new Broken(`${length} bytes were to follow byte ${start}, ${this.left} do`);
    this.#at += length;
    return start;
  }

  /** A zigzag-encoded number of at most 64 bits. */
  #long(): number | bigint {
    let low = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.#bytes[this.#take(1)] as number;
      low += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return low % 2 === 0 ? low / 2 : -(low + 1) / 2;
    }
    let all = BigInt(low);
    for (let i = 4n; i < 10n; i++) {
      const byte = this.#bytes[this.#take(1)] as number;
      all |= BigInt(byte & 0x7f) << (7n * i);
      if (byte < 0x80) return BigInt.asIntN(64, (all >> 1n) ^ -(all & 1n));
    }
    throw new Broken(`a number without end before byte ${this.#at}`);
  }
}

function plainLong(value: number | bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function logical(type: Shape, value: unknown): unknown {
  const name = type.typeName.slice('logical:'.length);
  if (name === 'decimal') return avroDecimal(value as Buffer, type.scale);
  const perMs = name.endsWith('nanos') ? 1_000_000n : name.endsWith('micros') ? 1000n : 1n;
  return Number(BigInt(value as number | string) / perMs);
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DriftcastError } from '../../src/core/errors.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  safetensorsMetadata,
} from '../../src/diffusion/safetensors.ts';

const tensor = fc
  .tuple(fc.boolean(), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }))
  .chain(([single, shape]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return fc
      .array(fc.double(), { minLength: count, maxLength: count })
      .map(
        (values): NamedTensor => ({ shape, values: single ? Float32Array.from(values) : Float64Array.from(values) }),
      );
  });
const files = fc
  .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), tensor), {
    maxLength: 6,
    selector: ([name]) => name,
  })
  .map((entries) => new Map(entries.filter(([name]) => name !== '__metadata__' && name !== '__proto__')));

/** A file of a header and `bytes` zero bytes of data. */
function file(header: unknown, bytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + bytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  return out;
}

const refused = (bytes: Uint8Array, what: RegExp) =>
  assert.throws(
    () => decodeSafetensors(bytes),
    (error: unknown) =>
      error instanceof DriftcastError &&
      error.code === 'MODEL_INVALID' &&
      what.test(error.message) &&
      error.hint !== undefined,
  );

const f32 = (shape: readonly number[], begin: number, end: number, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('decodes what it encodes, bit for bit', () => {
    fc.assert(
      fc.property(files, (tensors) => {
        const decoded = decodeSafetensors(encodeSafetensors(tensors));
        assert.deepEqual([...decoded.keys()].sort(), [...tensors.keys()].sort());
        for (const [name, { shape, values }] of tensors) {
          assert.deepEqual(decoded.get(name)?.shape, shape);
          assert.deepEqual(decoded.get(name)?.values, values);
        }
      }),
    );
  });

  it('is laid out as the format says: length, JSON header, data from a multiple of eight', () => {
    const bytes = encodeSafetensors(
      new Map([
        ['größe', { shape: [2], values: Float32Array.of(1, 2) }],
        ['b', { shape: [], values: Float64Array.of(3) }],
      ]),
    );
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    assert.equal((8 + length) % 8, 0);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))), {
      größe: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      b: { dtype: 'F64', shape: [], data_offsets: [8, 16] },
    });
    assert.equal(view.getFloat32(8 + length + 4, true), 2);
    assert.equal(view.getFloat64(8 + length + 8, true), 3);
  });

  it('reads from any place in a larger buffer, and its tensors are copies', () => {
    const bytes = encodeSafetensors(new Map([['a', { shape: [2], values: Float64Array.of(1, 2) }]]));
    const pool = new Uint8Array(bytes.length + 7);
    pool.set(bytes, 3);
    const decoded = decodeSafetensors(pool.subarray(3, 3 + bytes.length));
    pool.fill(0);
    assert.deepEqual([...(decoded.get('a')?.values ?? [])], [1, 2]);
    assert.equal(decoded.get('a')?.values.buffer.byteLength, 16);
  });

  it('passes over metadata', () => {
    assert.equal(decodeSafetensors(file({ __metadata__: { by: 'me' }, a: f32([1], 0, 4) }, 4)).size, 1);
  });

  it('says what is wrong', () => {
    refused(new Uint8Array(7), /shorter/);
    refused(new Uint8Array(8).fill(255), /does not fit/);
    refused(file('{"a":', 0), /not JSON/);
    refused(file('[]', 0), /not an object/);
    refused(file('null', 0), /not an object/);
    refused(file({ a: null }, 0), /type undefined/);
    refused(file({ a: f32([1], 0, 4, 'I64') }, 4), /type I64/);
    refused(file({ a: f32([-1], 0, 4) }, 4), /shape/);
    refused(file({ a: f32([0.5], 0, 4) }, 4), /shape/);
    refused(file({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4), /offsets/);
    refused(file({ a: f32([2], 0, 4) }, 4), /does not fit its data/);
    refused(file({ a: f32([2 ** 53 - 1, 2 ** 53 - 1], 0, 4) }, 4), /does not fit its data/);
    refused(file({ a: f32([1], 0, 4) }, 8), /4 bytes in 8 bytes/);
    refused(file({ a: f32([1], 4, 8) }, 8), /does not start/);
    refused(file({ a: f32([2], 0, 8) }, 4), /8 bytes in 4 bytes/);
  });

  it('does not unpack a small file into a large one: tensors may not overlap', () => {
    const all = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, f32([250_000], 0, 1_000_000)]));
    refused(file(all, 1_000_000), /does not start/);
  });

  it('survives 1000 corruptions: MODEL_INVALID or a file that is whole', () => {
    const bytes = encodeSafetensors(
      new Map<string, NamedTensor>([
        ['network.head.weight', { shape: [3, 4], values: new Float32Array(12).fill(0.5) }],
        ['basis.priors', { shape: [2, 4], values: new Float64Array(8).fill(2) }],
        ['empty', { shape: [0, 3], values: new Float32Array(0) }],
      ]),
    );
    const change = fc.record({
      at: fc.integer({ min: 0, max: bytes.length - 1 }),
      to: fc.integer({ min: 0, max: 255 }),
    });
    const corruption = fc.record({
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
      cut: fc.option(fc.integer({ min: 0, max: bytes.length })),
      tail: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(corruption, ({ changes, cut, tail }) => {
        const damaged = new Uint8Array([...bytes.subarray(0, cut ?? bytes.length), ...tail]);
        for (const { at, to } of changes) if (at < damaged.length) damaged[at] = to;
        try {
          for (const { shape, values } of decodeSafetensors(damaged).values()) {
            assert.equal(
              shape.reduce((a, b) => a * b, 1),
              values.length,
            );
            assert.ok(values.byteLength <= damaged.length);
          }
        } catch (error) {
          assert.ok(error instanceof DriftcastError, String(error));
          assert.equal(error.code, 'MODEL_INVALID');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('metadata', () => {
  it('texts stand in the header, and change no tensor', () => {
    fc.assert(
      fc.property(files, fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string()), (tensors, texts) => {
        const file = encodeSafetensors(tensors, texts);
        assert.deepEqual({ ...safetensorsMetadata(file) }, { ...texts });
        assert.deepEqual(decodeSafetensors(file), decodeSafetensors(encodeSafetensors(tensors)));
        assert.deepEqual(safetensorsMetadata(encodeSafetensors(tensors)), {});
      }),
    );
  });

  it('a file that is none is refused', () => {
    assert.throws(() => safetensorsMetadata(new Uint8Array(5)), DriftcastError);
  });
});

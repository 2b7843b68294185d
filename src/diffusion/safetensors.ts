import { DriftcastError } from '../core/errors.ts';

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

const headerBytesMax = 4_194_304;
const bytesOf = { F32: 4, F64: 8 } as const;

/**
 * Encodes tensors in the safetensors format: u64 header length, JSON header, raw little-endian data.
 * @param metadata texts by name, as the format allows them in its header
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = {
      dtype: values instanceof Float32Array ? 'F32' : 'F64',
      shape,
      data_offsets: [offset, offset + values.byteLength],
    };
    offset += values.byteLength;
  }
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8); // data starts aligned
  const head = new TextEncoder().encode(text);
  const out = new Uint8Array(8 + head.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(head.length), true);
  out.set(head, 8);
  let at = 8 + head.length;
  for (const { values } of tensors.values()) {
    out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return out;
}

const invalid = (what: string, cause?: unknown) =>
  new DriftcastError('MODEL_INVALID', `reading weights: ${what}`, {
    cause,
    hint: 'Train the model again, or restore the file.',
  });

/**
 * Decodes and checks a safetensors file; any inconsistency is MODEL_INVALID, never a crash or an over-read. As the format asks,
 * the tensors fill the data without holes and without overlap: what is decoded is never larger than the file.
 */
export function decodeSafetensors(bytes: Uint8Array): Map<string, NamedTensor> {
  const { header, data } = readHeader(bytes);
  const places = Object.entries(header).flatMap(([name, entry]) =>
    name === '__metadata__' ? [] : [placeOf(name, entry)],
  );
  let filled = 0;
  for (const { name, begin, end } of [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== filled) throw invalid(`tensor ${name} does not start where the one before ends`);
    filled = end;
  }
  if (filled !== data.length) throw invalid(`tensors of ${filled} bytes in ${data.length} bytes of data`);
  return new Map(
    places.map(({ name, dtype, shape, begin, end }) => {
      // a Buffer's own slice would be a view of its pool
      const copy = new Uint8Array(data.subarray(begin, end)).buffer;
      return [name, { shape, values: dtype === 'F32' ? new Float32Array(copy) : new Float64Array(copy) }];
    }),
  );
}

/** The texts in the header; none where there are none. Errors: MODEL_INVALID. */
export function safetensorsMetadata(bytes: Uint8Array): Record<string, string> {
  const entries = Object.entries((readHeader(bytes).header.__metadata__ ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function readHeader(bytes: Uint8Array): { readonly header: Record<string, unknown>; readonly data: Uint8Array } {
  if (bytes.length < 8) throw invalid('file is shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > headerBytesMax || 8 + headerLength > bytes.length)
    throw invalid(`header of ${headerLength} bytes does not fit`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)));
  } catch (cause) {
    throw invalid('header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw invalid('header is not an object');
  return { header: header as Record<string, unknown>, data: bytes.subarray(8 + headerLength) };
}

interface Place {
  readonly name: string;
  readonly dtype: 'F32' | 'F64';
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function placeOf(name: string, entry: unknown): Place {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const whole = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;
  if (dtype !== 'F32' && dtype !== 'F64')
    throw invalid(`tensor ${name} has type ${String(dtype)}, expected F32 or F64`);
  if (!Array.isArray(shape) || !shape.every(whole) || shape.length > 8)
    throw invalid(`tensor ${name} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(whole))
    throw invalid(`tensor ${name} has no valid offsets`);
  const [begin, end] = offsets as [number, number];
  const count = shape.reduce((a: number, b: number) => a * b, 1);
  if (end - begin !== count * bytesOf[dtype]) throw invalid(`tensor ${name} does not fit its data`);
  return { name, dtype, shape: shape as number[], begin, end };
}

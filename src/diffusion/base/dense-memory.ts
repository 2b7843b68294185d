import { multiplyTransposedWasm } from './multiply-transposed.wasm.ts';

/** Where a block of a row-major matrix stands in an array of a `DenseMemory`. */
export interface Block {
  readonly data: Float64Array;
  readonly offset: number;
  readonly stride: number;
}

/** What of the global WebAssembly is used: the compiler's own declarations come only with those of browsers. */
interface WasmApi {
  readonly Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Addresses and strides in bytes. */
type Kernel = (
  ...args: [
    ...a: [number, number],
    ...b: [number, number],
    ...out: [number, number],
    rows: number,
    columns: number,
    inner: number,
    lower: number,
  ]
) => void;

const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WasmApi };
const pageBytes = 65_536;
const numberBytes = Float64Array.BYTES_PER_ELEMENT;
let compiled: object | null = null;

/**
 * Arrays of 64-bit numbers that the vector unit multiplies: about twice as fast as the best loop of JavaScript. They live in the memory
 * of one small WebAssembly module (`multiply-transposed.wat`), whose size is given once: views never move.
 */
export class DenseMemory {
  readonly #buffer: ArrayBuffer;
  readonly #multiply: Kernel;
  #used = 0;

  /** @param numbers how many all arrays together may hold */
  constructor(numbers: number) {
    const pages = Math.max(1, Math.ceil((numbers * numberBytes) / pageBytes));
    const memory = new wasm.Memory({ initial: pages, maximum: pages });
    compiled ??= new wasm.Module(Buffer.from(multiplyTransposedWasm, 'base64'));
    const { exports } = new wasm.Instance(compiled, { env: { memory } });
    this.#buffer = memory.buffer;
    this.#multiply = (exports as { readonly multiplyTransposed: Kernel }).multiplyTransposed;
  }

  /** @throws RangeError when the memory is spent */
  array(numbers: number): Float64Array {
    const out = new Float64Array(this.#buffer, this.#used * numberBytes, numbers);
    this.#used += numbers;
    return out;
  }

  /**
   * out[i, j] = sum over l of a[i, l] b[j, l]: a product with the second factor transposed, so that both are read along their rows.
   * All three are of this memory, `out` apart from the others. With `lower`, only j <= i is sure to be written (what lies above the
   * diagonal may be written too, with its right value).
   */
  multiplyTransposed(
    a: Block,
    b: Block,
    out: Block,
    rows: number,
    columns: number,
    inner: number,
    lower: boolean,
  ): void {
    this.#multiply(
      this.#address(a),
      a.stride * numberBytes,
      this.#address(b),
      b.stride * numberBytes,
      this.#address(out),
      out.stride * numberBytes,
      rows,
      columns,
      inner,
      lower ? 1 : 0,
    );
  }

  #address({ data, offset }: Block): number {
    if (data.buffer !== this.#buffer) throw new TypeError('A matrix of another memory was to be multiplied.');
    return data.byteOffset + offset * numberBytes;
  }
}

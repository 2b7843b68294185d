/** out = a x for a row-major a [n, n] and x the n numbers from `offset` on; four rows at a time. */
export function multiplyVector(a: Float64Array, x: Float64Array, offset: number, n: number, out: Float64Array): void {
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const a0 = i * n;
    const a1 = a0 + n;
    const a2 = a1 + n;
    const a3 = a2 + n;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = 0; j < n; j++) {
      const v = x[offset + j];
      s0 += a[a0 + j] * v;
      s1 += a[a1 + j] * v;
      s2 += a[a2 + j] * v;
      s3 += a[a3 + j] * v;
    }
    out[i] = s0;
    out[i + 1] = s1;
    out[i + 2] = s2;
    out[i + 3] = s3;
  }
  for (; i < n; i++) {
    let s = 0;
    for (let j = 0; j < n; j++) s += a[i * n + j] * x[offset + j];
    out[i] = s;
  }
}

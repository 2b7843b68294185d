/** Rows whose missing cells are reported: the newest, provisional, and those whose right context is complete, final. */
export function imputeRows(
  length: number,
  newRows: number,
  delaySteps: number,
): { rows: Int32Array; final: Uint8Array } {
  const rows: number[] = [];
  const final: number[] = [];
  for (let k = length - delaySteps - newRows; k < length - delaySteps; k++) {
    if (k < 0) continue;
    rows.push(k);
    final.push(1);
  }
  for (let k = length - newRows; k < length; k++) {
    if (k < length - delaySteps) continue;
    rows.push(k);
    final.push(0);
  }
  return { rows: Int32Array.from(rows), final: Uint8Array.from(final) };
}

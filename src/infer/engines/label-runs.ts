import type { CallTensors } from '../../diffusion/call.ts';

/** Neighbouring rows of a batch with the same label: rows [from, from + size). */
export interface LabelRun {
  readonly from: number;
  readonly tensors: CallTensors;
}

/**
 * Cuts a batch where the label changes, and into parts of at most `rowsMax`. A program is told one label a run: what depends on
 * it (the modulation of every sublayer) is then folded into weights instead of being computed for every cell.
 *
 * The parts are views: nothing is copied. `task` of a part is that of its first row, [1, tasks + classes].
 */
export function labelRuns({ size, cells, time, task }: CallTensors, rowsMax: number): LabelRun[] {
  const labels = task.length / size;
  const sameLabel = (a: number, b: number): boolean => {
    for (let k = 0; k < labels; k++) if (task[a * labels + k] !== task[b * labels + k]) return false;
    return true;
  };
  const rows = (values: Float32Array, from: number, to: number) => {
    const width = values.length / size;
    return values.subarray(from * width, to * width);
  };
  const runs: LabelRun[] = [];
  for (let from = 0; from < size; ) {
    let to = from + 1;
    while (to < size && to - from < rowsMax && sameLabel(from, to)) to++;
    const tensors = {
      size: to - from,
      cells: rows(cells, from, to),
      time: rows(time, from, to),
      task: rows(task, from, from + 1),
    };
    runs.push({ from, tensors });
    from = to;
  }
  return runs;
}

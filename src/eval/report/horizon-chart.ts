import type { HorizonJson } from '../metrics-json.ts';
import { createFrame } from '../svg/frame.ts';
import { linePath } from '../svg/path.ts';
import { extent, numberTicks } from '../svg/scale.ts';

export interface HorizonLine {
  readonly name: string;
  /** Class of the line's colour. */
  readonly className: string;
  readonly steps: readonly HorizonJson[];
}

/** One figure against steps ahead, a line a method; `target` is drawn dashed. */
export function renderHorizonChart(
  lines: readonly HorizonLine[],
  key: 'crps' | 'coverage90',
  target: number | null,
): string {
  const values = lines.map((line) => Float64Array.from(line.steps, (step) => step[key] ?? Number.NaN));
  const [low, high] = extent([...values, ...(target === null ? [] : [[target]])]);
  const y: readonly [number, number] = key === 'coverage90' ? [Math.max(0, Math.min(low, 0.8)), 1] : [0, high];
  const last = Math.max(1, ...lines.flatMap((line) => line.steps.map(({ step }) => step)));
  const frame = createFrame({
    width: 520,
    height: 230,
    label: key === 'crps' ? 'CRPS by steps ahead' : 'Coverage of the 90 % interval by steps ahead',
    x: [1, last],
    y,
    xTicks: numberTicks(1, last, 8).filter(({ at }) => Number.isInteger(at)),
    yTicks: numberTicks(y[0], y[1], 7),
    xTitle: 'steps ahead',
  });
  const drawn = lines.map((line, i) => {
    const xs = line.steps.map(({ step }) => frame.x(step));
    return `<path class="line ${line.className}" d="${linePath(xs, values[i].map(frame.y))}"/>`;
  });
  const dashed =
    target === null ? '' : `<path class="target" d="M${frame.left} ${frame.y(target).toFixed(1)}H${frame.right}"/>`;
  // The model comes first in the list and last on the canvas: it lies on top.
  return frame.render(dashed + drawn.reverse().join(''));
}

import { intervalEnds } from '../coverage.ts';
import { quantileAt } from '../quantile.ts';
import type { ExampleData } from '../report-data.ts';
import { createFrame, type Frame } from '../svg/frame.ts';
import { bandPath, linePath } from '../svg/path.ts';
import { extent, numberTicks, timeTicks } from '../svg/scale.ts';

/** A forecast fan or an imputed stretch: observed line, 90 % and 50 % bands, median, and the true values as points. */
export function renderExample(data: ExampleData): string {
  const { startMs, stepMs, observed, truth } = data;
  const rows = observed.length;
  const endMs = startMs + rows * stepMs;
  const median = Float64Array.from({ length: rows }, (_, row) =>
    quantileAt(0.5, data.quantiles, data.levels, row * data.levels.length),
  );
  const y = extent([observed, truth, data.quantiles]);
  const frame = createFrame({
    width: 340,
    height: 210,
    label: `${data.channel} of ${data.series}: predicted beside true values`,
    x: [startMs, endMs],
    y,
    xTicks: timeTicks(startMs, endMs, 5),
    yTicks: numberTicks(y[0], y[1], 4),
    ...(data.unit === '' ? {} : { yTitle: data.unit }),
  });
  const xs = Float64Array.from({ length: rows }, (_, row) => frame.x(startMs + (row + 0.5) * stepMs));
  return frame.render(
    [
      band(data, 0.9, xs, frame, 'band90'),
      band(data, 0.5, xs, frame, 'band50'),
      `<path class="line median" d="${linePath(xs, median.map(frame.y))}"/>`,
      `<path class="line observed" d="${linePath(xs, observed.map(frame.y))}"/>`,
      points(truth, xs, frame, rows),
    ].join(''),
  );
}

function band(data: ExampleData, level: number, xs: Float64Array, frame: Frame, className: string): string {
  const ends = intervalEnds(data.levels, level);
  if (ends === null) return '';
  const at = (q: number) => Float64Array.from(xs, (_, row) => frame.y(data.quantiles[row * data.levels.length + q]));
  return `<path class="${className}" d="${bandPath(xs, at(ends.low), at(ends.high))}"/>`;
}

function points(truth: Float64Array, xs: Float64Array, frame: Frame, rows: number): string {
  const radius = rows > 150 ? 1.5 : 2;
  let drawn = '';
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(truth[row])) continue;
    drawn += `<circle class="truth" cx="${xs[row].toFixed(1)}" cy="${frame.y(truth[row]).toFixed(1)}" r="${radius}"/>`;
  }
  return drawn;
}

import { escapeText } from './escape.ts';
import { linearScale, type Tick } from './scale.ts';

export interface FrameOptions {
  readonly width: number;
  readonly height: number;
  /** Read out in place of the picture. */
  readonly label: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  /** Above the y axis: the unit. */
  readonly yTitle?: string;
  /** Right below the x axis. */
  readonly xTitle?: string;
  /** Pixels kept free between plot and x axis labels, for marks. */
  readonly strip?: number;
}

export interface Frame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** The whole <svg>: grid and axes around what is drawn inside. */
  render(inside: string): string;
}

const leftMargin = 46;
/** Half of the widest tick label, which may stand at the very end of the axis. */
const rightMargin = 18;
const topMargin = 18;
const bottomMargin = 24;

/** Axes, grid and scales of one plot. Colours and line widths come from the report's style sheet by class. */
export function createFrame(options: FrameOptions): Frame {
  const { width, height } = options;
  const left = leftMargin;
  const right = width - rightMargin;
  const top = topMargin;
  const bottom = height - bottomMargin - (options.strip ?? 0) - (options.xTitle === undefined ? 0 : 14);
  const x = linearScale(options.x[0], options.x[1], left, right);
  const y = linearScale(options.y[0], options.y[1], bottom, top);
  const axisY = bottom + (options.strip ?? 0);
  const text = (at: string, anchor: string, content: string) =>
    `<text ${at} text-anchor="${anchor}">${escapeText(content)}</text>`;
  const axes = [
    ...options.yTicks.map((tick) => `<path class="grid" d="M${left} ${y(tick.at).toFixed(1)}H${right}"/>`),
    ...options.yTicks.map((tick) => text(`x="${left - 6}" y="${(y(tick.at) + 3.5).toFixed(1)}"`, 'end', tick.label)),
    ...options.xTicks.map((tick) => `<path class="axis" d="M${x(tick.at).toFixed(1)} ${axisY}v4"/>`),
    ...options.xTicks.map((tick) => text(`x="${x(tick.at).toFixed(1)}" y="${axisY + 16}"`, 'middle', tick.label)),
    `<path class="axis" d="M${left} ${axisY}H${right}"/>`,
    options.yTitle === undefined ? '' : text(`x="${left}" y="10"`, 'start', options.yTitle),
    options.xTitle === undefined ? '' : text(`x="${right}" y="${height - 4}"`, 'end', options.xTitle),
  ].join('');
  return {
    x,
    y,
    left,
    right,
    top,
    bottom,
    render: (inside) =>
      `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(options.label)}">${axes}${inside}</svg>`,
  };
}

import { labelEvents } from '../label-events.ts';
import type { TimelineData } from '../report-data.ts';
import { maxIndices, pick } from '../svg/downsample.ts';
import { escapeText } from '../svg/escape.ts';
import { formatTime } from '../svg/format.ts';
import { createFrame, type Frame } from '../svg/frame.ts';
import { bandPath, linePath } from '../svg/path.ts';
import { type Tick, timeTicks } from '../svg/scale.ts';

const width = 1060;
const height = 190;
const strip = 12;
/** About one a pixel. */
const buckets = 900;

/** One series over the whole run: the p-value on a logarithmic axis (up is anomalous), labels shaded, alarms in a strip below. */
export function renderTimeline(data: TimelineData): string {
  const { startMs, stepMs, pValue } = data;
  const surprise = Float64Array.from(pValue, (p) => -Math.log10(p));
  const decades = Math.max(1, Math.ceil(highest(surprise) + 0.1), Math.ceil(-Math.log10(data.openPValue)));
  const endMs = startMs + pValue.length * stepMs;
  const frame = createFrame({
    width,
    height,
    label: `Anomaly p-value of ${data.series} from ${formatTime(startMs)} to ${formatTime(endMs)}`,
    x: [startMs, endMs],
    y: [0, decades],
    xTicks: timeTicks(startMs, endMs, 10),
    yTicks: decadeTicks(decades),
    yTitle: 'p-value',
    strip,
  });
  const kept = maxIndices(surprise, buckets);
  const xs = Float64Array.from(kept, (i) => frame.x(startMs + (i + 0.5) * stepMs));
  const ys = pick(surprise, kept).map(frame.y);
  const threshold = frame.y(-Math.log10(data.openPValue)).toFixed(1);
  return frame.render(
    [
      data.labels === null
        ? ''
        : marks(data.labels, data, frame, {
            className: 'labelled',
            told: 'Labelled',
            top: frame.top,
            height: frame.bottom - frame.top,
          }),
      `<path class="score-area" d="${bandPath(xs, new Float64Array(ys.length).fill(frame.bottom), ys)}"/>`,
      `<path class="line score" d="${linePath(xs, ys)}"/>`,
      `<path class="threshold" d="M${frame.left} ${threshold}H${frame.right}"/>`,
      marks(data.alarms, data, frame, {
        className: 'alarmed',
        told: 'Alarm',
        top: frame.bottom + 3,
        height: strip - 5,
      }),
    ].join(''),
  );
}

interface MarkStyle {
  readonly className: string;
  readonly told: string;
  readonly top: number;
  readonly height: number;
}

/** Runs of ones as rectangles at least two pixels wide; one that would show less than a pixel beside its predecessor is left out. */
function marks(flags: Uint8Array, { startMs, stepMs }: TimelineData, frame: Frame, style: MarkStyle): string {
  let drawnTo = Number.NEGATIVE_INFINITY;
  const parts: string[] = [];
  for (const { start, end } of labelEvents(flags)) {
    const fromMs = startMs + start * stepMs;
    const toMs = startMs + (end + 1) * stepMs;
    const left = frame.x(fromMs);
    const right = Math.max(frame.x(toMs), left + 2);
    if (right <= drawnTo + 1) continue;
    drawnTo = right;
    const title = escapeText(`${style.told}: ${formatTime(fromMs)} to ${formatTime(toMs)}`);
    const box = `x="${left.toFixed(1)}" y="${style.top}" width="${(right - left).toFixed(1)}" height="${style.height}"`;
    parts.push(`<rect class="${style.className}" ${box}><title>${title}</title></rect>`);
  }
  return parts.join('');
}

function decadeTicks(decades: number): Tick[] {
  return Array.from({ length: decades + 1 }, (_, at) => ({
    at,
    label: at < 4 ? String(Number((10 ** -at).toFixed(at))) : `1e-${at}`,
  }));
}

function highest(values: Float64Array): number {
  return values.reduce((most, value) => (Number.isFinite(value) && value > most ? value : most), 0);
}

import type { IncidentChannel, IncidentData } from '../report-data.ts';
import { minMaxIndices, pick } from '../svg/downsample.ts';
import { escapeText } from '../svg/escape.ts';
import { formatPercent } from '../svg/format.ts';
import { createFrame } from '../svg/frame.ts';
import { bandPath, linePath } from '../svg/path.ts';
import { extent, numberTicks, timeTicks } from '../svg/scale.ts';

const channelsMax = 3;
const buckets = 160;

/** The channels that contributed most, as small multiples: observed line over the expected band, the rows in question shaded. */
export function renderIncident(incident: IncidentData, kind: 'miss' | 'false alarm'): string {
  const figures = incident.channels.slice(0, channelsMax).map((channel) => {
    const name = `<b>${escapeText(channel.name)}</b> <span class="soft">${formatPercent(channel.share, 0)} of the score</span>`;
    return `<figure><figcaption>${name}</figcaption>${renderChannel(incident, channel, kind)}</figure>`;
  });
  return `<div class="grid3">${figures.join('')}</div>`;
}

function renderChannel(incident: IncidentData, channel: IncidentChannel, kind: 'miss' | 'false alarm'): string {
  const { startMs, stepMs } = incident;
  const low = channel.expected.map((value, row) => value - channel.halfWidth90[row]);
  const high = channel.expected.map((value, row) => value + channel.halfWidth90[row]);
  const endMs = startMs + channel.observed.length * stepMs;
  const y = extent([channel.observed, low, high]);
  const frame = createFrame({
    width: 340,
    height: 160,
    label: `${channel.name} of ${incident.series}: observed beside expected`,
    x: [startMs, endMs],
    y,
    xTicks: timeTicks(startMs, endMs, 5),
    yTicks: numberTicks(y[0], y[1], 4),
    ...(channel.unit === '' ? {} : { yTitle: channel.unit }),
  });
  const kept = minMaxIndices(channel.observed, buckets);
  const xs = Float64Array.from(kept, (row) => frame.x(startMs + (row + 0.5) * stepMs));
  const on = (values: Float64Array) => pick(values, kept).map(frame.y);
  const left = frame.x(startMs + incident.firstRow * stepMs);
  const right = Math.max(frame.x(startMs + (incident.lastRow + 1) * stepMs), left + 2);
  const box = `x="${left.toFixed(1)}" y="${frame.top}" width="${(right - left).toFixed(1)}" height="${frame.bottom - frame.top}"`;
  return frame.render(
    [
      `<rect class="${kind === 'miss' ? 'labelled' : 'alarm-area'}" ${box}/>`,
      `<path class="band90" d="${bandPath(xs, on(low), on(high))}"/>`,
      `<path class="line median" d="${linePath(xs, on(channel.expected))}"/>`,
      `<path class="line observed" d="${linePath(xs, on(channel.observed))}"/>`,
    ].join(''),
  );
}

/** Colours, strokes and canvas drawing that the charts share. */
import { columns } from './chart-data.js';

/** @typedef {import('./charts.js').Shared} Shared */

/** @returns {Record<'observed' | 'imputed' | 'imputedBand' | 'expected' | 'expectedBand' | 'fan' | 'fanOuter' | 'fanInner' | 'alarm' | 'alarmEdge' | 'learning' | 'faint' | 'grid' | 'future' | 'ridgeVar' | 'zScore', string>} the style sheet's custom properties */
export function theme() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    observed: read('observed'),
    imputed: read('imputed'),
    imputedBand: read('imputed-band'),
    expected: read('expected'),
    expectedBand: read('expected-band'),
    fan: read('fan'),
    fanOuter: read('fan-outer'),
    fanInner: read('fan-inner'),
    alarm: read('alarm-fill'),
    alarmEdge: read('alarm'),
    learning: read('learning'),
    faint: read('faint'),
    grid: read('grid'),
    future: read('future'),
    ridgeVar: read('ridge-var'),
    zScore: read('z-score'),
  };
}

/** How each kind of value looks. @param {ReturnType<typeof theme>} colours */
export function createPainter(colours) {
  return {
    observed: { stroke: colours.observed, width: 1.5 },
    imputed: { stroke: colours.imputed, width: 1.5 },
    expected: { stroke: colours.expected, width: 1, dash: [2, 3] },
    fan: { stroke: colours.fan, width: 1.5, dash: [5, 3] },
    bands: /** @type {import('uplot').Band[]} */ ([
      { series: [columns.expectedHigh, columns.expectedLow], fill: colours.expectedBand },
      { series: [columns.imputedHigh, columns.imputedLow], fill: colours.imputedBand },
      { series: [columns.fanHigh, columns.fanLow], fill: colours.fanOuter },
      { series: [columns.fanInnerHigh, columns.fanInnerLow], fill: colours.fanInner },
    ]),
    /** @param {() => number[]} indices */
    dots: (indices) => ({ show: true, size: 4, width: 0, fill: colours.imputed, filter: indices }),
    /** A reading between two gaps has no line: it gets a dot. */
    isolated: () => ({
      show: true,
      size: 3.5,
      width: 0,
      fill: colours.observed,
      filter: (/** @type {any} */ chart, /** @type {number} */ series) => loneCells(chart.data[series]),
    }),
  };
}

/** @param {(number | null)[]} values */
function loneCells(values) {
  const absent = (/** @type {number | null | undefined} */ value) => value === null || value === undefined;
  return values.flatMap((value, i) => (!absent(value) && absent(values[i - 1]) && absent(values[i + 1]) ? [i] : []));
}

/** Behind everything: the future, alarms, and hatching where the score is still learning. @param {any} chart @param {Shared} shared */
export function drawPeriods(chart, shared) {
  const { ctx, bbox } = chart;
  const colours = theme();
  /** @param {number} ms */
  const x = (ms) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, chart.valToPos(ms, 'x', true)));
  ctx.save();
  if (shared.newestMs !== null) {
    ctx.fillStyle = colours.future;
    const from = x(shared.newestMs);
    ctx.fillRect(from, bbox.top, bbox.left + bbox.width - from, bbox.height);
  }
  for (const { from, to } of shared.alarms) {
    const [left, right] = [x(from), x(to)];
    if (right <= left) continue;
    ctx.fillStyle = colours.alarm;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = colours.alarmEdge;
    ctx.fillRect(left, bbox.top, right - left, 2 * devicePixelRatio);
  }
  for (const { from, to } of shared.learning) hatch(ctx, x(from), x(to), bbox, colours.learning);
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} left @param {number} right @param {{ top: number, height: number }} box @param {string} colour */
function hatch(ctx, left, right, box, colour) {
  if (right <= left) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, box.top, right - left, box.height);
  ctx.clip();
  ctx.beginPath();
  const gap = 10 * devicePixelRatio;
  for (let at = left - box.height; at < right; at += gap) {
    ctx.moveTo(at, box.top + box.height);
    ctx.lineTo(at + box.height, box.top);
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.stroke();
  ctx.restore();
}

/** On top: where the readings end. @param {any} chart @param {Shared} shared */
export function drawNow(chart, shared) {
  if (shared.newestMs === null) return;
  const { ctx, bbox } = chart;
  const at = Math.round(chart.valToPos(shared.newestMs, 'x', true));
  if (at < bbox.left || at > bbox.left + bbox.width) return;
  ctx.save();
  ctx.fillStyle = theme().faint;
  ctx.fillRect(at, bbox.top, devicePixelRatio, bbox.height);
  ctx.restore();
}

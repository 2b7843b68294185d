/** uPlot charts that share one time range and one cursor. */

import { channelColumns, columns, imputedIndices } from './chart-data.js';
import { number } from './format.js';
import { createPainter, drawNow, drawPeriods, theme } from './paint.js';
import uPlot from './uplot.js';

/**
 * @typedef {import('./model.js').Model} Model
 * @typedef {import('./model.js').ChannelView} ChannelView
 * @typedef {{ from: number, to: number }} Span
 * @typedef {object} Shared what all charts of a page have in common; the page writes it before it draws
 * @property {{ min: number, max: number }} range
 * @property {number[]} times
 * @property {Span[]} alarms
 * @property {Span[]} learning
 * @property {number | null} newestMs
 * @property {(range: { min: number, max: number } | null) => void} zoom null: back to the chosen span
 */

const axisWidth = 58;
const axisHeight = 20;

/** @param {number} ms @param {number} increment */
function tick(ms, increment) {
  const at = new Date(ms);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  if (at.getHours() + at.getMinutes() + at.getSeconds() === 0) return `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const minutes = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return increment < 60_000 ? `${minutes}:${two(at.getSeconds())}` : minutes;
}

/**
 * What the score chart and the channel charts have in common.
 *
 * @param {Shared} shared
 * @param {(chart: any) => void} onCursor
 */
export function baseOptions(shared, onCursor) {
  const colours = theme();
  const font = '11px system-ui, sans-serif';
  const axis = { stroke: colours.faint, font, ticks: { show: false }, grid: { stroke: colours.grid, width: 1 } };
  return {
    width: 300,
    height: 100,
    ms: /** @type {1} */ (1),
    legend: { show: false },
    padding: /** @type {[number, number, number, number]} */ ([8, 10, 0, 0]),
    cursor: {
      sync: { key: 'driftcast' },
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          shared.zoom(null);
          return null;
        },
      },
    },
    scales: { x: { time: true, range: () => /** @type {[number, number]} */ ([shared.range.min, shared.range.max]) } },
    axes: [
      {
        ...axis,
        size: axisHeight,
        gap: 4,
        space: 70,
        values: (
          /** @type {any} */ _,
          /** @type {number[]} */ splits,
          /** @type {number} */ _axis,
          /** @type {number} */ _space,
          /** @type {number} */ increment,
        ) => splits.map((ms) => tick(ms, increment)),
      },
      {
        ...axis,
        size: axisWidth,
        gap: 6,
        space: 15,
        values: (/** @type {any} */ _, /** @type {number[]} */ splits) => splits.map(number),
      },
    ],
    hooks: {
      drawClear: [(/** @type {any} */ chart) => drawPeriods(chart, shared)],
      draw: [(/** @type {any} */ chart) => drawNow(chart, shared)],
      setCursor: [onCursor],
      setSelect: [
        (/** @type {any} */ chart) => {
          if (chart.select.width < 4) return;
          const min = chart.posToVal(chart.select.left, 'x');
          const max = chart.posToVal(chart.select.left + chart.select.width, 'x');
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          shared.zoom({ min, max });
        },
      ],
    },
  };
}

/** One small multiple: a figure with the channel's name, its values under the cursor and its chart. */
export class ChannelChart {
  /** @param {number} index @param {ChannelView} channel @param {Shared} shared */
  constructor(index, channel, shared) {
    this.index = index;
    this.shared = shared;
    /** @type {number[]} */
    this.imputed = [];
    this.element = document.createElement('figure');
    this.element.className = 'chart';
    this.element.dataset.channel = channel.name;
    const caption = this.element.appendChild(document.createElement('figcaption'));
    const name = caption.appendChild(document.createElement('span'));
    name.className = 'chart-name';
    name.textContent = channel.name;
    name.title = channel.name;
    this.share = caption.appendChild(document.createElement('span'));
    this.share.className = 'share';
    this.share.hidden = true;
    this.readout = caption.appendChild(document.createElement('span'));
    this.readout.className = 'readout';
    this.unit = channel.unit;
    this.plot = new uPlot(this.#options(channel), [[]], this.element);
  }

  /** @param {ChannelView} channel */
  #options(channel) {
    const base = baseOptions(this.shared, () => this.#read());
    const paint = createPainter(theme());
    /** @param {number} at @param {object} look */
    const line = (at, look) => ({ at, points: { show: false }, width: 1, ...look });
    const hidden = { stroke: 'transparent', width: 0 };
    const stepped = channel.kind === 'gauge' ? {} : { paths: uPlot.paths.stepped?.({ align: 1 }) };
    const series = [
      line(columns.expectedLow, hidden),
      line(columns.expectedHigh, hidden),
      line(columns.imputedLow, hidden),
      line(columns.imputedHigh, hidden),
      line(columns.fanLow, hidden),
      line(columns.fanHigh, hidden),
      line(columns.fanInnerLow, hidden),
      line(columns.fanInnerHigh, hidden),
      line(columns.expected, paint.expected),
      line(columns.fanMedian, paint.fan),
      line(columns.imputed, { ...paint.imputed, points: paint.dots(() => this.imputed) }),
      line(columns.observed, { ...paint.observed, ...stepped, points: paint.isolated() }),
    ].map(({ at: _, ...look }) => look);
    /** @type {import('uplot').Options} */
    const options = {
      ...base,
      scales: {
        ...base.scales,
        y: {
          range: (/** @type {any} */ _, /** @type {number | null} */ min, /** @type {number | null} */ max) =>
            yRange(min, max),
        },
      },
      series: [{}, ...series],
      bands: paint.bands,
    };
    return options;
  }

  /** @param {Model} model @param {number | null} share of the anomaly */
  update(model, share) {
    const { times } = this.shared;
    this.imputed = imputedIndices(times, model.rows, this.index);
    this.share.hidden = share === null;
    this.share.textContent = share === null ? '' : `${Math.round(share * 100)} % of the anomaly`;
    this.element.classList.toggle('contributes', share !== null);
    this.plot.setData(channelColumns(times, model.rows, model.forecast, this.index), true);
    this.#read();
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
  }

  destroy() {
    this.plot.destroy();
    this.element.remove();
  }

  /** Values under the cursor, or the newest ones. */
  #read() {
    const { data, cursor } = this.plot;
    const newest = this.shared.times.indexOf(this.shared.newestMs ?? Number.NaN);
    const at = cursor.idx ?? newest;
    if (at < 0 || data.length <= columns.observed) return;
    this.readout.replaceChildren(...describe(data, at, this.imputed.includes(at), this.unit));
  }
}

/** @param {number | null} min @param {number | null} max @returns {[number, number]} */
function yRange(min, max) {
  if (min === null || max === null) return [0, 1];
  const pad = max > min ? (max - min) * 0.08 : Math.max(Math.abs(max) * 0.05, 0.5);
  return [min - pad, max + pad];
}

/** @param {any} data @param {number} at @param {boolean} imputed @param {string} unit @returns {Node[]} */
function describe(data, at, imputed, unit) {
  /** @param {string} kind @param {string} text */
  const part = (kind, text) => {
    const element = document.createElement('span');
    element.className = `r-${kind}`;
    element.textContent = text;
    return element;
  };
  /** @param {number} column */
  const value = (column) => number(data[column][at]);
  const range = (/** @type {number} */ low, /** @type {number} */ high) => `${value(low)} to ${value(high)}`;
  const suffix = unit === '' ? '' : ` ${unit}`;
  const parts = [];
  if (imputed) {
    parts.push(part('imputed', `imputed ${value(columns.imputed)}${suffix}`));
    parts.push(part('faint', range(columns.imputedLow, columns.imputedHigh)));
  } else if (typeof data[columns.observed][at] === 'number') {
    parts.push(part('observed', `${value(columns.observed)}${suffix}`));
    if (typeof data[columns.expected][at] === 'number')
      parts.push(part('faint', `expected ${range(columns.expectedLow, columns.expectedHigh)}`));
  } else if (typeof data[columns.fanMedian][at] === 'number') {
    parts.push(part('fan', `forecast ${value(columns.fanMedian)}${suffix}`));
    parts.push(part('faint', range(columns.fanLow, columns.fanHigh)));
  } else parts.push(part('faint', `no value${suffix === '' ? '' : `,${suffix}`}`));
  return parts;
}

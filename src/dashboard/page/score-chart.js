/** The anomaly score over time: -log10 of the p-value, with the line that opens an alarm, and what plain methods say beside it. */

import { baseOptions } from './charts.js';
import { make, setText } from './dom.js';
import { number, pValue, references, unusual } from './format.js';
import { theme } from './paint.js';
import uPlot from './uplot.js';

/**
 * @typedef {import('./charts.js').Shared} Shared
 * @typedef {import('./model.js').Model} Model
 * @typedef {import('./model.js').ReferenceName} ReferenceName
 */

/** Positions in the plot: the references lie under the score. */
const firstReference = 1;
const aboveThreshold = firstReference + references.length + 1;

export class ScoreChart {
  /** @param {HTMLElement} host @param {Shared} shared */
  constructor(host, shared) {
    this.shared = shared;
    this.threshold = 3;
    /** @type {Model | null} */
    this.model = null;
    this.element = host.appendChild(document.createElement('figure'));
    this.element.className = 'chart score';
    const caption = this.element.appendChild(document.createElement('figcaption'));
    const name = caption.appendChild(document.createElement('span'));
    name.className = 'chart-name';
    name.textContent = 'How unusual';
    const unit = caption.appendChild(document.createElement('span'));
    unit.className = 'faint';
    unit.textContent = '−log₁₀ p';
    /** Those that are not shown. @type {Set<ReferenceName>} */
    this.hidden = new Set();
    this.beside = caption.appendChild(
      make('span', 'beside', ...references.map((each, i) => this.#toggle(each.key, i))),
    );
    this.readout = caption.appendChild(document.createElement('span'));
    this.readout.className = 'readout';
    this.plot = new uPlot(this.#options(), [[]], this.element);
  }

  /** @param {ReferenceName} key @param {number} index */
  #toggle(key, index) {
    const button = make('button', '');
    button.setAttribute('type', 'button');
    button.setAttribute('aria-pressed', 'true');
    button.dataset.reference = key;
    button.title = 'A plain method with the same smoothing, memory and threshold, for comparison: it never alerts';
    button.addEventListener('click', () => {
      const show = this.hidden.delete(key);
      if (!show) this.hidden.add(key);
      button.setAttribute('aria-pressed', String(show));
      this.plot.setSeries(firstReference + index, { show });
      this.#read();
    });
    return button;
  }

  #options() {
    const colours = theme();
    const base = baseOptions(this.shared, () => this.#read());
    const points = { show: false };
    const fillTo = (/** @type {any} */ _, /** @type {number} */ series) =>
      series === aboveThreshold ? this.threshold : 0;
    /** @type {import('uplot').Options} */
    const options = {
      ...base,
      scales: {
        ...base.scales,
        y: {
          range: (/** @type {any} */ _, /** @type {number} */ _min, /** @type {number | null} */ max) => [
            0,
            Math.max(this.threshold * 1.25, (max ?? 0) * 1.08),
          ],
        },
      },
      series: [
        {},
        { stroke: colours.ridgeVar, width: 1, points },
        { stroke: colours.zScore, width: 1.2, dash: [2, 2], points },
        { stroke: colours.observed, width: 1.5, fill: colours.expectedBand, fillTo, points },
        { stroke: colours.alarmEdge, width: 2, fill: colours.alarm, fillTo, points },
      ],
      hooks: { ...base.hooks, draw: [...base.hooks.draw, (/** @type {any} */ chart) => this.#drawThreshold(chart)] },
    };
    return options;
  }

  /** @param {Model} model */
  update(model) {
    if (model.feed === null) return;
    this.model = model;
    this.threshold = -Math.log10(model.feed.alarmPValue ?? 0);
    const values = this.shared.times.map((timeMs) => unusual(model.rows.get(timeMs)?.pValue));
    const above = values.map((value) => (value !== null && value >= this.threshold ? value : null));
    const beside = references.map(({ key }) =>
      this.shared.times.map((timeMs) => unusual(model.rows.get(timeMs)?.references[key])),
    );
    this.plot.setData([this.shared.times, ...beside, values, above], true);
    this.#nameReferences(model);
    this.#read();
  }

  /** @param {Model} model */
  #nameReferences({ summary }) {
    const learnt = summary?.referencesLearnt ?? null;
    this.beside.hidden = learnt === null;
    references.forEach(({ key, name }, i) => {
      const { scores, needed } = learnt?.[key] ?? { scores: 0, needed: 0 };
      const button = /** @type {HTMLElement} */ (this.beside.children[i]);
      setText(button, scores < needed ? `${name}, learning ${scores} of ${needed}` : name);
    });
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
  }

  #read() {
    if (this.model === null) return;
    const at = this.plot.cursor.idx;
    const timeMs = typeof at === 'number' ? this.shared.times[at] : this.shared.newestMs;
    const row = timeMs === null ? undefined : this.model.rows.get(timeMs);
    if (row === undefined || row.pValue === null) {
      this.readout.textContent = 'not scored';
      return;
    }
    const beside = references
      .filter(({ key }) => row.references[key] !== null && !this.hidden.has(key))
      .map(({ key, short }) => make('span', 'r-faint', `${short} ${pValue(row.references[key])}`));
    this.readout.replaceChildren(
      ...beside,
      make('span', '', `p = ${pValue(row.pValue)}   score ${number(row.score)}${row.learning ? '   learning' : ''}`),
    );
  }

  /** @param {any} chart */
  #drawThreshold(chart) {
    const { ctx, bbox } = chart;
    const y = Math.round(chart.valToPos(this.threshold, 'y', true));
    ctx.save();
    ctx.strokeStyle = theme().alarmEdge;
    ctx.fillStyle = theme().alarmEdge;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'bottom';
    ctx.fillText(
      `alarm at p ≤ ${pValue(10 ** -this.threshold)}`,
      bbox.left + 6 * devicePixelRatio,
      y - 3 * devicePixelRatio,
    );
    ctx.restore();
  }
}

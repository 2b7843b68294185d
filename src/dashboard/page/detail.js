/** The main part: what is known of the followed series. */
import { denseTimes, fanLevels, runs } from './chart-data.js';
import { ChannelChart } from './charts.js';
import { byId, make, setText } from './dom.js';
import { alertLength, clockTime, duration, number, percent, pValue, stateNames } from './format.js';
import { orderChannels } from './model.js';
import { ScoreChart } from './score-chart.js';

/**
 * @typedef {import('./model.js').Model} Model
 * @typedef {import('./model.js').AlertView} AlertView
 * @typedef {import('./model.js').FeedSnapshot} FeedSnapshot
 */

/** Charts drawn at first, and more at each press: a wide feed has hundreds of channels. */
const chartsStep = 24;

export class Detail {
  constructor() {
    /** @type {import('./charts.js').Shared} */
    this.shared = {
      range: { min: 0, max: 1 },
      times: [],
      alarms: [],
      learning: [],
      newestMs: null,
      zoom: (range) => this.zoom(range),
    };
    /** @type {{ min: number, max: number } | null} */
    this.zoomed = null;
    /** Rows of the past shown; null: all; undefined until the window's length is known. @type {number | null | undefined} */
    this.spanRows = undefined;
    this.chartsMax = chartsStep;
    /** @type {Map<number, ChannelChart>} */
    this.charts = new Map();
    /** @type {ScoreChart | null} */
    this.score = null;
    /** @type {string | null} */
    this.drawnSeries = null;
    this.host = byId('charts');
    this.onChange = () => {};
    byId('more').addEventListener('click', () => {
      this.chartsMax += chartsStep;
      this.onChange();
    });
    new ResizeObserver(() => this.#resize()).observe(byId('main'));
  }

  /** @param {{ min: number, max: number } | null} range */
  zoom(range) {
    this.zoomed = range;
    this.onChange();
  }

  /** @param {Model} model @param {AlertView | null} alert the one whose channels lead */
  render(model, alert) {
    const { feed, summary } = model;
    const ready = feed !== null && summary !== undefined && model.rows.size > 0;
    byId('waiting').hidden = ready;
    byId('detail').hidden = !ready;
    if (!ready) return renderWaiting(model);
    if (this.drawnSeries !== summary.name) this.#reset(summary.name);
    this.#renderHead(model, alert);
    this.#renderSpans(feed);
    this.#prepare(model, feed);
    this.score ??= new ScoreChart(byId('score'), this.shared);
    const contributions = alert?.channels ?? (summary.state === 'alarm' ? summary.topChannels : []);
    this.#arrange(feed, contributions);
    this.#resize();
    this.score.update(model);
    const shares = new Map(contributions.map((part) => [part.channel, part.share]));
    for (const [channel, chart] of this.charts) chart.update(model, shares.get(channel) ?? null);
  }

  /** @param {string} name */
  #reset(name) {
    this.drawnSeries = name;
    this.zoomed = null;
    this.chartsMax = chartsStep;
  }

  /** @param {Model} model @param {FeedSnapshot} feed */
  #prepare(model, feed) {
    const { shared } = this;
    shared.times = denseTimes(model.rows, model.forecast, feed.stepMs);
    shared.newestMs = Math.max(...model.rows.keys());
    shared.alarms = runs(shared.times, model.rows, feed.stepMs, (row) => row.alarm);
    shared.learning = runs(shared.times, model.rows, feed.stepMs, (row) => row.learning);
    byId('legend-learning').hidden = shared.learning.length === 0;
    const spanMs = this.spanRows == null ? Number.POSITIVE_INFINITY : (this.spanRows - 1) * feed.stepMs;
    const first = Math.max(shared.times[0], shared.newestMs - spanMs);
    const last = shared.times[shared.times.length - 1];
    // Never narrower than a window: the first rows of a feed do not fill the page as if they were all.
    const range = { min: Math.min(first, last - feed.windowSteps * feed.stepMs), max: last + feed.stepMs / 2 };
    shared.range = this.zoomed ?? range;
  }

  /** Makes the charts that are wanted, in the order of their contribution. @param {FeedSnapshot} feed @param {AlertView['channels']} contributions */
  #arrange(feed, contributions) {
    const order = orderChannels(feed.channels, contributions);
    const wanted = order.slice(0, this.chartsMax);
    for (const [channel, chart] of this.charts) {
      if (wanted.includes(channel)) continue;
      chart.destroy();
      this.charts.delete(channel);
    }
    wanted.forEach((channel, i) => {
      let chart = this.charts.get(channel);
      if (chart === undefined) {
        chart = new ChannelChart(channel, feed.channels[channel], this.shared);
        this.charts.set(channel, chart);
      }
      if (this.host.children[i] !== chart.element) this.host.insertBefore(chart.element, this.host.children[i] ?? null);
    });
    const left = order.length - wanted.length;
    byId('more').hidden = left === 0;
    setText(byId('more'), `Show ${Math.min(left, chartsStep)} more of ${left} channels`);
  }

  /** Charts share what height is left, within what can still be read. */
  #resize() {
    if (this.score === null || byId('detail').hidden) return;
    const scoreWidth = this.score.element.clientWidth;
    this.score.resize(scoreWidth, 96);
    const [first] = this.charts.values();
    if (first === undefined) return;
    const style = getComputedStyle(this.host);
    const rows = Math.ceil(this.charts.size / style.gridTemplateColumns.split(' ').length);
    const caption = this.score.element.firstElementChild?.clientHeight ?? 0;
    const main = byId('main');
    const room = Math.min(main.clientHeight, window.innerHeight) - this.host.offsetTop - 12;
    const height = Math.floor(room / rows - Number.parseFloat(style.rowGap) - caption);
    for (const chart of this.charts.values())
      chart.resize(first.element.clientWidth, Math.min(260, Math.max(76, height)));
  }

  /** @param {Model} model @param {AlertView | null} alert */
  #renderHead(model, alert) {
    const { summary, feed } = model;
    if (summary === undefined || feed === null) return;
    setText(byId('detail-title'), summary.name);
    byId('detail-state').dataset.state = summary.state;
    setText(byId('detail-state'), stateNames[summary.state]);
    const { observedFraction, pValue: p } = summary;
    const facts = [
      p === null ? 'not scored yet' : `p = ${pValue(p)}`,
      `${percent(observedFraction)} of the window observed`,
    ];
    const { learnt } = summary;
    if (learnt !== null && learnt.scores < learnt.needed)
      facts.unshift(`learning, ${learnt.scores} of ${learnt.needed} rows`);
    if (summary.state === 'warming') facts.unshift(`${summary.rowsSeen} of ${summary.rowsNeeded} rows`);
    setText(byId('detail-facts'), facts.join('  ·  '));
    const levels = fanLevels(model.forecast?.levels ?? []);
    /** @param {number | null} low @param {number | null} high */
    const width = (low, high) =>
      low === null || high === null || model.forecast === null
        ? null
        : percent(model.forecast.levels[high] - model.forecast.levels[low]);
    const fans = [width(levels.innerLow, levels.innerHigh), width(levels.low, levels.high)].filter(
      (each) => each !== null,
    );
    setText(byId('legend-forecast'), fans.length === 0 ? '' : `, ${fans.join(' and ')} bands`);
    setText(byId('legend-imputed'), fans.at(-1) ?? '90 %');
    renderBanner(alert, feed);
  }

  /** @param {FeedSnapshot} feed */
  #renderSpans(feed) {
    const host = byId('spans');
    const choices = [feed.windowSteps, feed.windowSteps * 3, null].filter(
      (rows) => rows === null || rows < feed.rowsMax,
    );
    if (this.spanRows === undefined) {
      this.spanRows = choices[1] ?? null;
      const reset = make('button', 'reset', 'Reset zoom');
      reset.addEventListener('click', () => this.zoom(null));
      host.append(reset, ...choices.map((rows) => this.#spanButton(rows, feed)));
    }
    for (const button of /** @type {HTMLCollectionOf<HTMLElement>} */ (host.children)) {
      if (button.classList.contains('reset')) button.hidden = this.zoomed === null;
      else
        button.setAttribute(
          'aria-pressed',
          String(this.zoomed === null && button.dataset.rows === String(this.spanRows)),
        );
    }
  }

  /** @param {number | null} rows @param {FeedSnapshot} feed */
  #spanButton(rows, feed) {
    const button = make('button', '', rows === null ? 'All' : duration(rows * feed.stepMs));
    button.dataset.rows = String(rows);
    button.addEventListener('click', () => {
      this.spanRows = rows;
      this.zoom(null);
    });
    return button;
  }
}

/** @param {AlertView | null} alert @param {FeedSnapshot} feed */
function renderBanner(alert, feed) {
  const banner = byId('banner');
  banner.hidden = alert === null;
  if (alert === null) return;
  const length = duration(alertLength(alert, feed.eventTimeMs));
  const version = `${alert.id} ${alert.state} ${alert.timeMs} ${length} ${alert.peakMs}`;
  if (banner.dataset.version === version) return;
  banner.dataset.version = version;
  banner.dataset.state = alert.state;
  const parts = alert.channels.map((part) => {
    const channel = feed.channels[part.channel];
    const unit = channel === undefined || channel.unit === '' ? '' : ` ${channel.unit}`;
    const share = make('b', '', `${channel?.name ?? part.channel} ${percent(part.share)}`);
    return make(
      'span',
      'part',
      share,
      alert.kind === 'drift'
        ? ` ${number(part.observed)}${unit}, was ${number(part.expected)}`
        : ` ${number(part.observed)}${unit}, expected ${number(part.expected)} ± ${number(part.halfWidth90 === null ? null : Number(part.halfWidth90.toPrecision(2)))}`,
    );
  });
  const when =
    alert.state === 'resolved'
      ? `after ${length}, began ${clockTime(alert.startMs)}`
      : `for ${length}, since ${clockTime(alert.startMs)}`;
  const head = make('span', 'banner-head', make('b', '', stateNames[alert.state]), ` ${when}: ${alert.summary}`);
  if (alert.kind === 'anomaly') {
    const first =
      alert.first === null
        ? ''
        : `${feed.channels[alert.first.channel]?.name ?? alert.first.channel} moved first, ${clockTime(alert.first.sinceMs)}; `;
    parts.push(make('span', 'part soft', `${first}peak ${clockTime(alert.peakMs)}`));
  }
  banner.replaceChildren(head, make('span', 'parts', ...parts));
}

/** @param {Model} model */
function renderWaiting({ feed, status, series, followed, summary }) {
  const progress = /** @type {HTMLProgressElement} */ (byId('waiting-progress'));
  progress.hidden = true;
  if (feed === null) return;
  if (followed !== null && summary === undefined && series.size > 0) {
    setText(byId('waiting-title'), `Nothing heard of ${followed} yet`);
    setText(byId('waiting-text'), 'It appears here as soon as its first window comes. Other series are in the list.');
    return;
  }
  const warming = summary ?? [...series.values()].sort((a, b) => b.rowsSeen - a.rowsSeen)[0];
  const need = `${feed.windowSteps} rows, ${duration(feed.windowSteps * feed.stepMs)} of event time`;
  if (warming === undefined) {
    const readings = status?.pipeline?.readingsTotal ?? 0;
    setText(byId('waiting-title'), readings > 0 ? 'Warming up' : 'Waiting for the first reading');
    setText(
      byId('waiting-text'),
      `${number(readings)} readings so far. A series shows once its first window is full: ${need}.`,
    );
    return;
  }
  progress.hidden = false;
  progress.value = warming.rowsSeen / warming.rowsNeeded;
  setText(byId('waiting-title'), `Warming up: ${warming.rowsSeen} of ${warming.rowsNeeded} rows`);
  setText(byId('waiting-text'), `${warming.name} fills its first window: ${need}.`);
}

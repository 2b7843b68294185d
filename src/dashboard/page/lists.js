/** The left side: series by how unusual they are, and the alerts. */
import { byId, make, reconcile, setText } from './dom.js';
import { alertLength, dateTime, describeReferences, duration, pValue, stateNames, unusual } from './format.js';

/**
 * @typedef {import('./model.js').Model} Model
 * @typedef {import('./model.js').SeriesSummary} SeriesSummary
 * @typedef {import('./model.js').AlertView} AlertView
 */

/** While somebody points at the list or is in it with the keyboard, its order stays. @param {HTMLElement} list */
const inUse = (list) => list.matches(':hover') || list.contains(document.activeElement);

export class SeriesList {
  /** @param {(name: string) => void} onSelect */
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.list = byId('series-list');
    /** @type {HTMLInputElement} */
    this.filter = byId('filter');
    /** @type {string[]} */
    this.order = [];
    this.list.addEventListener('keydown', (event) => this.#move(event));
    this.filter.addEventListener('keydown', (event) => {
      const wanted = this.filter.value.trim();
      const first = this.list.querySelector('button');
      if (event.key === 'Enter' && wanted !== '') onSelect(first?.dataset.name ?? wanted);
      if (event.key === 'Escape') this.filter.value = '';
    });
  }

  /** @param {Model} model @param {string | null} selected */
  render(model, selected) {
    if (model.feed === null) return;
    const alarmAt = -Math.log10(model.feed.alarmPValue ?? 0);
    const wanted = this.filter.value.trim().toLowerCase();
    const shown = this.#ordered(model).filter((each) => each.name.toLowerCase().includes(wanted));
    reconcile(
      this.list,
      shown,
      (each) => each.name,
      (each) => this.#create(each),
      (element, each) => this.#update(element, each, each.name === selected, alarmAt),
    );
    const { seriesHidden } = model.feed;
    setText(byId('series-count'), String(model.series.size + seriesHidden));
    byId('series-hidden').hidden = seriesHidden === 0;
    setText(
      byId('series-hidden'),
      `${seriesHidden} more are ordinary. Type a full name and press Enter to follow one.`,
    );
  }

  /** @param {Model} model @returns {SeriesSummary[]} */
  #ordered(model) {
    const sorted = model.sortedSeries();
    if (!inUse(this.list)) this.order = sorted.map((each) => each.name);
    const place = new Map(this.order.map((name, i) => [name, i]));
    return sorted.sort((a, b) => (place.get(a.name) ?? 1e9) - (place.get(b.name) ?? 1e9));
  }

  /** @param {SeriesSummary} each */
  #create(each) {
    const button = make(
      'button',
      'series-item',
      make('span', 'name', each.name),
      make('span', 'badge'),
      make('span', 'bar'),
      make('span', 'p'),
    );
    button.setAttribute('type', 'button');
    button.dataset.name = each.name;
    button.title = each.name;
    button.addEventListener('click', () => this.onSelect(each.name));
    return make('li', '', button);
  }

  /** @param {HTMLElement} element @param {SeriesSummary} each @param {boolean} selected @param {number} alarmAt */
  #update(element, each, selected, alarmAt) {
    const [button] = /** @type {HTMLCollectionOf<HTMLElement>} */ (element.children);
    const [, badge, bar, p] = /** @type {HTMLCollectionOf<HTMLElement>} */ (button.children);
    button.setAttribute('aria-current', String(selected));
    badge.dataset.state = each.state;
    setText(badge, each.state === 'warming' ? `${each.rowsSeen} of ${each.rowsNeeded} rows` : stateNames[each.state]);
    // The p-value of a series that fell silent is old news.
    const current = each.state === 'silent' ? null : each.pValue;
    bar.style.setProperty('--unusual', String(Math.min(1, ((unusual(current) ?? 0) / alarmAt) * 0.75)));
    setText(p, current === null ? '\u00a0' : `p ${pValue(current)}`);
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...this.list.querySelectorAll('button')];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
  }
}

export class AlertFeed {
  /** @param {(alert: AlertView) => void} onSelect */
  constructor(onSelect) {
    this.onSelect = onSelect;
    /** @type {Set<string> | null} ids announced, or null before the first list */
    this.announced = null;
  }

  /** @param {Model} model @param {string | null} selected */
  render(model, selected) {
    if (model.feed === null) return;
    const alerts = model.sortedAlerts();
    const open = alerts.filter((alert) => alert.state === 'firing');
    byId('alerts-none').hidden = alerts.length > 0;
    setText(byId('alerts-count'), open.length > 0 ? `${open.length} firing` : '');
    reconcile(
      byId('alert-list'),
      alerts,
      (alert) => alert.id,
      () => make('li', '', make('button', 'alert-item')),
      (element, alert) => this.#update(element, alert, alert.id === selected, model.feed),
    );
    this.#announce(open);
  }

  /** @param {HTMLElement} element @param {AlertView} alert @param {boolean} selected @param {Model['feed']} feed */
  #update(element, alert, selected, feed) {
    const [button] = /** @type {HTMLCollectionOf<HTMLButtonElement>} */ (element.children);
    button.setAttribute('aria-current', String(selected));
    const length = duration(alertLength(alert, feed?.eventTimeMs ?? null));
    const beside = alert.references === null ? [] : describeReferences(alert.references);
    const version = `${alert.state} ${alert.timeMs} ${length} ${beside.join()}`;
    if (button.dataset.version === version) return;
    button.dataset.version = version;
    button.type = 'button';
    button.dataset.state = alert.state;
    button.onclick = () => this.onSelect(alert);
    const badge = make('span', 'badge', alert.state);
    badge.dataset.state = alert.state;
    const named = alert.channels.map((part) => feed?.channels[part.channel]?.name ?? `channel ${part.channel}`);
    button.replaceChildren(
      make('span', 'alert-head', badge, make('span', 'name', alert.series)),
      make('span', 'alert-time', `${dateTime(alert.startMs)}  ·  ${length}`),
      make('span', 'alert-summary', alert.summary),
      make('span', 'alert-channels', ...named.map((name) => make('span', 'chip', name))),
      ...(beside.length === 0
        ? []
        : [make('span', 'alert-references', ...beside.map((line) => make('span', '', line)))]),
    );
  }

  /** Only what starts firing while the page is open is read out. @param {readonly AlertView[]} open */
  #announce(open) {
    const fresh = this.announced === null ? [] : open.filter((alert) => !this.announced?.has(alert.id));
    this.announced = new Set(open.map((alert) => alert.id));
    if (fresh.length > 0)
      setText(byId('announce'), fresh.map((alert) => `Alert on ${alert.series}: ${alert.summary}`).join('. '));
  }
}

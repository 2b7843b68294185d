/**
 * What the page knows: the feed's state and the rows of the followed series, kept up to date by the server's events. Pure.
 *
 * @typedef {import('../view.ts').FeedSnapshot} FeedSnapshot
 * @typedef {import('../view.ts').FeedChanges} FeedChanges
 * @typedef {import('../view.ts').SeriesSnapshot} SeriesSnapshot
 * @typedef {import('../view.ts').SeriesSummary} SeriesSummary
 * @typedef {import('../view.ts').AlertView} AlertView
 * @typedef {import('../view.ts').RowBlock} RowBlock
 * @typedef {import('../view.ts').ForecastView} ForecastView
 * @typedef {import('../view.ts').ChannelView} ChannelView
 * @typedef {import('../status-meter.ts').StatusView} StatusView
 * @typedef {(number | null)[]} Column
 * @typedef {{ observed: Column, median: Column, low: Column, high: Column, expected: Column, halfWidth90: Column }} Cells
 * @typedef {import('../../core/reference-names.ts').ReferenceName} ReferenceName
 * @typedef {import('../../core/reference-names.ts').OfReferences<number | null>} ReferencePValues
 * @typedef {{ score: number | null, pValue: number | null, alarm: boolean, learning: boolean, references: ReferencePValues, cells: Cells }} Row
 */

export class Model {
  constructor() {
    /** @type {FeedSnapshot | null} */
    this.feed = null;
    /** @type {Map<string, SeriesSummary>} */
    this.series = new Map();
    /** @type {Map<string, AlertView>} */
    this.alerts = new Map();
    /** @type {StatusView | null} */
    this.status = null;
    /** @type {string | null} */
    this.followed = null;
    /** @type {Map<number, Row>} by time */
    this.rows = new Map();
    /** @type {ForecastView | null} */
    this.forecast = null;
  }

  /** @param {FeedSnapshot} feed */
  applyState(feed) {
    this.feed = feed;
    this.series = new Map(feed.series.map((each) => [each.name, each]));
    this.alerts = new Map(feed.alerts.map((each) => [each.id, each]));
  }

  /** @param {SeriesSnapshot} snapshot */
  applySeries(snapshot) {
    this.followed = snapshot.name;
    this.rows = new Map();
    this.forecast = snapshot.forecast;
    this.series.set(snapshot.name, snapshot.summary);
    this.#mergeRows(snapshot.rows);
  }

  /** @param {FeedChanges} changes */
  applyChanges(changes) {
    if (this.feed === null) return;
    const { modelVersion, alarmPValue, eventTimeMs, seriesHidden, version } = changes;
    this.feed = { ...this.feed, modelVersion, alarmPValue, eventTimeMs, seriesHidden, version };
    for (const each of changes.series) this.series.set(each.name, each);
    if (changes.names !== null) {
      const names = new Set(changes.names);
      for (const name of this.series.keys()) if (!names.has(name)) this.series.delete(name);
    }
    for (const alert of changes.alerts) this.alerts.set(alert.id, alert);
    for (const alert of this.sortedAlerts().slice(this.feed.alertsMax)) this.alerts.delete(alert.id);
    if (changes.detail === null || changes.detail.name !== this.followed) return;
    this.#mergeRows(changes.detail.rows);
    if (changes.detail.forecast !== null) this.forecast = changes.detail.forecast;
  }

  /** @returns {AlertView[]} newest first */
  sortedAlerts() {
    return [...this.alerts.values()].sort((a, b) => b.startMs - a.startMs || (a.id < b.id ? -1 : 1));
  }

  /** @returns {SeriesSummary[]} what wants attention first, then by how unusual, then by name */
  sortedSeries() {
    /** @param {SeriesSummary} each */
    const attention = (each) => ['firing', 'pending', 'alarm', 'silent'].indexOf(each.state) + 1 || 5;
    return [...this.series.values()].sort(
      (a, b) => attention(a) - attention(b) || (a.pValue ?? 2) - (b.pValue ?? 2) || a.name.localeCompare(b.name),
    );
  }

  /** @returns {SeriesSummary | undefined} */
  get summary() {
    return this.followed === null ? undefined : this.series.get(this.followed);
  }

  /** @param {RowBlock} block */
  #mergeRows(block) {
    block.timesMs.forEach((timeMs, i) => {
      /** @param {keyof Cells} name */
      const column = (name) => block.channels.map((channel) => channel[name][i]);
      this.rows.set(timeMs, {
        score: block.score[i],
        pValue: block.pValue[i],
        alarm: block.alarm[i] === 1,
        learning: block.learning[i] === 1,
        references: { ridge_var: block.references.ridge_var[i], z_score: block.references.z_score[i] },
        cells: {
          observed: column('observed'),
          median: column('median'),
          low: column('low'),
          high: column('high'),
          expected: column('expected'),
          halfWidth90: column('halfWidth90'),
        },
      });
    });
    const newestMs = Math.max(...block.timesMs, Number.NEGATIVE_INFINITY);
    if (this.feed === null || !Number.isFinite(newestMs)) return;
    const { rowsMax, stepMs } = this.feed;
    const lastMs = Math.max(...this.rows.keys());
    for (const timeMs of this.rows.keys()) if (timeMs <= lastMs - rowsMax * stepMs) this.rows.delete(timeMs);
  }
}

/**
 * Channels in the order to look at them: the alert's contributions first, then the configured order.
 *
 * @param {readonly ChannelView[]} channels
 * @param {readonly { channel: number, share: number | null }[]} contributions
 * @returns {number[]} indices
 */
export function orderChannels(channels, contributions) {
  const first = [...contributions].sort((a, b) => (b.share ?? 0) - (a.share ?? 0)).map((part) => part.channel);
  const rest = channels.map((_, index) => index).filter((index) => !first.includes(index));
  return [...first.filter((index) => index < channels.length), ...rest];
}

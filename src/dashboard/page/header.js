/** The top line: is it alive, how far is it, how fast. */
import { byId, setText } from './dom.js';
import { dateTime, duration, number, percent } from './format.js';

/** @typedef {import('./model.js').Model} Model */

/** No word of the server for this long is shown as such. */
const quietMsMax = 5000;

/** @param {Model} model @param {{ connected: boolean, quietMs: number }} link */
export function renderHeader(model, link) {
  const { feed, status } = model;
  renderHealth(model, link);
  if (feed === null) return;
  setText(byId('pipeline'), feed.pipeline);
  setText(byId('model'), feed.modelVersion === null ? '' : `model ${feed.modelVersion}`);
  const zone = Intl.DateTimeFormat(undefined, { timeZoneName: 'short' })
    .formatToParts()
    .find((part) => part.type === 'timeZoneName');
  setText(byId('event-time'), feed.eventTimeMs === null ? '–' : `${dateTime(feed.eventTimeMs)} ${zone?.value ?? ''}`);
  const firing = model.sortedAlerts().filter((alert) => alert.state === 'firing').length;
  document.title = `${firing > 0 ? `(${firing} firing) ` : ''}${feed.pipeline} · driftcast`;
  if (status === null) return;
  setText(byId('behind'), feed.eventTimeMs === null ? '–' : duration(status.nowMs - feed.eventTimeMs));
  const { pipeline, readingsPerSecond } = status;
  setText(byId('rate'), readingsPerSecond === null ? '–' : `${number(Number(readingsPerSecond.toPrecision(3)))} /s`);
  setText(byId('in-flight'), pipeline === null ? '–' : `${pipeline.windowsInFlight} windows`);
  const coverage = pipeline?.forecastCoverage90 ?? null;
  setText(byId('coverage'), coverage === null ? '–' : percent(coverage));
  const alarms = pipeline?.alarmsPerSeriesDay ?? null;
  setText(byId('alarms'), alarms === null ? '–' : `${number(Number(alarms.toPrecision(2)))} /day`);
  const finite = pipeline !== null && pipeline.progress !== null;
  setText(byId('lag-label'), finite ? 'Source read' : 'Lag');
  if (finite) setText(byId('lag'), percent(pipeline.progress));
  else
    setText(
      byId('lag'),
      pipeline === null || pipeline.lagMessages === null ? '–' : `${number(pipeline.lagMessages)} messages`,
    );
}

/** @param {Model} model @param {{ connected: boolean, quietMs: number }} link */
function renderHealth({ status }, link) {
  const quiet = !link.connected || link.quietMs > quietMsMax;
  const lost = quiet && status !== null;
  const warning = status?.warnings[0];
  const well = warning === undefined ? 'ok' : 'degraded';
  const state = status === null ? 'unknown' : lost || !status.ready ? 'bad' : well;
  const problem = lost ? `no word from driftcast for ${duration(link.quietMs)}` : (status?.problems[0] ?? 'not ready');
  const words = { ok: 'healthy', degraded: `degraded: ${warning}`, bad: problem, unknown: 'connecting' };
  document.body.classList.toggle('lost', lost);
  byId('health').dataset.state = state;
  byId('health').title = status === null ? '' : [...status.problems, ...status.warnings].join('\n');
  setText(byId('health-text'), words[state]);
}

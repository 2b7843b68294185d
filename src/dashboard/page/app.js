/** The live page: one event stream in, everything else drawn from the model. */
import { Detail } from './detail.js';
import { byId } from './dom.js';
import { renderHeader } from './header.js';
import { AlertFeed, SeriesList } from './lists.js';
import { Model } from './model.js';

/** @typedef {import('./model.js').AlertView} AlertView */

const retryMs = 2000;

const model = new Model();
const detail = new Detail();
const seriesList = new SeriesList((name) => select(name, null));
const alertFeed = new AlertFeed((alert) => select(alert.series, alert.id));

/** @type {string | null} */
let selectedAlert = null;
/** @type {EventSource | null} */
let stream = null;
let connected = false;
let lastWordAt = performance.now();
let drawing = false;

/** Follows a series; the alert, where one was chosen, says which channels lead. @param {string} name @param {string | null} alertId */
function select(name, alertId) {
  selectedAlert = alertId;
  if (name === model.followed) return draw();
  model.followed = name;
  model.rows = new Map();
  model.forecast = null;
  const address = new URL(location.href);
  address.searchParams.set('series', name);
  history.replaceState(null, '', address);
  connect();
  draw();
}

function connect() {
  stream?.close();
  const query = model.followed === null ? '' : `?series=${encodeURIComponent(model.followed)}`;
  const source = new EventSource(`events${query}`);
  stream = source;
  /** @param {string} event @param {(data: any) => void} apply */
  const on = (event, apply) =>
    source.addEventListener(event, (message) => {
      if (source !== stream) return;
      connected = true;
      lastWordAt = performance.now();
      apply(JSON.parse(message.data));
      draw();
    });
  on('state', (data) => model.applyState(data));
  on('series', (data) => model.applySeries(data));
  on('changes', (data) => model.applyChanges(data));
  on('status', (data) => {
    model.status = data;
  });
  source.addEventListener('error', () => {
    if (source !== stream) return;
    connected = false;
    draw();
    // Not left to the browser: it would ask without the series, and gives up after an answer that was no stream.
    source.close();
    setTimeout(() => source === stream && connect(), retryMs);
  });
}

/** The alert chosen in the list, else the one open on the followed series. @returns {AlertView | null} */
function leadingAlert() {
  const chosen = selectedAlert === null ? undefined : model.alerts.get(selectedAlert);
  if (chosen !== undefined && chosen.series === model.followed) return chosen;
  const open = model.sortedAlerts().find((alert) => alert.series === model.followed && alert.state !== 'resolved');
  return open ?? null;
}

/** At most once a frame, and not while nobody can see it. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const alert = leadingAlert();
    renderHeader(model, { connected, quietMs: performance.now() - lastWordAt });
    seriesList.render(model, model.followed);
    alertFeed.render(model, alert?.id ?? null);
    detail.render(model, alert);
  });
}

detail.onChange = draw;
byId('filter').addEventListener('input', draw);
document.addEventListener('keydown', (event) => {
  if (event.target instanceof HTMLInputElement) return;
  if (event.key === 'Escape') detail.zoom(null);
  if (event.key !== '/') return;
  event.preventDefault();
  byId('filter').focus();
});
// Silence of the server is news too.
setInterval(draw, 1000);

model.followed = new URL(location.href).searchParams.get('series');
connect();

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { systemClock } from '../../src/core/clock.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import type { Feed } from '../../src/dashboard/feed.ts';
import { startDashboard } from '../../src/dashboard/server.ts';
import { channels, fakeFeed, outcomeAt, pump1, pump2, startMs } from '../dashboard/helpers/fake-plant.ts';

const executablePath = process.env.DRIFTCAST_TEST_CHROMIUM ?? '';
const skip = executablePath === '' && 'needs a browser: set DRIFTCAST_TEST_CHROMIUM=/usr/bin/chromium';

const limit = { timeout: 30_000 };

async function openPage(
  t: TestContext,
  feed: Feed,
  token = '',
): Promise<{ page: Page; url: string; errors: string[] }> {
  const well = () => ({ ok: true, checks: [] });
  const dashboard = await startDashboard({
    host: '127.0.0.1',
    port: 0,
    token,
    feed,
    health: { liveness: well, readiness: well },
    metricsText: () => '',
    telemetry: silentTelemetry,
    clock: systemClock,
    status: () => ({
      readingsTotal: 5000,
      windowsInFlight: 4,
      lagMessages: 12,
      progress: null,
      forecastCoverage90: 0.91,
      alarmsPerSeriesDay: 0.4,
    }),
  });
  t.after(() => dashboard.close());
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  return { page, url: dashboard.url, errors };
}

const inkOf = (page: Page, channel: string) => inkIn(page, `[data-channel="${channel}"]`);
const inkOfScore = (page: Page) => inkIn(page, '.score');

/** Whether a chart has drawn anything: pixels that are not transparent. */
const inkIn = (page: Page, chart: string) =>
  page.evaluate(`(() => {
    const canvas = document.querySelector('${chart} canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let ink = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 200) ink++;
    return ink;
  })()`) as Promise<number>;

const channelNames = (page: Page) =>
  page.locator('#charts figure').evaluateAll((all) => all.map((each) => each.getAttribute('data-channel')));

test('an alert: its series, its channels first, every chart drawn, no error', { skip }, async (t) => {
  const { page, url, errors } = await openPage(t, fakeFeed([pump2, pump1], 599));
  await page.goto(url);
  await page
    .locator('#charts figure')
    .nth(channels.length - 1)
    .waitFor(limit);
  await page.locator('#rate', { hasText: '/s' }).waitFor(limit);
  assert.equal(await page.locator('#detail-title').textContent(), pump1.series);
  assert.deepEqual((await channelNames(page)).slice(0, 4), ['vibration', 'pressure_out', 'flow_out', 'flow_in']);
  assert.match((await page.locator('#banner').textContent()) ?? '', /Firing|firing/);
  assert.equal(await page.locator('#series-list button').first().getAttribute('data-name'), pump1.series);
  for (const { name } of channels) assert.ok((await inkOf(page, name)) > 500, `${name} is empty`);
  assert.match(await page.title(), /1 firing/);
  assert.deepEqual(errors, []);
});

test('clicking a series switches the charts and the address', { skip }, async (t) => {
  const { page, url, errors } = await openPage(t, fakeFeed([pump1, pump2], 599));
  await page.goto(url);
  await page.locator('#detail-title', { hasText: pump1.series }).waitFor(limit);
  const before = await page.locator('[data-channel="flow_in"] .readout').textContent();
  await page.locator(`#series-list [data-name="${pump2.series}"]`).click();
  await page.locator('#detail-title', { hasText: pump2.series }).waitFor(limit);
  await page.locator('[data-channel="flow_in"] .readout', { hasNotText: before ?? '' }).waitFor(limit);
  assert.equal((await channelNames(page))[0], 'flow_in');
  assert.equal(new URL(page.url()).searchParams.get('series'), pump2.series);
  assert.equal(await page.locator('#banner').isVisible(), false);
  assert.deepEqual(errors, []);
});

test('the address chooses the series; a live update arrives by itself', { skip }, async (t) => {
  const feed = fakeFeed([pump1, pump2], 599);
  const { page, url, errors } = await openPage(t, feed);
  await page.goto(`${url}/?series=${encodeURIComponent(pump2.series)}`);
  await page.locator('#detail-title', { hasText: pump2.series }).waitFor(limit);
  const before = (await page.locator('#event-time').textContent()) ?? '';
  feed.push(outcomeAt(pump2, 603));
  await page.locator('#event-time', { hasNotText: before }).waitFor(limit);
  const expected = new Date(startMs + 603 * 10_000).toISOString().slice(17, 19);
  assert.ok(((await page.locator('#event-time').textContent()) ?? '').includes(`:${expected} `));
  assert.deepEqual(errors, []);
});

test('a page opened before any data waits, warms up, then draws', { skip }, async (t) => {
  const feed = fakeFeed([], 0);
  const { page, url, errors } = await openPage(t, feed);
  await page.goto(url);
  await page.locator('#waiting-title', { hasText: 'Warming up' }).waitFor(limit);
  feed.warming(pump1.series, 61, startMs);
  await page.locator('#waiting-title', { hasText: '61 of 96 rows' }).waitFor(limit);
  feed.push(outcomeAt(pump1, 95));
  await page.locator('#detail-state', { hasText: 'learning' }).waitFor(limit);
  assert.ok((await inkOf(page, 'flow_in')) > 500);
  assert.deepEqual(errors, []);
});

test('the keyboard reaches everything; a series named like a tag is only text', { skip }, async (t) => {
  const name = '<img src=x onerror=document.title="hacked">';
  const { page, url, errors } = await openPage(t, fakeFeed([pump1, { ...pump2, series: name }], 599));
  await page.goto(url);
  await page.locator('#detail-title', { hasText: pump1.series }).waitFor(limit);
  await page.keyboard.press('/');
  await page.keyboard.type('img');
  await page.keyboard.press('Enter');
  await page.locator('#detail-title', { hasText: '<img' }).waitFor(limit);
  assert.equal(await page.locator('main img').count(), 0);
  assert.doesNotMatch(await page.title(), /hacked/);
  await page.locator('#filter').fill('');
  await page.locator('#series-list button').first().focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate('document.activeElement.dataset.name'), name);
  assert.deepEqual(errors, []);
});

test('dragging zooms every chart, Escape goes back', { skip }, async (t) => {
  const { page, url, errors } = await openPage(t, fakeFeed([pump1], 599));
  await page.goto(url);
  const over = page.locator('[data-channel="flow_in"] .u-over');
  await over.waitFor(limit);
  const box = (await over.boundingBox()) ?? assert.fail('the chart has no box');
  await page.mouse.move(box.x + 60, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 200, box.y + 20, { steps: 4 });
  await page.mouse.up();
  const reset = page.locator('.spans .reset');
  await reset.waitFor(limit);
  await page.keyboard.press('Escape');
  await reset.waitFor({ ...limit, state: 'hidden' });
  assert.deepEqual(errors, []);
});

test('references stand beside the score, can be hidden, and in the list it says whether they saw the alert', {
  skip,
}, async (t) => {
  const { page, url, errors } = await openPage(t, fakeFeed([pump1, pump2], 599));
  await page.goto(url);
  const toggles = page.locator('.score .beside button');
  await toggles.first().waitFor(limit);
  assert.deepEqual(await toggles.allTextContents(), ['ridge VAR (no network)', 'z-score']);
  const readout = page.locator('.score .readout');
  assert.match((await readout.textContent()) ?? '', /ridge VAR .*z-score .*p = /);
  const lines = await page.locator('.alert-references span').allTextContents();
  assert.match(lines.join(), /^ridge VAR: p \S+, .*,z-score: p \S+, no alarm$/);
  const before = await inkOfScore(page);
  await toggles.first().click();
  assert.equal(await toggles.first().getAttribute('aria-pressed'), 'false');
  assert.doesNotMatch((await readout.textContent()) ?? '', /ridge VAR/);
  assert.ok((await inkOfScore(page)) < before, 'its line is gone');
  await toggles.first().click();
  assert.equal(await inkOfScore(page), before);
  assert.deepEqual(errors, []);
});

test('with a token the page asks for it, once', { skip }, async (t) => {
  const { page, url } = await openPage(t, fakeFeed([pump1], 599), 'open sesame');
  await page.goto(url);
  await page.locator('input[name=token]').fill('open sesame');
  await page.locator('button').click();
  await page.locator('#detail-title', { hasText: pump1.series }).waitFor(limit);
  assert.equal(new URL(page.url()).search, '');
  await page.reload();
  await page.locator('#detail-title', { hasText: pump1.series }).waitFor(limit);
});

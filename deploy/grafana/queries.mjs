#!/usr/bin/env node
// Every query of the dashboard, its variables filled in as Grafana would, so that they can be run without Grafana.
//
//   queries.mjs [--series S] [--channel C] [--minutes N]       prints one JSON object a line: { title, refId, query }
//   queries.mjs --url http://127.0.0.1:8086 --db driftcast ... runs each: one line each, exit 1 if one fails or finds nothing
//
// --series and --channel: the values to look at (default: the first that the database has). User and password, where the
// database asks for them: INFLUX_USER and INFLUX_PASSWORD.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dashboardFile = fileURLToPath(new URL('dashboards/driftcast.json', import.meta.url));
const escapeRegex = (text) => text.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');

/** `{ title, refId, query }` of the variables, the annotations and the panels, in that order. */
export function dashboardQueries({ series, channel, fromMs, toMs, intervalMs = 1000 }, file = dashboardFile) {
  const dashboard = JSON.parse(readFileSync(file, 'utf8'));
  const found = [
    ...dashboard.templating.list.map((v) => ({ title: `variable ${v.name}`, refId: 'variable', query: v.query })),
    ...dashboard.annotations.list.map((a) => ({ title: `annotation ${a.name}`, refId: 'annotation', query: a.query })),
    ...dashboard.panels.flatMap((p) =>
      (p.targets ?? []).map((t) => ({ title: p.title, refId: t.refId, query: t.query })),
    ),
  ];
  const values = {
    series,
    channel,
    timeFilter: `time >= ${fromMs}ms and time <= ${toMs}ms`,
    __interval: `${intervalMs}ms`,
  };
  const fill = (text) =>
    text.replace(/\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g, (whole, braced, format, plain) => {
      const value = values[braced ?? plain];
      if (value === undefined) throw new Error(`the dashboard uses ${whole}, which has no value here`);
      return format === 'regex' ? escapeRegex(value) : value;
    });
  return found.map((entry) => ({ ...entry, title: fill(entry.title), query: fill(entry.query) }));
}

/** Rows that one query finds; throws what the database says when it fails. */
export async function runQuery({ url, db, user, password }, query) {
  const headers = user ? { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` } : {};
  const body = new URLSearchParams({ q: query, db, epoch: 'ms' });
  const response = await fetch(`${url}/query`, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
  const answer = await response.json();
  const error = answer.error ?? answer.results?.find((r) => r.error)?.error;
  if (error || !response.ok) throw new Error(error ?? `HTTP ${response.status}`);
  return answer.results.flatMap((r) => r.series ?? []).flatMap((s) => s.values);
}

async function main() {
  const { values } = parseArgs({
    options: {
      series: { type: 'string' },
      channel: { type: 'string' },
      minutes: { type: 'string', default: '60' },
      url: { type: 'string' },
      db: { type: 'string', default: 'driftcast' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    const comment = readFileSync(fileURLToPath(import.meta.url), 'utf8')
      .split('\n')
      .slice(1);
    console.log(
      comment
        .slice(
          0,
          comment.findIndex((line) => !line.startsWith('//')),
        )
        .map((line) => line.slice(3))
        .join('\n'),
    );
    return 0;
  }
  const database = {
    url: values.url,
    db: values.db,
    user: process.env.INFLUX_USER,
    password: process.env.INFLUX_PASSWORD,
  };
  const first = async (key, measurement) =>
    values.url
      ? (await runQuery(database, `SHOW TAG VALUES FROM "${measurement}" WITH KEY = "${key}"`))[0]?.[1]
      : undefined;
  const range = Number(values.minutes) * 60_000;
  const queries = dashboardQueries({
    series: values.series ?? (await first('series', 'driftcast_score')) ?? 'example',
    channel: values.channel ?? (await first('channel', 'driftcast_value')) ?? 'example',
    fromMs: Date.now() - range,
    toMs: Date.now() + range,
  });
  if (!values.url) {
    for (const entry of queries) console.log(JSON.stringify(entry));
    return 0;
  }
  let bad = 0;
  for (const { title, refId, query } of queries) {
    const rows = await runQuery(database, query).then(
      (r) => r.length,
      (error) => error,
    );
    const ok = typeof rows === 'number' && rows > 0;
    bad += ok ? 0 : 1;
    console.log(
      `${ok ? 'ok  ' : 'FAIL'} ${title} [${refId}]: ${typeof rows === 'number' ? `${rows} rows` : rows.message}${ok ? '' : `\n     ${query}`}`,
    );
  }
  return bad === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();

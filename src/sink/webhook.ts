import { z } from 'zod';
import { type ComponentContext, defineSink, type Sink } from '../core/component.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { type AlertmanagerAlert, toAlertmanager } from './alertmanager.ts';
import { type PostAnswer, postJson } from './http-post.ts';
import { persist } from './persist.ts';
import { rejectLetter } from './reject-letter.ts';
import { createSerial } from './serially.ts';

const options = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as http://localhost:9093/api/v2/alerts' })
    .refine(
      (text) => !URL.canParse(text) || !new URL(text).username,
      'credentials belong into headers, not into the URL',
    )
    .describe('Where to post: Alertmanager’s /api/v2/alerts, or anything that takes its form.'),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]+$/, 'expected a header name'),
      z.string().regex(/^[\t\x20-\x7e]*$/, 'expected printable ASCII without line breaks'),
    )
    .default({})
    .describe('Headers of every request, such as Authorization: "Bearer ${ALERT_TOKEN}".'),
  severity: z.string().min(1).max(64).default('warning').describe('Value of the label `severity`, for routing.'),
  firing_ms_max: z
    .number()
    .int()
    .min(0)
    .default(7 * 86_400_000)
    .describe('How long Alertmanager holds a firing alert that is never resolved. 0: leave `endsAt` to the receiver.'),
  timeout_ms: z.number().int().min(1).max(600_000).default(10_000).describe('How long one request may take.'),
  retry_ms_max: z
    .number()
    .int()
    .min(0)
    .max(86_400_000)
    .default(300_000)
    .describe('How long a request is repeated while the receiver is away; then the pipeline stops, with nothing lost.'),
});

type Options = z.output<typeof options>;

/** Alerts of one request. */
const requestAlertsMax = 100;

/** Alerts to Alertmanager: routing, silencing and paging are its business. */
export const webhookSink = defineSink({
  kind: 'sink',
  type: 'webhook',
  summary: 'Firing and resolved alerts by HTTP in the form of Alertmanager v2.',
  options,
  examples: [
    { url: 'http://localhost:9093/api/v2/alerts' },
    {
      url: 'https://alerts.example.com/hook',
      headers: { Authorization: 'Bearer ${ALERT_TOKEN}' },
      severity: 'critical',
    },
  ],
  build: (chosen, context) => createWebhookSink(chosen, context),
});

type LastingAnswer = Exclude<PostAnswer, { kind: 'unavailable' }>;

interface Posted {
  readonly series: string;
  readonly body: AlertmanagerAlert;
}

function createWebhookSink(chosen: Options, context: ComponentContext): Sink {
  const { clock, telemetry, limits } = context;
  const closing = new AbortController();
  const serially = createSerial();
  // Path and query of a hook are often its password: only the origin is shown.
  const target = `the webhook at ${new URL(chosen.url).origin}`;
  const request = { url: chosen.url, headers: chosen.headers, timeoutMs: chosen.timeout_ms };
  let failure: string | null = null;

  const persisted = (body: readonly AlertmanagerAlert[]) =>
    persist<LastingAnswer>(() => postJson(request, body, clock, closing.signal), {
      what: `posting alerts to ${target}`,
      retryMsMax: chosen.retry_ms_max,
      signal: closing.signal,
      onFailedAttempt(reason, attempt) {
        failure = `${target}: ${reason}`;
        telemetry.count('sink_retries_total', 1, { sink: 'webhook' });
        telemetry.log('warn', `posting to ${target} failed: ${reason}`, { attempt });
      },
    });

  /** Refused alerts are narrowed down, so that one bad alert does not take the others of its request with it. */
  const post = async (alerts: readonly Posted[]): Promise<DeadLetter[]> => {
    const answer = await persisted(alerts.map(({ body }) => body));
    if (answer.kind === 'done') {
      telemetry.count('points_written_total', alerts.length, { sink: 'webhook' });
      return [];
    }
    if (alerts.length > 1) {
      const middle = alerts.length >> 1;
      return [...(await post(alerts.slice(0, middle))), ...(await post(alerts.slice(middle)))];
    }
    failure = `${target}: ${answer.reason}`;
    telemetry.log('error', `${target} refused an alert: ${answer.reason}`);
    return alerts.map(({ series, body }) =>
      rejectLetter(series, answer.reason, JSON.stringify(body), clock.nowMs(), limits.deadLetterBytesMax),
    );
  };

  const deliver: Sink['deliver'] = async (batch) => {
    const settings = {
      pipeline: context.pipeline,
      severity: chosen.severity,
      nowMs: clock.nowMs(),
      firingMsMax: chosen.firing_ms_max,
    };
    const alerts = batch
      .flatMap((outcome) => outcome.alerts)
      .flatMap((alert): Posted[] => {
        const body = toAlertmanager(alert, context.channels, settings);
        return body === null ? [] : [{ series: alert.series, body }];
      });
    const rejected: DeadLetter[] = [];
    for (let from = 0; from < alerts.length; from += requestAlertsMax) {
      rejected.push(...(await post(alerts.slice(from, from + requestAlertsMax))));
    }
    if (alerts.length > 0 && rejected.length === 0) failure = null;
    return rejected;
  };

  return {
    name: 'webhook',
    deliver: (batch) => serially(() => deliver(batch)),
    async close() {
      closing.abort();
      await serially(async () => undefined);
    },
    health: () => (failure === null ? { ok: true, detail: target } : { ok: false, detail: failure }),
  };
}

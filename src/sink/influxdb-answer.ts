import { ResultError } from 'influx';
import { tlsRefusal } from '../core/tls-refusal.ts';

/** What became of one call. Texts are built from the status and the server's own words, never from the client's error. */
export type InfluxAnswer =
  | { readonly kind: 'done' }
  | InfluxRejection
  | { readonly kind: 'too_large'; readonly reason: string }
  | { readonly kind: 'no_database'; readonly reason: string }
  /** Wrong credentials, rights, certificate or address: no repetition helps, and no point is at fault. */
  | {
      readonly kind: 'denied';
      readonly reason: string;
      /** Who we are is what is refused, or who they are. */
      readonly access: boolean;
      readonly hint?: string;
    }
  /** Down, busy, or silent: try again. `unreached`: what was sent did not come to a server, and will not. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly unreached?: true };

/** The server will not take (some of) these points, ever. */
export interface InfluxRejection {
  readonly kind: 'rejected';
  readonly reason: string;
  /** Everything that the server said. */
  readonly text: string;
  /** How many points it did not take, where it says so. */
  readonly dropped: number | null;
  /** The lines that it names, each with what is wrong with it. */
  readonly refused?: ReadonlyMap<string, string>;
}

const reasonCharsMax = 300;
const notInflux = 'This is no answer of InfluxDB’s: check the port, and whether it wants https.';
const retriedStatus = new Set([408, 425, 429]);
/** Errors of the system of which the connection was never there. */
const unreached: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);
const codeOf = (thrown: unknown): unknown => (thrown as { readonly code?: unknown } | null)?.code;

/** Reads what is safe to read of an error of the client. */
export function readInfluxFault(thrown: unknown): InfluxAnswer {
  if (thrown instanceof ResultError) return { kind: 'denied', reason: shorten(thrown.message), access: false };
  const { status, text, isInflux } = statusOf(thrown);
  if (status === null) {
    const refusal = tlsRefusal(thrown);
    if (refusal !== null) return { kind: 'denied', reason: refusal.reason, access: true, hint: refusal.hint };
    // The message of a network error names the address; the client's 5xx error has only the status text.
    const reason = text === '' ? 'the server answered with a 5xx status' : shorten(text);
    return { kind: 'unavailable', reason, ...(unreached.has(codeOf(thrown)) ? { unreached: true } : {}) };
  }
  const reason = `HTTP ${status}: ${shorten(text)}`;
  // An https server, or a proxy, that refuses the request: taken for a refusal of the points it would cost them all.
  if (status === 400 && !isInflux) return { kind: 'denied', reason, access: true, hint: notInflux };
  // 422 is how InfluxDB 2 answers what 1.x answers with 400.
  if (status === 400 || status === 422) {
    const dropped = /dropped=(\d+)/.exec(text)?.[1];
    return { kind: 'rejected', reason, text, dropped: dropped === undefined ? null : Number(dropped) };
  }
  if (status === 413) return { kind: 'too_large', reason };
  if (status === 404 && /database not found/i.test(text)) return { kind: 'no_database', reason };
  if (retriedStatus.has(status)) return { kind: 'unavailable', reason };
  return { kind: 'denied', reason, access: status === 401 || status === 403 };
}

/**
 * The lines of a request that a parse error names: `unable to parse 'LINE': missing field value`, one after the other. Other
 * refusals say how many, and not which.
 */
export function refusedLines(text: string, lines: readonly string[]): ReadonlyMap<string, string> {
  const refused = new Map<string, string>();
  const known = new Set(lines);
  for (const quoted of text.split("unable to parse '").slice(1)) {
    // The line itself may hold what ends the quotation.
    for (let end = quoted.indexOf("': "); end >= 0; end = quoted.indexOf("': ", end + 1)) {
      const line = quoted.slice(0, end);
      if (!known.has(line)) continue;
      const [why] = quoted.slice(end + 3).split(/\n| dropped=/, 1);
      refused.set(line, shorten(why));
      break;
    }
  }
  return refused;
}

interface Said {
  readonly status: number | null;
  readonly text: string;
  /** Whether it was said in the way of InfluxDB. */
  readonly isInflux: boolean;
}

function statusOf(thrown: unknown): Said {
  const message = thrown instanceof Error ? thrown.message : '';
  const response = (thrown as { res?: { statusCode?: unknown; headers?: Record<string, unknown> } } | null)?.res;
  if (typeof response?.statusCode !== 'number') return { status: null, text: message, isInflux: false };
  const header = response.headers?.['x-influxdb-error'];
  // A header cannot hold the line breaks between several faults: the body is asked first.
  const said = saidIn(message) ?? (typeof header === 'string' ? header : null);
  return { status: response.statusCode, text: said ?? message.trim(), isInflux: said !== null };
}

/** `{"error": "..."}` of 1.x, `{"code": "...", "message": "..."}` of 2.x, behind the client's own words. */
function saidIn(message: string): string | null {
  try {
    const body: unknown = JSON.parse(message.slice(message.indexOf('{')));
    const { error, message: said } = (body ?? {}) as { readonly error?: unknown; readonly message?: unknown };
    const text = typeof error === 'string' ? error : said;
    return typeof text === 'string' && text !== '' ? text : null;
  } catch {
    return null;
  }
}

/** The end of a partial write's text holds `dropped=N`: the middle is what goes. */
const shorten = (text: string): string =>
  text.length <= reasonCharsMax ? text : `${text.slice(0, reasonCharsMax - 60)} ... ${text.slice(-50)}`;

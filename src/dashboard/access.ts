import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** How a request may go on: `query` and the like say which credential opened the door. */
export type Grant = 'open' | 'header' | 'cookie' | 'query' | 'denied' | 'wrong_host';

export interface Access {
  check(headers: IncomingHttpHeaders, queryToken: unknown): Grant;
  /** Value of Set-Cookie for a browser that showed the token once. */
  readonly setCookie: string;
}

/**
 * The guard of everything but health. With a token: bearer header, cookie, or `?token=`. Without one the server listens on
 * loopback only, and the Host header must name this machine, so that a web page elsewhere cannot reach it by rebinding DNS.
 */
export function createAccess(token: string): Access {
  if (token === '') {
    return { setCookie: '', check: (headers) => (namesThisMachine(headers.host) ? 'open' : 'wrong_host') };
  }
  // The cookie proves knowledge of the token without carrying it; its name differs between dashboards on one host.
  const session = createHmac('sha256', token).update('driftcast dashboard session').digest('hex');
  const cookieName = `driftcast_${createHash('sha256').update(session).digest('hex').slice(0, 8)}`;
  return {
    setCookie: `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Lax`,
    check(headers, queryToken) {
      const bearer = /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
      if (bearer !== undefined) return sameSecret(bearer, token) ? 'header' : 'denied';
      if (typeof queryToken === 'string') return sameSecret(queryToken, token) ? 'query' : 'denied';
      const cookie = cookieOf(headers.cookie, cookieName);
      return cookie !== null && sameSecret(cookie, session) ? 'cookie' : 'denied';
    },
  };
}

/** Whether an address to bind is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Digests have one length whatever was sent, so the comparison's time tells nothing. */
function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cookieOf(header: string | undefined, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value !== undefined) return value;
  }
  return null;
}

function namesThisMachine(hostHeader: string | undefined): boolean {
  const host = (hostHeader ?? '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || isIP(host) !== 0;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What deploy/ci/secure.sh has set up. */
export interface SecureServers {
  readonly ca: string;
  readonly otherCa: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** Brokers by what their listener wants: TLS alone, a login, a client certificate. */
  readonly tls: string;
  readonly login: string;
  readonly mutual: string;
  readonly influx: string;
  readonly user: string;
  readonly password: string;
}

const folder = process.env.DRIFTCAST_TEST_SECURE;
export const skipWithoutSecure =
  folder === undefined && 'set DRIFTCAST_TEST_SECURE=DIR (deploy/ci/secure.sh up prints one)';

export function secureServers(): SecureServers {
  if (folder === undefined) throw new Error('DRIFTCAST_TEST_SECURE is not set');
  const file = (name: string) => join(folder, name);
  return {
    ca: file('ca.pem'),
    otherCa: file('other-ca.pem'),
    clientCert: file('client.pem'),
    clientKey: file('client.key'),
    ...(JSON.parse(readFileSync(file('servers.json'), 'utf8')) as Pick<
      SecureServers,
      'tls' | 'login' | 'mutual' | 'influx' | 'user' | 'password'
    >),
  };
}

/** A token without a signature, which the test broker takes as long as it is valid. */
export function unsecuredToken(user: string, validForMs: number): string {
  const nowS = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: user, iat: nowS - 7200, exp: nowS + Math.floor(validForMs / 1000) };
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

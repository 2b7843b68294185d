import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { readTlsFiles, type TlsFiles } from '../../core/tls-files.ts';

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** For https, where the authorities of the system are not enough. */
  readonly tls?: TlsFiles | undefined;
  readonly resolvePath?: (path: string) => string;
  readonly signal: AbortSignal;
}

/** One GET, answered with its head; the body is still to be read. Redirects are not followed: the login is for this server. */
export function getOnce(url: URL, { headers = {}, tls, resolvePath, signal }: GetOptions): Promise<IncomingMessage> {
  const files = tls === undefined ? {} : readTlsFiles(tls, 'InfluxDB', resolvePath ?? ((path) => path));
  const options = { headers, signal, ...files };
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? httpsGet(url, options, resolve) : httpGet(url, options, resolve);
    request.on('error', reject);
  });
}

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A certificate for this machine that signs itself, made anew; null where there is no openssl. */
export function selfSigned(folder: string, name: string): { readonly cert: string; readonly key: string } | null {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const what = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  try {
    execFileSync('openssl', [...what, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
  return { cert, key };
}

export const withoutOpenssl = 'openssl is not here: apt-get install openssl';

import { messageOf } from './errors.ts';

/** What OpenSSL says of a certificate that is not to be trusted, as Node names it. */
const certificateFaults: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export interface TlsRefusal {
  readonly reason: string;
  /** What to do about it. */
  readonly hint: string;
}

/** An error of the network that is one side refusing the other's certificate or protocol, which no repetition mends; null for outages. */
export function tlsRefusal(error: unknown): TlsRefusal | null {
  const { code, reason: shortly } = (error ?? {}) as { readonly code?: unknown; readonly reason?: unknown };
  const hint = typeof code === 'string' ? hintOf(code) : null;
  if (hint === null) return null;
  // OpenSSL's own message is a line of addresses and file names.
  return { reason: typeof shortly === 'string' ? shortly : messageOf(error), hint };
}

function hintOf(code: string): string | null {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'The certificate is for another name: give the address by the name that stands in it.';
  if (/^ERR_SSL_.*ALERT/.test(code))
    return 'The server refuses our side: check cert_file and key_file, and that the server trusts their authority.';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return 'The other side does not speak this TLS: check the port, and whether it is one with TLS.';
  if (certificateFaults.has(code))
    return 'Check that tls.ca_file is the authority that signed the server’s certificate, and that this is still valid.';
  return null;
}

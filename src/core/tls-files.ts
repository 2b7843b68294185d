import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { z } from 'zod';
import { DriftcastError, messageOf } from './errors.ts';

/** Files of a TLS connection; what is not given are the certificate authorities of the system, and no client certificate. */
export const tlsFiles = z
  .strictObject({
    ca_file: z
      .string()
      .min(1)
      .optional()
      .describe('PEM file of the certificate authority, relative to the pipeline file.'),
    cert_file: z.string().min(1).optional().describe('PEM file of the client certificate.'),
    key_file: z.string().min(1).optional().describe('PEM file of the client key.'),
  })
  .refine(
    ({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined),
    'expected cert_file and key_file together',
  );
export type TlsFiles = z.output<typeof tlsFiles>;

/** Reads the files for a client of `server` ("Kafka"). Throws CONFIG_INVALID where one cannot be read or holds no PEM. */
export function readTlsFiles(
  files: TlsFiles,
  server: string,
  resolvePath: (path: string) => string,
): Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  const read = (what: string, file: string) => {
    try {
      return readFileSync(resolvePath(file), 'utf8');
    } catch (error) {
      throw new DriftcastError('CONFIG_INVALID', `reading the ${server} ${what} file ${file}: ${messageOf(error)}`, {
        cause: error,
        hint: 'Check the path under tls; it is relative to the pipeline file.',
      });
    }
  };
  const options = {
    ...(files.ca_file === undefined ? {} : { ca: [read('ca', files.ca_file)] }),
    ...(files.cert_file === undefined ? {} : { cert: read('cert', files.cert_file) }),
    ...(files.key_file === undefined ? {} : { key: read('key', files.key_file) }),
  };
  try {
    // Now, and not with every attempt to connect: a client would take it for an outage.
    createSecureContext(options);
  } catch (error) {
    const names = [files.ca_file, files.cert_file, files.key_file].filter((name) => name !== undefined).join(', ');
    throw new DriftcastError('CONFIG_INVALID', `using the ${server} TLS files ${names}: ${messageOf(error)}`, {
      hint: 'They have to be PEM files without a passphrase, and the key has to belong to the certificate.',
    });
  }
  return options;
}

import { type Command, Option } from 'commander';
import { DriftcastError } from '../core/errors.ts';
import type { KafkaConnectionOptions } from '../core/kafka-connection.ts';

/** How to reach the brokers, as on the command line of every command that is given them there. */
export interface KafkaLoginOptions {
  readonly tls: boolean;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly username?: string;
  readonly tokenFile?: string;
  readonly saslMechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
}

const passwordVariable = 'KAFKA_PASSWORD';

export function addKafkaLoginOptions(command: Command): Command {
  return command
    .option('--tls', 'connect to the brokers with TLS', false)
    .option('--ca-file <file>', 'with TLS: PEM file of the certificate authority (default: those of the system)')
    .option('--cert-file <file>', 'with TLS: PEM file of a client certificate')
    .option('--key-file <file>', 'with TLS: PEM file of its key')
    .option('--username <name>', `user name for the brokers; the password comes from ${passwordVariable}`)
    .addOption(
      new Option('--sasl-mechanism <name>', 'how to log in with it')
        .choices(['plain', 'scram-sha-256', 'scram-sha-512'])
        .default('plain'),
    )
    .option('--token-file <file>', 'log in with the token in this file (OAUTHBEARER) instead of a user name');
}

/**
 * The connection that the options describe, with the paths as they are given, and as a pipeline file says it: with the password
 * as a variable, and the paths that `place` makes of them. Errors: USAGE.
 */
export function kafkaConnectionOf(
  brokers: readonly string[],
  options: KafkaLoginOptions,
  env: Readonly<Record<string, string | undefined>>,
  clientId: string,
  place: (file: string) => string = (file) => file,
): { readonly connection: KafkaConnectionOptions; readonly written: Readonly<Record<string, unknown>> } {
  const given = partsOf(options, env[passwordVariable], (file) => file);
  const written = partsOf(options, `\${${passwordVariable}}`, place);
  return {
    connection: { brokers: [...brokers], client_id: clientId, tls: false, ...given },
    written: { brokers: [...brokers], ...written },
  };
}

function partsOf(
  { tls, caFile, certFile, keyFile, username, tokenFile, saslMechanism }: KafkaLoginOptions,
  password: string | undefined,
  place: (file: string) => string,
): Partial<Pick<KafkaConnectionOptions, 'tls' | 'sasl'>> {
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new DriftcastError('USAGE', '--cert-file and --key-file: give both, or none');
  if (username !== undefined && tokenFile !== undefined)
    throw new DriftcastError('USAGE', '--username and --token-file: give one of them');
  const files = {
    ...(caFile === undefined ? {} : { ca_file: place(caFile) }),
    ...(certFile === undefined ? {} : { cert_file: place(certFile) }),
    ...(keyFile === undefined ? {} : { key_file: place(keyFile) }),
  };
  const secured = Object.keys(files).length > 0 ? { tls: files } : tls ? { tls } : {};
  if (tokenFile !== undefined) return { ...secured, sasl: { mechanism: 'oauthbearer', token_file: place(tokenFile) } };
  if (username === undefined) return secured;
  if (!password)
    throw new DriftcastError('USAGE', `--username: the password is expected in ${passwordVariable}`, {
      hint: `Set the environment variable ${passwordVariable}.`,
    });
  return { ...secured, sasl: { mechanism: saslMechanism, username, password } };
}

import { readFile } from 'node:fs/promises';
import type { AuthenticationProviderArgs, Mechanism, SASLOptions } from 'kafkajs';
import { z } from 'zod';
import { DriftcastError, messageOf } from './errors.ts';

/** How to log in, as the options of every Kafka component say it. */
export const kafkaLogin = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']).describe('SASL mechanism.'),
    username: z.string().min(1).optional().describe('User name; with oauthbearer none.'),
    password: z.string().min(1).optional().describe('Password: ${NAME} of the environment or ${file:PATH}.'),
    token_file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'With oauthbearer: file that holds the token, relative to the pipeline file; read again with every login, so that whoever renews the token only writes it there.',
      ),
  })
  .superRefine((login, context) => {
    const wanted = login.mechanism === 'oauthbearer' ? ['token_file'] : ['username', 'password'];
    for (const key of ['username', 'password', 'token_file'] as const) {
      const isWanted = wanted.includes(key);
      if (isWanted === (login[key] !== undefined)) continue;
      const message = `${isWanted ? 'missing; expected' : 'not expected'} with mechanism ${login.mechanism}`;
      context.addIssue({ code: 'custom', path: [key], message });
    }
  });
export type KafkaLogin = z.output<typeof kafkaLogin>;

const tokenCharsMax = 65_536;

/** The client's way to log in. A token is read when it is needed, not now. */
export function saslOptions(login: KafkaLogin, resolvePath: (path: string) => string): SASLOptions | Mechanism {
  const { mechanism, token_file: file } = login;
  if (file === undefined) return { ...login } as SASLOptions;
  return {
    mechanism,
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: () => presentToken(file, resolvePath, saslAuthenticate),
    }),
  };
}

/**
 * RFC 7628. The client's own provider takes a refused token for an accepted one (the broker says so in the data of a successful
 * answer), and then repeats the next request for ever on connections that the broker closes.
 */
async function presentToken(
  file: string,
  resolvePath: (path: string) => string,
  saslAuthenticate: AuthenticationProviderArgs['saslAuthenticate'],
): Promise<void> {
  const token = await readToken(file, resolvePath);
  const answer = await saslAuthenticate({
    request: { encode: () => lengthFirst(Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`)) },
    response: { decode: (bytes) => bytes, parse: (bytes) => bytes.subarray(4).toString('utf8') },
  });
  if (!answer) return;
  const said = /"status"\s*:\s*"([a-z_]{1,40})"/.exec(answer)?.[1] ?? 'refused';
  throw new LoginFault(`the broker does not take the token in ${file}: ${said}${expiryOf(token)}`);
}

/** What the client neither repeats nor wraps beyond recognition. */
class LoginFault extends Error {
  override readonly name = 'KafkaJSSASLAuthenticationError';
  readonly retriable = false;
}

function lengthFirst(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function readToken(file: string, resolvePath: (path: string) => string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(resolvePath(file), 'utf8')).trim();
  } catch (error) {
    throw tokenFault(`reading the Kafka token file ${file}: ${messageOf(error)}`);
  }
  // What could end the message early would let a file say more than a token.
  if (/^[\x21-\x7e]+$/.test(text) && text.length <= tokenCharsMax) return text;
  throw tokenFault(`reading the Kafka token file ${file}: it holds no token, or more than that`);
}

function tokenFault(message: string): LoginFault {
  const hint = 'Check sasl.token_file and what renews the token: it has to put the file there in one step (rename).';
  return new LoginFault(message, { cause: new DriftcastError('CONFIG_INVALID', message, { hint }) });
}

/** When the token says that it ends: the usual reason why it is refused. Nothing else of it is told. */
function expiryOf(token: string): string {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown;
    };
    return typeof exp === 'number' ? ` (it says that it is valid until ${new Date(exp * 1000).toISOString()})` : '';
  } catch {
    return '';
  }
}

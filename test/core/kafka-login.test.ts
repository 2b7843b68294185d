import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Mechanism } from 'kafkajs';
import { kafkaLogin, saslOptions } from '../../src/core/kafka-login.ts';

describe('kafkaLogin', () => {
  test('wants what its mechanism needs, and nothing else', () => {
    const faults = (login: object) =>
      (kafkaLogin.safeParse(login).error?.issues ?? []).map(({ path }) => path.join('.'));
    const person = { username: 'u', password: 'p' };
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
      assert.deepEqual(faults({ mechanism, ...person }), []);
      assert.deepEqual(faults({ mechanism, username: 'u' }), ['password']);
      assert.deepEqual(faults({ mechanism, ...person, token_file: 't' }), ['token_file']);
    }
    assert.deepEqual(faults({ mechanism: 'oauthbearer', token_file: 't' }), []);
    assert.deepEqual(faults({ mechanism: 'oauthbearer' }), ['token_file']);
    assert.deepEqual(faults({ mechanism: 'oauthbearer', token_file: 't', ...person }), ['username', 'password']);
  });
});

describe('a token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'driftcast-token-'));
  after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'token');

  /** Logs in with what the file holds; the broker answers with `answer`. */
  async function logIn(answer: string): Promise<string> {
    let sent = '';
    const login = kafkaLogin.parse({ mechanism: 'oauthbearer', token_file: 'token' });
    const { authenticationProvider } = saslOptions(login, (path) => join(folder, path)) as Mechanism;
    const saslAuthenticate = async ({ request, response }: Parameters<Provided['saslAuthenticate']>[0]) => {
      const bytes = await request.encode();
      assert.equal(bytes.readInt32BE(0), bytes.length - 4);
      sent = bytes.subarray(4).toString();
      const length = Buffer.alloc(4);
      length.writeInt32BE(answer.length);
      return response?.parse(await response.decode(Buffer.concat([length, Buffer.from(answer)])));
    };
    await authenticationProvider({ saslAuthenticate } as Provided).authenticate();
    return sent;
  }
  type Provided = Parameters<Mechanism['authenticationProvider']>[0];

  test('is sent as it stands in its file, and read anew each time', async () => {
    writeFileSync(file, 'first\n');
    assert.equal(await logIn(''), 'n,,\u0001auth=Bearer first\u0001\u0001');
    writeFileSync(file, 'second');
    assert.equal(await logIn(''), 'n,,\u0001auth=Bearer second\u0001\u0001');
  });

  test('that the broker refuses is an error that is not repeated, with its end, without the token', async () => {
    const claims = Buffer.from(JSON.stringify({ exp: 1_750_000_000 })).toString('base64url');
    writeFileSync(file, `head.${claims}.hunter2`);
    await assert.rejects(logIn('{"status":"invalid_token"}'), (error: Error & { retriable?: boolean }) => {
      assert.equal(error.name, 'KafkaJSSASLAuthenticationError');
      assert.equal(error.retriable, false);
      assert.match(error.message, /invalid_token \(it says that it is valid until 2025-06-15T15:06:40\.000Z\)$/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
    await assert.rejects(logIn('something else'), /: refused \(/);
  });

  test('that would say more than a token is not sent', async () => {
    for (const text of ['', ' ', 'a b', 'a\nb', 'a\u0001auth=x', 'é', 'x'.repeat(70_000)]) {
      writeFileSync(file, text);
      await assert.rejects(logIn(''), /holds no token, or more than that/, JSON.stringify(text.slice(0, 20)));
    }
    rmSync(file);
    await assert.rejects(logIn(''), /reading the Kafka token file token: ENOENT/);
  });
});

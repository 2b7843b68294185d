import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KafkaLoginOptions, kafkaConnectionOf } from '../../src/cli/kafka-login-options.ts';

const none: KafkaLoginOptions = { tls: false, saslMechanism: 'plain' };
const of = (options: Partial<KafkaLoginOptions>, env = {}) =>
  kafkaConnectionOf(['a:1'], { ...none, ...options }, env, 'test', (file) => `../${file}`);

test('without options it is a plain connection, and the file says no more than the brokers', () => {
  assert.deepEqual(of({}), {
    connection: { brokers: ['a:1'], client_id: 'test', tls: false },
    written: { brokers: ['a:1'] },
  });
  assert.equal(of({ tls: true }).connection.tls, true);
});

test('files are read where they are, and written as the pipeline file sees them', () => {
  const { connection, written } = of({ caFile: 'ca.pem', certFile: 'c.pem', keyFile: 'k.pem' });
  assert.deepEqual(connection.tls, { ca_file: 'ca.pem', cert_file: 'c.pem', key_file: 'k.pem' });
  assert.deepEqual(written.tls, { ca_file: '../ca.pem', cert_file: '../c.pem', key_file: '../k.pem' });
  const token = of({ tokenFile: 'token' });
  assert.deepEqual(token.connection.sasl, { mechanism: 'oauthbearer', token_file: 'token' });
  assert.deepEqual(token.written.sasl, { mechanism: 'oauthbearer', token_file: '../token' });
});

test('the password is taken from the environment and never written', () => {
  const { connection, written } = of({ username: 'ann', saslMechanism: 'scram-sha-256' }, { KAFKA_PASSWORD: 's3cret' });
  assert.deepEqual(connection.sasl, { mechanism: 'scram-sha-256', username: 'ann', password: 's3cret' });
  assert.deepEqual(written.sasl, { mechanism: 'scram-sha-256', username: 'ann', password: '${KAFKA_PASSWORD}' });
  assert.throws(() => of({ username: 'ann' }), { code: 'USAGE', message: /expected in KAFKA_PASSWORD/ });
});

test('what does not go together is refused', () => {
  assert.throws(() => of({ certFile: 'c' }), { code: 'USAGE' });
  assert.throws(() => of({ keyFile: 'k' }), { code: 'USAGE' });
  assert.throws(() => of({ username: 'ann', tokenFile: 't' }, { KAFKA_PASSWORD: 'x' }), { code: 'USAGE' });
});

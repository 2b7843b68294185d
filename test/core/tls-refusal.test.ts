import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tlsRefusal } from '../../src/core/tls-refusal.ts';

const fault = (code: string, more: object = {}) => Object.assign(new Error(`said ${code}`), { code, ...more });

test('a refused certificate is told from an outage', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EPIPE'])
    assert.equal(tlsRefusal(fault(code)), null, code);
  for (const odd of [null, undefined, 'text', new Error('no code'), { code: 5 }]) assert.equal(tlsRefusal(odd), null);
  for (const code of ['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED']) {
    assert.match(tlsRefusal(fault(code))?.hint ?? '', /tls\.ca_file/, code);
  }
});

test('the hint is about the side that is at fault', () => {
  assert.match(tlsRefusal(fault('ERR_TLS_CERT_ALTNAME_INVALID'))?.hint ?? '', /another name/);
  assert.match(tlsRefusal(fault('ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'))?.hint ?? '', /cert_file and key_file/);
  assert.match(tlsRefusal(fault('ERR_SSL_WRONG_VERSION_NUMBER'))?.hint ?? '', /check the port/);
});

test('what OpenSSL says is cut down to its reason', () => {
  const message = '80:error:0A000412:SSL routines:ssl3_read_bytes:x:../deps/openssl/rec_layer_s3.c:1601:';
  const error = Object.assign(new Error(message), { code: 'ERR_SSL_X_ALERT_Y', reason: 'bad certificate' });
  assert.equal(tlsRefusal(error)?.reason, 'bad certificate');
  assert.equal(tlsRefusal(fault('CERT_HAS_EXPIRED'))?.reason, 'said CERT_HAS_EXPIRED');
});

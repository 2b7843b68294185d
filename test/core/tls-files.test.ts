import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readTlsFiles, tlsFiles } from '../../src/core/tls-files.ts';
import { selfSigned, withoutOpenssl } from '../support/certificates.ts';

describe('TLS files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'driftcast-tls-'));
  after(() => rmSync(folder, { recursive: true }));
  const resolvePath = (path: string) => join(folder, path);

  test('certificate and key come together', () => {
    assert.equal(tlsFiles.safeParse({ cert_file: 'a' }).success, false);
    assert.equal(tlsFiles.safeParse({ key_file: 'a' }).success, false);
    assert.equal(tlsFiles.safeParse({ cert_file: 'a', key_file: 'b', ca_file: 'c' }).success, true);
    assert.equal(tlsFiles.safeParse({}).success, true);
  });

  test('are read from the folder of the pipeline', (t) => {
    const made = selfSigned(folder, 'one');
    if (made === null) return t.skip(withoutOpenssl);
    const options = readTlsFiles(
      { ca_file: 'one.pem', cert_file: 'one.pem', key_file: 'one.key' },
      'Kafka',
      resolvePath,
    );
    const pem = readFileSync(made.cert, 'utf8');
    assert.deepEqual(options, { ca: [pem], cert: pem, key: readFileSync(made.key, 'utf8') });
    assert.deepEqual(readTlsFiles({}, 'Kafka', resolvePath), {});
  });

  test('what is missing, no PEM, or does not fit together is said before anything connects', (t) => {
    const invalid = (message: RegExp) => ({ code: 'CONFIG_INVALID', message });
    assert.throws(
      () => readTlsFiles({ ca_file: 'none.pem' }, 'Kafka', resolvePath),
      invalid(/reading the Kafka ca file none\.pem: ENOENT/),
    );
    if (selfSigned(folder, 'a') === null || selfSigned(folder, 'b') === null) return t.skip(withoutOpenssl);
    writeFileSync(join(folder, 'text.pem'), 'hunter2');
    for (const files of [
      { cert_file: 'text.pem', key_file: 'a.key' },
      { cert_file: 'a.pem', key_file: 'text.pem' },
      { cert_file: 'a.pem', key_file: 'b.key' },
    ]) {
      const read = () => readTlsFiles(files, 'InfluxDB', resolvePath);
      assert.throws(read, invalid(new RegExp(`using the InfluxDB TLS files ${files.cert_file}, ${files.key_file}: `)));
    }
  });
});

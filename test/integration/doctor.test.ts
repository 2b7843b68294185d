import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInflux, checkKafka, deadlineOf } from '../../src/cli/doctor/servers.ts';

test('doctor finds a broker, its topics and its advertised address', async (t) => {
  const broker = process.env.DRIFTCAST_TEST_KAFKA;
  if (broker === undefined) return t.skip('set DRIFTCAST_TEST_KAFKA=host:port (deploy/native/kafka.sh up)');
  const check = await checkKafka({ brokers: [broker], client_id: 'test', tls: false }, deadlineOf(5000));
  assert.equal(check.status, 'ok', check.detail);
  assert.ok(Number(check.facts.topics) >= 0);
  assert.ok((check.facts.advertised as readonly string[]).every((address) => /:\d+$/.test(address)));
});

test('doctor finds InfluxDB and its version', async (t) => {
  const url = process.env.DRIFTCAST_TEST_INFLUX;
  if (url === undefined) return t.skip('set DRIFTCAST_TEST_INFLUX=http://host:port (deploy/native/influxdb.sh up)');
  const check = await checkInflux(url, deadlineOf(5000));
  assert.equal(check.status, 'ok', check.detail);
  assert.match(String(check.facts.version), /^v?1\./);
});

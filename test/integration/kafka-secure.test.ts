import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { checkKafka, deadlineOf } from '../../src/cli/doctor/servers.ts';
import { topicFeed } from '../../src/cli/history/topic-feed.ts';
import { registerInit } from '../../src/cli/init.ts';
import { registerSimulate } from '../../src/cli/simulate.ts';
import { registry } from '../../src/components.ts';
import { loadPipeline } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { createKafka, type KafkaConnectionOptions } from '../../src/core/kafka-connection.ts';
import { deadLetterKafka } from '../../src/sink/dead-letter-kafka.ts';
import { kafkaSink } from '../../src/sink/kafka.ts';
import { kafkaSource } from '../../src/source/kafka.ts';
import { runCommand } from '../cli/test-io.ts';
import { alertWith, contextWith, recordingTelemetry } from '../sink/fixtures.ts';
import { type SecureServers, secureServers, skipWithoutSecure, unsecuredToken } from '../support/secure-servers.ts';

type Options = Omit<KafkaConnectionOptions, 'client_id'>;

describe('Kafka with TLS and logins', { skip: skipWithoutSecure }, () => {
  const prefix = `driftcast-secure-${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), 'driftcast-secure-'));
  let at: SecureServers;
  let login: Options;
  const tokenFile = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };

  before(() => {
    at = secureServers();
    login = {
      brokers: [at.login],
      tls: { ca_file: at.ca },
      sasl: { mechanism: 'scram-sha-512', username: at.user, password: at.password },
    };
  });
  after(async () => {
    const admin = createKafka({ ...login, client_id: 'test' }, contextWith()).admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    await admin.disconnect();
    rmSync(folder, { recursive: true });
  });

  /** The topics that are seen, or the error; what was logged beside it. */
  async function look(options: Options) {
    const { telemetry, told } = recordingTelemetry();
    const admin = createKafka({ ...options, client_id: 'test' }, contextWith({ telemetry })).admin();
    try {
      await admin.connect();
      return { topics: await admin.listTopics(), error: null, logs: told.logs };
    } catch (error) {
      return { topics: null, error, logs: told.logs };
    } finally {
      await admin.disconnect();
    }
  }

  const credentials = () => ({ username: at.user, password: at.password });
  const ways: Readonly<Record<string, () => Options>> = {
    'TLS alone': () => ({ brokers: [at.tls], tls: { ca_file: at.ca } }),
    PLAIN: () => ({ ...login, sasl: { mechanism: 'plain', ...credentials() } }),
    'SCRAM-SHA-256': () => ({ ...login, sasl: { mechanism: 'scram-sha-256', ...credentials() } }),
    'SCRAM-SHA-512': () => login,
    OAUTHBEARER: () => {
      const token_file = tokenFile('token', `${unsecuredToken(at.user, 3_600_000)}\n`);
      return { ...login, sasl: { mechanism: 'oauthbearer', token_file } };
    },
    'a client certificate': () => ({
      brokers: [at.mutual],
      tls: { ca_file: at.ca, cert_file: at.clientCert, key_file: at.clientKey },
    }),
  };
  for (const [name, options] of Object.entries(ways)) {
    test(`connects with ${name}`, async () => {
      const { topics, error } = await look(options());
      assert.equal(error, null);
      assert.ok(Array.isArray(topics));
    });
  }

  const wrong = 'hunter2-not-the-password';
  const refusals: readonly (readonly [string, () => Options, RegExp, RegExp])[] = [
    [
      'a wrong password (SCRAM)',
      () => ({ ...login, sasl: { mechanism: 'scram-sha-256', username: at.user, password: wrong } }),
      /^logging in to Kafka at .* as plant \(scram-sha-256\): .*invalid credentials/,
      /under sasl/,
    ],
    [
      'a wrong password (PLAIN)',
      () => ({ ...login, sasl: { mechanism: 'plain', username: at.user, password: wrong } }),
      /^logging in to Kafka at .* as plant \(plain\): .*Invalid username or password/,
      /under sasl/,
    ],
    [
      'a certificate of an authority that is not trusted',
      () => ({ ...login, tls: { ca_file: at.otherCa } }),
      /^connecting to Kafka at 127\.0\.0\.1:\d+: (unable to verify|self-signed|certificate)/,
      /tls\.ca_file/,
    ],
    [
      'a certificate that the system does not trust',
      () => ({ ...login, tls: true }),
      /^connecting to Kafka at/,
      /tls\.ca_file/,
    ],
    [
      'no client certificate where one is wanted',
      () => ({ brokers: [at.mutual], tls: { ca_file: at.ca } }),
      /^connecting to Kafka at .*alert/,
      /cert_file and key_file/,
    ],
    ['no TLS where it is wanted', () => ({ brokers: [at.tls], tls: false }), /answers with TLS/, /Set tls/],
    [
      'a token that is over',
      () => {
        const token_file = tokenFile('over', unsecuredToken(at.user, -600_000));
        return { ...login, sasl: { mechanism: 'oauthbearer', token_file } };
      },
      /does not take the token in .*over: invalid_token \(it says that it is valid until 20/,
      /under sasl/,
    ],
    [
      'what is no token at all',
      () => ({ ...login, sasl: { mechanism: 'oauthbearer', token_file: tokenFile('odd', wrong) } }),
      /does not take the token in .*odd: invalid_token/,
      /under sasl/,
    ],
  ];
  for (const [name, options, message, hint] of refusals) {
    test(`says at once that it is ${name}, and no secret`, async () => {
      const chosen = options();
      const { error, logs } = await look(chosen);
      assert.ok(error instanceof DriftcastError, inspect(error));
      assert.deepEqual([error.code, error.retryable], ['ACCESS_DENIED', false]);
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      const everything = `${inspect(error, { depth: 10, showHidden: true })}${logs.join('\n')}`;
      for (const secret of [wrong, at.password, unsecuredToken(at.user, 0).split('.')[1].slice(0, 12)])
        assert.ok(!everything.includes(secret));
    });
  }

  test('a token file that is not there, or holds more than a token, is a fault of the settings', async () => {
    for (const [file, said] of [
      [join(folder, 'none'), /reading the Kafka token file .*ENOENT/],
      [tokenFile('two', `${wrong}\nauth=other`), /holds no token, or more than that/],
    ] as const) {
      const { error, logs } = await look({ ...login, sasl: { mechanism: 'oauthbearer', token_file: file } });
      assert.ok(error instanceof DriftcastError, inspect(error));
      assert.equal(error.code, 'CONFIG_INVALID');
      assert.match(error.message, said);
      assert.ok(!`${inspect(error)}${logs.join()}`.includes(wrong));
    }
  });

  test('the token is read anew with every login', async () => {
    const token_file = tokenFile('renewed', unsecuredToken(at.user, -1000));
    const options: Options = { ...login, sasl: { mechanism: 'oauthbearer', token_file } };
    const kafka = createKafka({ ...options, client_id: 'test' }, contextWith());
    const early = kafka.admin();
    await assert.rejects(early.connect(), { code: 'ACCESS_DENIED' });
    await early.disconnect();
    tokenFile('renewed', unsecuredToken(at.user, 600_000));
    const admin = kafka.admin();
    await admin.connect();
    await admin.disconnect();
  });

  test('sink, dead-letter topic and source go through the same door', async () => {
    const sink = kafkaSink.build(kafkaSink.options.parse({ ...login, topic_prefix: prefix }), contextWith());
    assert.deepEqual(await sink.deliver([{ verdict: null, alerts: [alertWith()] }]), []);
    await sink.close();
    const letters = deadLetterKafka.build(
      deadLetterKafka.options.parse({ ...login, topic: `${prefix}.letters` }),
      contextWith(),
    );
    const raw = Buffer.from('{"time":');
    await letters.write([{ reason: 'parse_error', detail: 'cut', position: null, key: 'a', raw, timeMs: 1000 }]);
    await letters.close();

    const topics = [`${prefix}.alert`, `${prefix}.letters`];
    const options = kafkaSource.options.parse({ ...login, topics, group: prefix, until: 'end' });
    const source = kafkaSource.build(options, contextWith());
    const read: string[] = [];
    const free = { free: true, whenFree: async () => {} };
    await source.run((event) => {
      if (event.kind === 'record') read.push(event.record.position.topic);
    }, free);
    await source.close();
    assert.deepEqual(read.sort(), topics);
  });

  test('sink and source with a wrong password end with ACCESS_DENIED', async () => {
    const chosen = { ...login, sasl: { mechanism: 'plain' as const, username: at.user, password: wrong } };
    const { telemetry, told } = recordingTelemetry();
    const context = contextWith({ telemetry });
    const sink = kafkaSink.build(kafkaSink.options.parse({ ...chosen, topic_prefix: prefix }), context);
    const refused = { code: 'ACCESS_DENIED', retryable: false };
    await assert.rejects(sink.deliver([{ verdict: null, alerts: [alertWith()] }]), refused);
    assert.equal(sink.health().ok, false);
    await sink.close();
    const source = kafkaSource.build(kafkaSource.options.parse({ ...chosen, topics: 'any' }), context);
    await assert.rejects(
      source.run(() => {}, { free: true, whenFree: async () => {} }),
      refused,
    );
    await source.close();
    assert.ok(!told.logs.join().includes(wrong));
  });

  test('doctor asks with the login that it is given, and says what is wrong with it', async () => {
    const connection = { ...login, client_id: 'doctor' };
    const well = await checkKafka(connection, deadlineOf(10_000));
    assert.equal(well.status, 'ok', well.detail);
    const bad = await checkKafka({ ...connection, tls: { ca_file: at.otherCa } }, deadlineOf(10_000));
    assert.equal(bad.status, 'failed');
    assert.match(bad.remedy, /tls\.ca_file/);
  });

  test('simulate sends, init looks, and train reads, with TLS and a login from the command line', async () => {
    const topic = `${prefix}-feed`;
    const to = ['--brokers', at.login, '--topic', topic, '--ca-file', at.ca, '--username', at.user];
    const how = [...to, '--sasl-mechanism', 'scram-sha-512'];
    const env = { KAFKA_PASSWORD: at.password };
    const feed = ['simulate', '--to', 'kafka', '--start', '2026-01-05', '--days', '0.2', '--speed', '0'];
    const sent = await runCommand(
      (program, io) => registerSimulate(program, { ...io, clock: systemClock }),
      [...feed, ...how],
      env,
    );
    assert.equal(sent.error, null);
    assert.match(sent.stderr, /sent [1-9]\d* messages/);
    const out = join(folder, 'pipeline');
    const looked = await runCommand(
      (program, io) => registerInit(program, { ...io, clock: systemClock }, registry),
      ['init', ...how, '--out', out],
      env,
    );
    assert.equal(looked.error, null);
    const { config, resolvePath } = loadPipeline(join(out, 'pipeline.yaml'), { registry, env });
    const { tls, sasl } = config.source as unknown as KafkaConnectionOptions;
    assert.deepEqual(sasl, login.sasl);
    assert.equal(resolvePath((tls as { ca_file: string }).ca_file), at.ca);
    assert.ok(!readFileSync(join(out, 'pipeline.yaml'), 'utf8').includes(at.password));

    const everything = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
    const { source } = topicFeed(config, null, everything, contextWith({ resolvePath }));
    let messages = 0;
    await source.run(
      (event) => {
        if (event.kind === 'record') messages += 1;
      },
      { free: true, whenFree: async () => {} },
    );
    await source.close();
    assert.equal(messages, Number(/sent (\d+) messages/.exec(sent.stderr)?.[1]));
  });
});

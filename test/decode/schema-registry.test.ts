import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { DriftcastError } from '../../src/core/errors.ts';
import { silentTelemetry } from '../../src/core/telemetry.ts';
import { registryOptions } from '../../src/decode/registry-options.ts';
import { SchemaRegistry } from '../../src/decode/schema-registry.ts';
import { FakeRegistry } from './fake-registry.ts';

let fake: FakeRegistry;
before(async () => {
  fake = await FakeRegistry.start();
  fake.schemas.set(1, { schema: '"string"' });
});
after(() => fake.close());
beforeEach(() => {
  fake.mode = 'well';
  fake.asked.length = 0;
});

/** Rests of the client are told and over at once; deadlines (of `timeoutMs`) pass only where `expire` says so. */
function client(options: object = {}, onRest: (restMs: number) => void = () => {}, expire = false) {
  const told: string[] = [];
  const timeoutMs = 60_000;
  const registry = new SchemaRegistry(registryOptions.parse({ url: fake.url, timeout_ms: timeoutMs, ...options }), {
    clock: {
      nowMs: () => 0,
      monotonicMs: () => 0,
      every: () => () => {},
      sleep: async (ms, signal) => {
        if (ms === timeoutMs && !expire)
          return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
        if (ms !== timeoutMs) onRest(ms);
        return undefined;
      },
    },
    telemetry: { ...silentTelemetry, log: (level, message) => void told.push(`${level} ${message}`) },
  });
  return { registry, told };
}

const codeOf = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DriftcastError && error.code === code && error.hint !== undefined, String(error));
  assert.match(error.message, pattern);
  return true;
};

describe('a registry that is away', () => {
  test('is asked again, with longer rests, until it answers; health and log say so once', async () => {
    fake.mode = 'down';
    const rests: number[] = [];
    const { registry, told } = client({}, (ms) => {
      rests.push(ms);
      assert.match(registry.health().detail, /\/schemas\/ids\/1: HTTP 503/);
      assert.equal(registry.health().ok, false);
      if (rests.length === 7) fake.mode = 'well';
    });
    assert.deepEqual(await registry.schema(1), { type: 'AVRO', text: '"string"', references: [] });
    assert.deepEqual(rests, [200, 400, 800, 1600, 3200, 5000, 5000]);
    assert.equal(registry.health().ok, true);
    assert.deepEqual(told, [
      'warn the schema registry does not answer; messages wait for it',
      'info the schema registry answers again',
    ]);
  });

  test('that never answers is given up after some 200 attempts, each with its own deadline', async () => {
    fake.mode = 'silent';
    let rests = 0;
    const { registry } = client({}, () => rests++, true);
    await assert.rejects(registry.schema(1), codeOf('SOURCE_FAILED', /no complete answer within 60000 ms/));
    assert.equal(rests, 199);
  });

  test('where nothing listens: the reason is the connection’s', async () => {
    const gone = await FakeRegistry.start();
    const { url } = gone;
    await gone.close();
    const { registry } = client({ url }, () => {
      assert.match(registry.health().detail, /ECONNREFUSED/);
      registry.close();
    });
    await assert.rejects(registry.schema(1), codeOf('SOURCE_FAILED', /closed/));
  });

  test('close breaks a request off', async () => {
    fake.mode = 'silent';
    const { registry } = client();
    const asked = registry.schema(1);
    registry.close();
    await assert.rejects(asked, codeOf('SOURCE_FAILED', /closed/));
  });
});

describe('what it answers', () => {
  test('no such schema', async () => {
    assert.equal(await client().registry.schema(404), null);
  });

  for (const [mode, pattern] of [
    ['locked', /HTTP 401$/],
    ['elsewhere', /HTTP 404, not as a schema registry answers/],
    ['endless', /more than 2097152 bytes/],
    ['redirect', /HTTP 302/],
  ] as const) {
    test(`${mode}: waiting does not help, and no message is to blame`, async () => {
      fake.mode = mode;
      await assert.rejects(client().registry.schema(1), codeOf('SOURCE_FAILED', pattern));
    });
  }

  test('references that go round in circles have an end', async () => {
    const name = (subject: string) => ({ name: subject, subject, version: 1 });
    fake.subjects.set('/subjects/a/versions/1', { schema: '"int"', references: [name('b')] });
    fake.subjects.set('/subjects/b/versions/1', { schema: '"long"', references: [name('a'), name('missing')] });
    fake.schemas.set(2, { schema: '"string"', references: [name('a')] });
    const found = await client().registry.schema(2);
    assert.deepEqual(found?.references, [
      { name: 'b', text: '"long"' },
      { name: 'a', text: '"int"' },
    ]);
  });
});

test('the login goes into a header, and nowhere else', async () => {
  const { registry } = client({ username: 'who', password: 'pass word' });
  await registry.schema(1);
  assert.equal(fake.asked[0]?.headers.authorization, `Basic ${Buffer.from('who:pass word').toString('base64')}`);
  fake.mode = 'locked';
  await assert.rejects(
    registry.schema(1),
    (error: Error) => !/who|pass word/.test(error.message + registry.health().detail),
  );
  assert.equal(registryOptions.safeParse({ url: 'https://who:pass@registry' }).success, false);
  assert.equal(registryOptions.safeParse({ url: 'file:///etc/passwd' }).success, false);
});

import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generateSchemas, registerSchema } from '../../src/cli/schema.ts';
import { registry } from '../../src/components.ts';
import { pipelineJsonSchema } from '../../src/config/json-schema.ts';
import { referenceRows } from '../../src/config/reference-rows.ts';
import { DriftcastError } from '../../src/core/errors.ts';
import { fakeRegistry } from '../config/fake-registry.ts';
import { runCommand } from './test-io.ts';

const root = mkdtempSync(path.join(tmpdir(), 'driftcast-schema-'));
after(() => rmSync(root, { recursive: true }));
const out = path.join(root, 'made', 'schemas');
const schema = (...args: string[]) =>
  runCommand((program, io) => registerSchema(program, io, fakeRegistry), ['schema', '--out', out, ...args]);
const stale = (error: unknown) =>
  error instanceof DriftcastError && error.code === 'CONFIG_INVALID' && /out of date: .*pipeline/.test(error.message);

describe('driftcast schema', () => {
  it('writes the files, then finds them up to date, then sees a change', async () => {
    assert.ok(stale((await schema('--check')).error));
    const written = await schema();
    assert.equal(written.error, null);
    assert.match(
      written.stdout,
      /wrote .*pipeline\.schema\.json\nwrote .*pipeline\.md\nwrote .*kafka-score\.schema\.json\n/,
    );
    assert.equal((await schema('--check')).error, null);
    appendFileSync(path.join(out, 'pipeline.md'), ' ');
    const { error } = await schema('--check');
    assert.ok(stale(error));
    assert.equal((error as Error).message.includes('schema.json'), false);
  });

  it('does not mind the line ends of a checkout', async () => {
    await schema();
    const file = path.join(out, 'pipeline.md');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
    assert.equal((await schema('--check')).error, null);
  });

  it('says where it could not write', async () => {
    const blocked = path.join(root, 'file');
    writeFileSync(blocked, '');
    const { error } = await runCommand(
      (program, io) => registerSchema(program, io, fakeRegistry),
      ['schema', '--out', blocked],
    );
    assert.ok(error instanceof DriftcastError && error.message.includes(blocked));
  });
});

describe('generateSchemas', () => {
  it('gives the same bytes each time', () => {
    assert.deepEqual(generateSchemas(fakeRegistry), generateSchemas(fakeRegistry));
  });
});

describe('the real components', () => {
  it('have schemas/ as it is generated from them', async () => {
    const folder = fileURLToPath(new URL('../../schemas', import.meta.url));
    const { error } = await runCommand(
      (program, io) => registerSchema(program, io, registry),
      ['schema', '--check', '--out', folder],
    );
    assert.equal(error, null, 'run `npm run generate`');
  });

  it('have a description for every option', () => {
    const { source, decode, sinks, dead_letter } = pipelineJsonSchema(registry).properties ?? {};
    for (const choice of [source, decode, sinks.items, dead_letter]) {
      for (const variant of choice?.oneOf ?? []) {
        for (const { key, description } of referenceRows(variant))
          assert.notEqual(description, '', `${variant.description}: ${key}`);
      }
    }
  });

  it('have examples that validate', () => {
    for (const specs of [registry.sources, registry.decoders, registry.sinks, registry.deadLetters]) {
      for (const { kind, type, options, examples } of specs.values()) {
        assert.ok(examples.length > 0, `${kind} ${type} has no example`);
        for (const example of examples)
          assert.deepEqual(options.safeParse(example).error?.issues ?? [], [], `${kind} ${type}`);
      }
    }
  });
});

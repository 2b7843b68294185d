import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { pipelineJsonSchema } from '../../src/config/json-schema.ts';
import { pipelineReference } from '../../src/config/reference.ts';
import { fakeRegistry } from './fake-registry.ts';

const text = pipelineReference(pipelineJsonSchema(fakeRegistry), fakeRegistry);

describe('pipelineReference', () => {
  it('has a row for every key, nested ones dotted', () => {
    for (const row of [
      '| `step_ms` | duration | required |',
      '| `idle_ms` | duration | `"30s"` |',
      '| `sampler.steps` | whole number, 1 to 64 | `1` |',
      '| `kind` | `gauge`, `flag`, `command` | `"gauge"` |',
      '| `sasl.password` | text | required |',
      '| `source` | [mapping](#source) | required |',
      '| `group` | text |  | Default: driftcast-&lt;name>. |',
      '| `channels` | [list of mappings, 1 to 400](#channels) | required |',
    ]) {
      assert.ok(text.includes(row), row);
    }
  });

  it('shows every example as YAML that can be pasted', () => {
    const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => parse(block));
    assert.deepEqual(blocks, [
      { source: { type: 'kafka', brokers: ['localhost:9092'], topics: ['telemetry'] } },
      { source: { type: 'replay', path: 'data.csv' } },
      { decode: { type: 'json', layout: 'wide' } },
      { sinks: [{ type: 'line-protocol', path: 'out/results.lp' }] },
      { sinks: [{ type: 'influxdb', url: 'http://localhost:8086' }] },
      { dead_letter: { type: 'file', path: 'out/dead.ndjson' } },
    ]);
  });

  it('links only to headings that are there', () => {
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, target] of text.matchAll(/\]\(#([^)]*)\)/g)) assert.ok(headings.includes(target), target);
  });

  it('keeps every table row at four cells', () => {
    for (const line of text.split('\n').filter((row) => row.startsWith('|'))) {
      assert.equal(line.replaceAll('\\|', '').split('|').length, 6, line);
    }
  });
});

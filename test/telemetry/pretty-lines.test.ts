import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { prettyLine, prettyLines } from '../../src/telemetry/pretty-lines.ts';

const entry = { level: 'warn', time: '2024-05-06T12:30:05.123Z', pipeline: 'demo', msg: 'slow' };

describe('prettyLine', () => {
  test('time, level, text, fields', () => {
    const json = JSON.stringify({ ...entry, attempt: 2, path: 'a b', none: null, list: [1] });
    assert.equal(prettyLine(json, false), '12:30:05 WARN  slow  attempt=2  path="a b"  none=null  list=[1]\n');
  });

  test('colours the head only', () => {
    assert.equal(prettyLine(JSON.stringify(entry), true), '\x1b[33m12:30:05 WARN \x1b[0m slow\n');
  });

  test('what comes from outside can neither steer the terminal nor fake a line', () => {
    const json = JSON.stringify({ ...entry, msg: 'a\n12:30:06 ERROR fake\x1b[2J', field: 'x\ny\x9b' });
    const line = prettyLine(json, false);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
    assert.doesNotMatch(line.slice(0, -1), /[\x00-\x1f\x7f-\x9f]/);
  });

  test('what is no JSON goes through', () => assert.equal(prettyLine('plain\n', false), 'plain\n'));

  test('wraps a stream', () => {
    const written: string[] = [];
    prettyLines({ write: (text) => written.push(text) }, false).write(JSON.stringify(entry));
    assert.deepEqual(written, ['12:30:05 WARN  slow\n']);
  });
});

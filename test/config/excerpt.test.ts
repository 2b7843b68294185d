import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { excerpt } from '../../src/config/excerpt.ts';
import type { ConfigProblem } from '../../src/config/problem.ts';

const problem = (line: number | null, column: number, path = 'a.b', nearest: string | null = null): ConfigProblem => ({
  path,
  line,
  column,
  nearest,
  expected: '',
  got: '',
  message: '',
});

describe('excerpt', () => {
  it('shows the line and a caret', () => {
    assert.equal(excerpt('a:\n  b: 5\n', problem(2, 6)), '2 |   b: 5\n         ^');
    assert.equal(excerpt('a:\r\n\tb: 5\r\n', problem(2, 2)), '2 |  b: 5\n     ^');
  });

  it('has nothing to show where the problem stands nowhere', () => {
    assert.equal(excerpt('a: 1', problem(null, 1)), null);
    assert.equal(excerpt('a: 1', problem(7, 1)), null);
  });

  it('cuts long lines', () => {
    const text = excerpt(`a: ${'x'.repeat(1000)}`, problem(1, 500));
    assert.ok(text !== null && text.length < 140 && !text.includes('^'));
  });

  it('masks what follows a key that is a secret, misspelt or not, whatever the problem is about', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('password', 'tokn', 'pasword', 'influx_token', 'sasl', '"password"'),
        fc.stringMatching(/^[0-9]{6,12}$/),
        (key, secret) => {
          for (const line of [
            `  ${key}: ${secret}`,
            `- { type: x, ${key}: ${secret}, port: a }`,
            `${key}: # ${secret}`,
          ]) {
            assert.equal(excerpt(line, problem(1, 3))?.includes(secret), false, line);
          }
        },
      ),
    );
    assert.equal(excerpt('  hunter2', problem(1, 3, 'sinks.0.token')), '1 | ***\n      ^');
    assert.equal(excerpt('url: http://u:hunter2@host', problem(1, 1)), '1 | url: http://***@host\n    ^');
  });

  it('leaves other keys alone', () => {
    const line = 'brokers: [a:9092], path: x, topics: [t]';
    assert.equal(excerpt(line, problem(1, 1))?.split('\n')[0], `1 | ${line}`);
  });
});

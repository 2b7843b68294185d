import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readInfluxFault, refusedLines } from '../../src/sink/influxdb-answer.ts';

/** As the client throws it. */
const answered = (statusCode: number, body: string, headers: Record<string, string> = {}) =>
  Object.assign(new Error(`A ${statusCode} x error occurred: ${body}`), { res: { statusCode, headers } });

describe('refusedLines', () => {
  test('finds the lines that are named, whatever they hold, in one pass', () => {
    const odd = `m t="it's": v= 1`;
    const text = [
      `partial write: unable to parse 'a v=': missing field value`,
      `unable to parse '${odd}': invalid tag format dropped=0`,
    ].join('\n');
    assert.deepEqual(
      [...refusedLines(text, ['good v=1 1', 'a v=', odd])],
      [
        ['a v=', 'missing field value'],
        [odd, 'invalid tag format'],
      ],
    );
    assert.equal(refusedLines('partial write: field type conflict dropped=2', ['a v=']).size, 0);
    assert.equal(refusedLines("unable to parse 'somebody else': why", ['a v=']).size, 0);
  });

  test('property: whatever is quoted is found', () => {
    const line = fc.string({ minLength: 1 }).filter((text) => !text.includes("unable to parse '"));
    fc.assert(
      fc.property(fc.uniqueArray(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const text = lines.map((one) => `unable to parse '${one}': why`).join('\n');
        // A shorter line that ends like a quotation may stand for a longer one: it is one of those sent all the same.
        const found = refusedLines(text, lines);
        assert.ok(found.size > 0 && [...found.keys()].every((one) => lines.includes(one)));
      }),
    );
  });
});

describe('readInfluxFault', () => {
  test('reads the body of either version, then the header', () => {
    const reason = (thrown: unknown) => (readInfluxFault(thrown) as { reason: string }).reason;
    assert.equal(reason(answered(400, '{"error":"one"}', { 'x-influxdb-error': 'two' })), 'HTTP 400: one');
    assert.equal(reason(answered(400, '{"code":"invalid","message":"three"}')), 'HTTP 400: three');
    assert.equal(reason(answered(400, '', { 'x-influxdb-error': 'two' })), 'HTTP 400: two');
  });

  test('422 of version 2 refuses points as 400 does', () => {
    const answer = readInfluxFault(answered(422, '{"code":"unprocessable entity","message":"conflict dropped=1"}'));
    assert.deepEqual([answer.kind, answer.kind === 'rejected' && answer.dropped], ['rejected', 1]);
  });

  test('a 400 of something else costs no point', () => {
    const answer = readInfluxFault(answered(400, '<html>Bad Request</html>'));
    assert.deepEqual([answer.kind, answer.kind === 'denied' && answer.access], ['denied', true]);
  });

  test('a certificate that is not trusted is denied, an outage is waited for', () => {
    const untrusted = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    assert.equal(readInfluxFault(untrusted).kind, 'denied');
    assert.equal(readInfluxFault(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })).kind, 'unavailable');
  });
});

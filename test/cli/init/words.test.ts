import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { counted, figure, percent, span, tame, utc, yamlText } from '../../../src/cli/init/words.ts';
import { substituteEnv } from '../../../src/config/substitute-env.ts';
import { parseYaml, toPlain } from '../../../src/config/yaml-source.ts';

describe('yamlText', () => {
  it('leaves plain names plain', () => {
    for (const name of ['flow', 'Volume Flow RateRMS', 'PM2.5', 'a/b-c']) assert.equal(yamlText(name), name);
  });

  it('is read back as the text it was, inside a flow mapping', () => {
    const awkward = fc.constantFrom(
      'no',
      'true',
      'null',
      '1e3',
      '~',
      ' a',
      'a: b',
      'a #b',
      '- x',
      '{x}',
      '"',
      "'",
      '${HOME}',
      '$${X}',
      'é, ü',
      '',
      'NaN',
      '0x1',
      'a\nb',
    );
    fc.assert(
      fc.property(fc.oneof(awkward, fc.string({ unit: 'grapheme', maxLength: 20 })), (text) => {
        const { source } = parseYaml(`- { name: ${yamlText(text)}, kind: flag } # x`);
        substituteEnv(source, {}, (file) => file);
        assert.deepEqual(toPlain(source).value, [{ name: text, kind: 'flag' }]);
      }),
    );
  });
});

describe('tame', () => {
  it('keeps text on one line of a comment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.deepEqual(parse(`# ${tame(text)}\na: 1`), { a: 1 });
      }),
    );
    assert.equal(tame('a\r\n\u001b[31mb'), 'a [31mb');
    assert.equal(tame('x'.repeat(500)).length, 123);
  });
});

describe('words for numbers', () => {
  it('are short', () => {
    assert.deepEqual([0, 1234.5678, -0.000123456, 5e9, Number.NaN].map(figure), [
      '0',
      '1235',
      '-0.0001235',
      '5000000000',
      '-',
    ]);
    assert.deepEqual([0, -1e-17, 0.0004, 0.0441, 0.5, 1].map(percent), ['0%', '0%', '<0.1%', '4.4%', '50%', '100%']);
    assert.deepEqual([500, 95_000, 5_700_000, 86_400_000, 302_400_000].map(span), [
      '500ms',
      '95s',
      '95m',
      '24h',
      '3.5d',
    ]);
    assert.equal(utc(0), '1970-01-01 00:00:00');
    assert.deepEqual(
      [counted(1, 'row'), counted(1200, 'row'), counted(2, 'series')],
      ['1 row', '1,200 rows', '2 series'],
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { detectDelimiter } from '../../../src/cli/init/detect-delimiter.ts';

describe('detectDelimiter', () => {
  it('tells commas, semicolons, tabs and bars', () => {
    assert.equal(detectDelimiter('a,b\n1,2\n'), ',');
    assert.equal(detectDelimiter('a;b\n1,5;2,5\n3,5;4,5\n'), ';');
    assert.equal(detectDelimiter('a\tb, c\td\n1\t2, 3\t4\n1\t2\t3\n'), '\t');
    assert.equal(detectDelimiter('a|b|c\r\n1|2|3\r\n'), '|');
  });

  it('ignores what stands in quotes, and a last line that is cut off', () => {
    assert.equal(detectDelimiter('a;b\n"x,y,z";1\n"x,y,z,w";2\n'), ';');
    assert.equal(detectDelimiter('a,b,c\n1,2,3\n1,'), ',');
  });

  it('falls back to a comma', () => {
    assert.equal(detectDelimiter(''), ',');
    assert.equal(detectDelimiter('value\n1\n2\n'), ',');
  });

  it('finds any delimiter that splits all lines alike', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(',', ';', '\t', '|'),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 2, max: 20 }),
        (delimiter, columns, lines) => {
          const line = Array.from({ length: columns }, (_, index) => `c ${index}`).join(delimiter);
          assert.equal(detectDelimiter(`${Array(lines).fill(line).join('\n')}\n`), delimiter);
        },
      ),
    );
  });
});

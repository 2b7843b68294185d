import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { escapeText } from '../../../src/eval/svg/escape.ts';

test('markup becomes text', () => {
  assert.equal(
    escapeText(`<b class="x">it's & more</b>`),
    '&lt;b class=&quot;x&quot;&gt;it&#39;s &amp; more&lt;/b&gt;',
  );
  assert.equal(escapeText('µg/m³'), 'µg/m³');
});

test('nothing that opens a tag or ends an attribute is left', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.ok(!/[<>"']/.test(escapeText(text)))));
});

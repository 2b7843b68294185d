import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamesSeen } from '../../../src/cli/history/names-seen.ts';

const names = (decode: Record<string, unknown> & { type: string }, ...messages: (string | null)[]) => {
  const seen = new NamesSeen(decode);
  for (const message of messages) seen.look(message === null ? null : Buffer.from(message));
  return [...seen.found].sort();
};

test('wide JSON: keys where the values are, as the channels are called', () => {
  assert.deepEqual(names({ type: 'json', layout: 'wide' }, '{"a":1}', '{"b":{"c":1}}'), ['a', 'b']);
  const inside = { type: 'json', layout: 'wide', values: { path: 'v' }, rename: { x: 'flow' } };
  assert.deepEqual(names(inside, '{"v":{"x":1,"y":null},"z":3}'), ['flow', 'y']);
});

test('narrow JSON: the name of the channel', () => {
  const narrow = { type: 'json', layout: 'narrow', channel_path: 'm.name' };
  assert.deepEqual(names(narrow, '{"m":{"name":"flow"}}', '{"m":{}}'), ['flow']);
});

test('line protocol: fields as the decoder calls them', () => {
  const lines = 'm,host=h a=1,b="text" 1\n# no\nn c=2\nbroken';
  assert.deepEqual(names({ type: 'line-protocol', channel: 'field', precision: 'ns' }, lines), ['a', 'c']);
  assert.deepEqual(names({ type: 'line-protocol', channel: 'measurement_field', precision: 'ns' }, lines), [
    'm_a',
    'n_c',
  ]);
});

test('rubbish has no names; after a thousand messages nothing is looked at any more', () => {
  assert.deepEqual(names({ type: 'json' }, 'rubbish', '[1]', 'null', null, ''), []);
  assert.deepEqual(names({ type: 'senml' }, '[{"n":"a"}]'), []);
  assert.deepEqual(names({ type: 'json' }, ...Array(1000).fill('{"a":1}'), '{"late":1}'), ['a']);
});

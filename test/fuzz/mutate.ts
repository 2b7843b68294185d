import type { Rng } from '../../src/core/rng.ts';

type Mutation = (bytes: Buffer, rng: Rng, samples: readonly Buffer[]) => Buffer;

const at = (rng: Rng, bytes: Buffer) => rng.integer(bytes.length + 1);
const splice = (bytes: Buffer, from: number, to: number, part: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, from), part, bytes.subarray(to)]);
const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.integer(list.length)] as T;

/** Bytes that have broken parsers before. */
const words = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '"__proto__":{"a":1},',
    'NaN',
    '-Infinity',
  ],
  ...[
    '1e999',
    '-1e308',
    '9007199254740993',
    '18446744073709551616',
    '-0',
    '0x10',
    '1e-400',
    '1'.repeat(400),
    '.',
    'i',
    'u',
  ],
  ...[
    'null',
    'true',
    '""',
    '{}',
    '[]',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    "'",
    '\\',
    '\\u0000',
    '\\ud800',
    '#',
    '&a',
    '*a',
    '!!js/function',
    '<<: *a',
  ],
  ...[
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\0',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\u00e9',
    'e\u0301',
    '\u{1f600}',
    '\u{e0001}',
    '\u200b',
  ],
  ...[
    '$' + '{HOME}',
    '$' + '{',
    '---\n',
    '%YAML 1.1\n',
    '? ',
    '- - - ',
    '1970-01-01',
    '2026-02-31T25:61:61Z',
    '99999999999999999999',
  ],
].map((word) => Buffer.from(word));
const bytes = [
  ...[
    '80',
    'c0af',
    'eda080',
    'f8888080',
    'ff',
    'fffe',
    '00',
    '0000000001',
    'ffffffff0f',
    '80808080808080808001',
    '7fffffff',
  ],
].map((hex) => Buffer.from(hex, 'hex'));

const mutations: readonly Mutation[] = [
  function flipBit(given, rng) {
    if (given.length === 0) return given;
    const out = Buffer.from(given);
    out[rng.integer(out.length)] ^= 1 << rng.integer(8);
    return out;
  },
  function setByte(given, rng) {
    if (given.length === 0) return given;
    const out = Buffer.from(given);
    out[rng.integer(out.length)] = pick(rng, [0, 1, 0x7f, 0x80, 0xff, rng.integer(256)]);
    return out;
  },
  function truncate(given, rng) {
    return given.subarray(0, at(rng, given));
  },
  function cutOut(given, rng) {
    const from = at(rng, given);
    return splice(given, from, Math.min(given.length, from + rng.integer(32)), Buffer.alloc(0));
  },
  function spliceOther(given, rng, samples) {
    const other = pick(rng, samples);
    return Buffer.concat([given.subarray(0, at(rng, given)), other.subarray(at(rng, other))]);
  },
  function repeat(given, rng) {
    const from = at(rng, given);
    const part = given.subarray(from, from + rng.integer(64));
    return splice(given, from, from, Buffer.concat(Array.from({ length: 1 + rng.integer(20) }, () => part)));
  },
  function insertWord(given, rng) {
    const from = at(rng, given);
    return splice(given, from, from, pick(rng, words));
  },
  function insertBytes(given, rng) {
    const from = at(rng, given);
    return splice(given, from, from, pick(rng, bytes));
  },
  function nest(given, rng) {
    const [open, close] = pick(rng, [
      ['[', ']'],
      ['{"a":', '}'],
      ['{"v":[', ']}'],
      ['- ', ''],
      ['(', ')'],
    ] as const);
    const depth = pick(rng, [3, 20, 100, 1000]);
    const from = at(rng, given);
    return splice(given, from, from, Buffer.from(open.repeat(depth) + close.repeat(depth)));
  },
  /** A number, a string or a key becomes another one. */
  function replaceToken(given, rng) {
    const tokens = [...given.toString('latin1').matchAll(/"[^"\n]{0,40}"|-?\d[\d.eE+-]{0,30}|[A-Za-z_]{2,30}/g)];
    if (tokens.length === 0) return given;
    const { index, 0: token } = pick(rng, tokens);
    const word = pick(rng, words);
    const quoted = token.startsWith('"') && rng.integer(2) === 0 ? Buffer.from(`"${word}"`) : word;
    return splice(given, index, index + token.length, quoted);
  },
  /** The same key twice. */
  function doubleKey(given, rng) {
    const keys = [...given.toString('latin1').matchAll(/"[^"\n]{1,40}":|^ *[a-z_]+:/gm)];
    if (keys.length === 0) return given;
    const { index, 0: key } = pick(rng, keys);
    const tail = key.startsWith('"') ? ',' : '\n';
    return splice(given, index, index, Buffer.from(`${key} ${pick(rng, words)}${tail}`, 'latin1'));
  },
  function noise(_given, rng) {
    return Buffer.from(Uint8Array.from({ length: rng.integer(200) }, () => rng.integer(256)));
  },
];

const bytesMax = 65_536;

/** One of the samples with one to four things wrong. */
export function mutate(samples: readonly Buffer[], rng: Rng): Buffer {
  let out = pick(rng, samples);
  for (let left = 1 + rng.integer(4); left > 0; left--)
    out = pick(rng, mutations)(out, rng, samples).subarray(0, bytesMax);
  return out;
}

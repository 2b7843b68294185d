import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { compress as snap } from 'snappyjs';
import type { Codec } from '../../../src/core/compression/codec.ts';
import { gzipCodec } from '../../../src/core/compression/gzip.ts';
import { lz4Codec } from '../../../src/core/compression/lz4.ts';
import { snappyCodec } from '../../../src/core/compression/snappy.ts';
import { zstdCodec } from '../../../src/core/compression/zstd.ts';
import { createRng } from '../../../src/core/rng.ts';

const codecs: Readonly<Record<string, Codec>> = {
  gzip: gzipCodec,
  snappy: snappyCodec,
  lz4: lz4Codec,
  zstd: zstdCodec,
};
const seed = Number(process.env.DRIFTCAST_TEST_SEED ?? 20_260_301);
console.log(`# seed ${seed}`);
const rng = createRng(seed);
const rows = Array.from({ length: 4000 }, (_, i) => `{"device":"pump-${i % 7}","a":${Math.sin(i)}}`).join('\n');
const samples = [
  Buffer.from('x'),
  Buffer.from(rows),
  Buffer.alloc(300_000),
  Buffer.from(Uint8Array.from({ length: 200_000 }, () => rng.integer(256))),
];

for (const [name, codec] of Object.entries(codecs)) {
  describe(name, () => {
    test('opens what it compressed', async () => {
      for (const sample of samples) {
        const opened = await codec.decompress(await codec.compress(sample), sample.length);
        assert.ok(opened.equals(sample), `${sample.length} bytes`);
      }
    });

    test('makes no more than it may', async () => {
      const bomb = await codec.compress(Buffer.alloc(1_000_000));
      await assert.rejects(codec.decompress(bomb, 100_000), /at most 100000 are taken/);
    });

    test('damaged bytes give an error or other bytes, within the bound', async () => {
      const whole = await codec.compress(Buffer.from(rows.slice(0, 20_000)));
      let refused = 0;
      for (let run = 0; run < 300; run++) {
        const bytes = Buffer.from(whole.subarray(0, run % 3 === 0 ? rng.integer(whole.length) : whole.length));
        for (let flips = 0; flips < 3 && bytes.length > 0; flips++) bytes[rng.integer(bytes.length)] = rng.integer(256);
        try {
          assert.ok((await codec.decompress(bytes, 40_000)).length <= 40_000);
        } catch (error) {
          assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), String(error));
          refused++;
        }
      }
      assert.ok(refused > 50, `${refused} refused`);
    });
  });
}

describe('what other programs wrote', () => {
  const text = 'hello hello hello hello hello\n';

  test('a stream of the zstd command, without the size of its content', async () => {
    const bytes = Buffer.from('28b52ffd04586d00003868656c6c6f200a0100a94b111a4872ab', 'hex');
    assert.equal(String(await zstdCodec.decompress(bytes, 100)), text);
  });

  test('frames of the lz4 command: with a checksum of the content, and without', async () => {
    const longer = 'hello hello hello hello hello hello\n';
    const block = '100000006f68656c6c6f2006000650656c6c6f0a';
    const checked = Buffer.from(`04224d186440a7${block}0000000053ce9936`, 'hex');
    const bare = Buffer.from(`04224d18604082${block}00000000`, 'hex');
    assert.equal(String(await lz4Codec.decompress(checked, 100)), longer);
    assert.equal(String(await lz4Codec.decompress(bare, 100)), longer);
  });

  test('blocks in the frame of snappy-java', async () => {
    const blocks = [Buffer.from(snap(Buffer.from('one '))), Buffer.from(snap(Buffer.from('two')))];
    const lengths = blocks.map(({ length }) => Buffer.of(0, 0, 0, length));
    const head = Buffer.from('82534e4150505900' + '0000000100000001', 'hex');
    const whole = Buffer.concat([head, lengths[0], blocks[0], lengths[1], blocks[1]]);
    assert.equal(String(await snappyCodec.decompress(whole, 100)), 'one two');
    await assert.rejects(snappyCodec.decompress(whole.subarray(0, -1), 100), /cut off/);
    await assert.rejects(snappyCodec.decompress(whole, 5), /at most/);
  });

  test('zlib, which kafkajs took for gzip too', async () => {
    assert.equal(String(await gzipCodec.decompress(gzipSync(text), 100)), text);
  });
});

test('a literal whose length is more than 31 bits is damaged at once', async () => {
  await assert.rejects(
    snappyCodec.decompress(Buffer.from('20fc000000800102', 'hex'), 1000),
    /a snappy block is damaged/,
  );
});

test('sizes that are only claimed cost nothing', async () => {
  const huge = Buffer.from('28b52ffde0ffffffffffffff7f010000', 'hex');
  await assert.rejects(zstdCodec.decompress(huge, 1000), /at most 1000/);
  await assert.rejects(zstdCodec.decompress(Buffer.from('28b52ffd00f8010000', 'hex'), 1000), /a window of/);
  await assert.rejects(snappyCodec.decompress(Buffer.from('ffffffff0f00', 'hex'), 1000), /at most 1000/);
  await assert.rejects(lz4Codec.decompress(Buffer.from('04224d18604082ffffff7f00', 'hex'), 1000), /cut off/);
});

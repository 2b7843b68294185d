import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type CsvOptions, type CsvRow, openCsv } from '../../src/source/csv-rows.ts';
import { tempDir } from './temp-dir.ts';

const { dir, file } = tempDir();
let files = 0;

const reader = (path: string, parts: Partial<CsvOptions> = {}) =>
  openCsv({
    path,
    delimiter: ',',
    timeColumn: 'time',
    seriesColumn: undefined,
    dropColumns: [],
    rowBytesMax: 10_000,
    ...parts,
  });

async function read(
  content: string | Uint8Array,
  parts: Partial<CsvOptions> = {},
  name = `${files++}.csv`,
): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const row of reader(file(name, content), parts).rows()) rows.push(row);
  return rows;
}

test('rows become messages of texts, with the time as it stands', async () => {
  const rows = await read('a,time,series,b\n1.50,2026-01-05 00:00,s1,\nNaN,1767571260,s2,-3e2\n');
  assert.deepEqual(rows, [
    {
      line: 2,
      time: '2026-01-05 00:00',
      series: 's1',
      message: { time: '2026-01-05 00:00', series: 's1', a: '1.50', b: '' },
      problem: null,
    },
    {
      line: 3,
      time: '1767571260',
      series: 's2',
      message: { time: '1767571260', series: 's2', a: 'NaN', b: '-3e2' },
      problem: null,
    },
  ]);
});

test('byte order mark, CRLF, quotes, other delimiters, a missing newline at the end', async () => {
  const [row] = await read('\uFEFFtime;"a;b";c\r\n1;"2";"say ""x"""', { delimiter: ';' });
  assert.deepEqual(row.message, { time: '1', 'a;b': '2', c: 'say "x"' });
  const [stray] = await read('time,a\n1,5"in\n');
  assert.deepEqual(stray.message, { time: '1', a: '5"in' });
});

test('a row with too few or too many columns is a problem that keeps its text, and the next rows are read', async () => {
  const rows = await read('time,a,b\n1,2\n1,2,3,4\n1,2,3\n');
  assert.deepEqual(
    rows.map(({ message }) => message !== null),
    [false, false, true],
  );
  assert.equal(rows[0].problem, 'line 2 has 2 columns, the header has 3: 1,2');
  assert.equal(rows[1].problem, 'line 3 has 4 columns, the header has 3: 1,2,3,4');
});

test('an empty line is a row without message and without problem', async () => {
  const rows = await read('time,a\n1,2\n\n3,4\n');
  assert.deepEqual(
    rows.map(({ message, problem }) => [message?.a ?? null, problem]),
    [
      ['2', null],
      [null, null],
      ['4', null],
    ],
  );
});

test('channel names that are names of object properties are data like any other', async () => {
  const [row] = await read('time,__proto__,constructor\n1,2,3\n');
  assert.equal(JSON.stringify(row.message), '{"time":"1","__proto__":"2","constructor":"3"}');
});

test('compressed files read the same', async () => {
  const text = 'time,a\n1,2\n3,4\n';
  assert.deepEqual(await read(gzipSync(text), {}, 'same.csv.gz'), await read(text));
});

test('whatever is in the cells comes back, with and without quotes', async () => {
  const cell = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter((text) => !text.includes('\r') && text.trim() === text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), async (cells) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const text = cells.map(([a, b], k) => `${k},${quoted(a)},${quoted(b)}\n`).join('');
      const rows = await read(`time,a,b\n${text}`);
      assert.deepEqual(
        rows.map(({ message }) => [message?.a, message?.b]),
        cells,
      );
    }),
    { numRuns: 50 },
  );
});

test('the file is streamed: stopping early reads little of it, and progress tells how much', async () => {
  const line = `${'1,'.repeat(50)}1\n`;
  const header = `time,${Array.from({ length: 50 }, (_, k) => `c${k}`).join(',')}\n`;
  const csv = reader(file('long.csv', header + line.repeat(50_000)));
  assert.equal(csv.progress(), 0);
  let count = 0;
  for await (const row of csv.rows()) {
    assert.ok(row.message !== null);
    count += 1;
    if (count === 100) break;
  }
  assert.ok(csv.progress() > 0 && csv.progress() < 0.2, `${csv.progress()}`);
  assert.equal(csv.channels().length, 50);
});

test('progress ends at 1', async () => {
  const csv = reader(file('short.csv', 'time,a\n1,2\n'));
  for await (const _ of csv.rows());
  assert.equal(csv.progress(), 1);
});

test('files that cannot be read say which, why, and what to do', async () => {
  const refused = async (path: string, message: RegExp, hint: RegExp) =>
    assert.rejects(reader(path).rows().next(), { code: 'DATA_UNREADABLE', message, hint });
  await refused(`${dir}/none.csv`, /reading .*none\.csv: ENOENT/, /Check the path/);
  await refused(dir, /EISDIR/, /one CSV file/);
  await refused(file('empty.csv', ''), /the file is empty/, /name the columns/);
  await refused(file('not.csv.gz', 'time,a\n1,2\n'), /incorrect header check/, /whole/);
  await refused(file('binary.csv', Buffer.alloc(100)), /no column "time"/, /time_column|numbers/);
});

test('a truncated archive and an endless quote end with an error, after the rows before them', async () => {
  const text = `time,a\n${Array.from({ length: 50_000 }, (_, k) => `${k},${Math.sin(k)}\n`).join('')}`;
  const whole = gzipSync(text);
  const rows = reader(file('cut.csv.gz', whole.subarray(0, whole.length / 2))).rows();
  assert.equal((await rows.next()).value?.message?.time, '0');
  await assert.rejects(
    async () => {
      for await (const _ of rows);
    },
    { code: 'DATA_UNREADABLE', message: /unexpected end of file/ },
  );
  const open = reader(file('quote.csv', `time,a\n1,2\n2,"3\n${'4,5\n'.repeat(5000)}`)).rows();
  await assert.rejects(
    async () => {
      for await (const _ of open);
    },
    { code: 'DATA_UNREADABLE', hint: /quote that is never closed/ },
  );
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readTable } from '../../../src/cli/init/read-table.ts';
import { DriftcastError } from '../../../src/core/errors.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-table-'));
after(() => rmSync(dir, { recursive: true }));
const file = (name: string, bytes: string | Buffer): string => {
  const at = path.join(dir, name);
  writeFileSync(at, bytes);
  return at;
};
const fails = (at: string, pattern: RegExp) =>
  assert.rejects(
    readTable(at),
    (error) =>
      error instanceof DriftcastError &&
      error.code === 'DATA_UNREADABLE' &&
      pattern.test(error.message) &&
      error.hint !== undefined,
  );

describe('readTable', () => {
  it('reads names and rows, with a BOM, quotes, Windows line ends', async () => {
    const { table, delimiter } = await readTable(file('a.csv', '\uFEFFtime ;"flow; in"\r\n1;2\r\n\r\n3;4\r\n'));
    assert.equal(delimiter, ';');
    assert.deepEqual(table, {
      names: ['time', 'flow; in'],
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      raggedRows: 0,
      truncated: false,
    });
  });

  it('reads compressed files', async () => {
    const { table } = await readTable(file('a.csv.gz', gzipSync('a,b\n1,2\n')));
    assert.deepEqual(table.rows, [['1', '2']]);
  });

  it('counts rows with another number of cells', async () => {
    const { table } = await readTable(file('ragged.csv', 'a,b\n1,2\n1\n1,2\n1,2,3\n1,2\n'));
    assert.equal(table.raggedRows, 2);
    assert.equal(table.rows.length, 3);
  });

  it('stops after enough', async () => {
    const { table } = await readTable(file('long.csv', `a,b\n${'1,2\n'.repeat(100_010)}`));
    assert.equal(table.rows.length, 100_000);
    assert.equal(table.truncated, true);
  });

  it('takes names that are numbers beside others', async () => {
    const { table } = await readTable(file('numbers.csv', 'date,0,1\nx,2,3\n'));
    assert.deepEqual(table.names, ['date', '0', '1']);
  });

  it('says what is wrong with a file', async () => {
    await fails(path.join(dir, 'nothing.csv'), /reading .*nothing\.csv: ENOENT/);
    await fails(dir, /it is a folder/);
    await fails(file('empty.csv', ''), /it is empty/);
    await fails(file('headless.csv', '1,2\n3,4\n'), /holds numbers, not names/);
    await fails(file('twice.csv', 'a,a\n1,2\n'), /two columns are named "a"/);
    await fails(file('wrong.csv', 'title\n1,2\n3,4\n'), /2 of 2 rows have another number of cells/);
    await fails(file('binary.csv', Buffer.from([1, 0, 2])), /not a text file/);
    await fails(file('broken.csv.gz', 'a,b\n1,2\n'), /incorrect header check/);
  });
});

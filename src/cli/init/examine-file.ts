import path from 'node:path';
import type { Examined, ExamineOptions } from './examined.ts';
import { inspectTable } from './inspect-table.ts';
import { readTable } from './read-table.ts';
import { escapeVariables } from './words.ts';

/** Looks at a CSV file; the pipeline replays it. Paths of the result are relative to the folder of the pipeline. */
export async function examineFile(
  file: string,
  outDir: string,
  { label, stepMs, name }: ExamineOptions,
): Promise<Examined> {
  const { table, delimiter } = await readTable(file);
  const facts = inspectTable(table, { what: file, label, stepMs });
  const dropped = [
    ...facts.labelColumns,
    ...facts.ignored.map((column) => column.name).filter((column) => column !== ''),
  ];
  return {
    origin: path.basename(file),
    live: false,
    facts,
    timeFrom: `column "${facts.timeColumn}"`,
    seriesFrom: facts.seriesColumn === null ? 'one, no column names any' : `column "${facts.seriesColumn}"`,
    source: {
      type: 'replay',
      path: escapeVariables(relativePath(outDir, file)),
      ...(delimiter === ',' ? {} : { delimiter }),
      time_column: escapeVariables(facts.timeColumn),
      ...(facts.seriesColumn === null ? {} : { series_column: escapeVariables(facts.seriesColumn) }),
      ...(dropped.length === 0 ? {} : { drop_columns: dropped.map(escapeVariables) }),
      speed: 0,
    },
    decode: {
      type: 'json',
      layout: 'wide',
      time: { path: 'time', format: 'auto' },
      series: facts.seriesColumn === null ? { constant: name } : { path: 'series' },
    },
    sampleCsv: null,
    trainOn: file,
  };
}

export function relativePath(from: string, to: string): string {
  const relative = path.relative(path.resolve(from), path.resolve(to)).split(path.sep).join('/');
  return relative.startsWith('.') || path.isAbsolute(relative) ? relative : `./${relative}`;
}

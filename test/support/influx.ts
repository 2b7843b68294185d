import { randomUUID } from 'node:crypto';

/** What is known of a point: fields by name. Writing some fields of a point again replaces these and keeps the others. */
export type Fields = Record<string, unknown>;
/** By measurement, tags and time. */
export type Points = Map<string, Fields>;

export function pointKey(measurement: string, tags: Readonly<Record<string, string>>, timeMs: number): string {
  // InfluxDB answers a tag that another measurement has with an empty one
  const own = Object.entries(tags).flatMap(([name, value]) => (value === '' ? [] : [`${name}=${value}`]));
  return `${measurement} ${own.sort().join(',')} ${timeMs}`;
}

/** Adds what was written of a point, unless the same was written before. */
export function addContent(contents: Map<string, Fields[]>, key: string, fields: Fields): void {
  const known = contents.get(key);
  if (known === undefined) contents.set(key, [fields]);
  else if (!known.some((one) => JSON.stringify(one) === JSON.stringify(fields))) known.push(fields);
}

interface Series {
  readonly name: string;
  readonly tags?: Record<string, string>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** A database of a test's own. The server makes it when driftcast first writes; `drop` takes it away. */
export class TestInflux {
  readonly url: string;
  readonly database = `driftcast_test_${randomUUID().replaceAll('-', '')}`;

  constructor(url: string) {
    this.url = url;
  }

  async query(text: string): Promise<readonly Series[]> {
    const response = await fetch(`${this.url}/query?db=${this.database}&epoch=ms`, {
      method: 'POST',
      body: new URLSearchParams({ q: text }),
      signal: AbortSignal.timeout(60_000),
    });
    const { results = [], error } = (await response.json()) as {
      results?: { series?: Series[]; error?: string }[];
      error?: string;
    };
    const problem = error ?? results[0]?.error;
    if (problem !== undefined && !problem.startsWith('database not found'))
      throw new Error(`asking InfluxDB "${text}": ${problem}`);
    return results[0]?.series ?? [];
  }

  /** Every point that driftcast has written. */
  async points(): Promise<Points> {
    const points: Points = new Map();
    for (const { name, tags = {}, columns, values } of await this.query('SELECT * FROM /driftcast_.*/ GROUP BY *')) {
      for (const [time, ...cells] of values) {
        const known = cells.flatMap((cell, i) => (cell === null ? [] : [[columns[i + 1], cell] as const]));
        points.set(pointKey(name, tags, Number(time)), Object.fromEntries(known));
      }
    }
    return points;
  }

  async count(measurement: string, field: string): Promise<number> {
    const [series] = await this.query(`SELECT count(${field}) FROM ${measurement}`);
    return Number(series?.values[0]?.[1] ?? 0);
  }

  async drop(): Promise<void> {
    await this.query(`DROP DATABASE "${this.database}"`);
  }
}

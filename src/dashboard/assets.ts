import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DriftcastError, messageOf } from '../core/errors.ts';

export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The files of the page and uPlot's, read once. Only these paths exist: no request's text ever becomes a file name.
 *
 * @throws DriftcastError INTERNAL when a file of the installation is missing.
 */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const page = fileURLToPath(new URL('./page/', import.meta.url));
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
  const assets = new Map<string, Asset>();
  try {
    const names = (await readdir(page)).filter((name) => extname(name) in types);
    for (const name of names) await add(name === 'index.html' ? '/' : `/${name}`, join(page, name));
    await add('/uplot.js', join(uplot, 'uPlot.esm.js'));
    await add('/uplot.css', join(uplot, 'uPlot.min.css'));
  } catch (thrown) {
    throw new DriftcastError('INTERNAL', `reading the dashboard's files: ${messageOf(thrown)}`, {
      cause: thrown,
      hint: 'Install the dependencies again with `npm ci`.',
    });
  }
  return assets;

  async function add(path: string, file: string): Promise<void> {
    const body = await readFile(file);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    assets.set(path, { path, type: types[extname(file)], body, etag });
  }
}

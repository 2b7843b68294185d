import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { messageOf } from '../../core/errors.ts';
import { loadModelPackage } from '../../infer/model-package.ts';
import type { Check } from './check.ts';

const demoModel = fileURLToPath(new URL('../../../pipelines/demo/model', import.meta.url));

/** Results and state need a folder that can be written: tries it, since permissions alone do not tell. */
export async function checkFolder(path: string): Promise<Check> {
  const trial = join(path, `.driftcast-doctor-${process.pid}`);
  try {
    await (await open(trial, 'wx')).close();
    await rm(trial);
    return {
      name: 'folder',
      status: 'ok',
      detail: `${path} can be written`,
      remedy: '',
      facts: { path, writable: true },
    };
  } catch (error) {
    return {
      name: 'folder',
      status: 'failed',
      detail: `${path} cannot be written: ${messageOf(error)}`,
      remedy: 'run it in a folder of your own, or set DRIFTCAST_STATE_DIR to one that can be written',
      facts: { path, writable: false },
    };
  }
}

/** The package that comes with driftcast: whether the clone is whole. */
export async function checkDemo(dir = demoModel): Promise<Check> {
  try {
    const { manifest } = await loadModelPackage(dir);
    return {
      name: 'demo',
      status: 'ok',
      detail: `the model of the demo loads (${manifest.version}, ${manifest.channels.length} channels)`,
      remedy: '',
      facts: { version: manifest.version },
    };
  } catch (error) {
    return {
      name: 'demo',
      status: 'failed',
      detail: messageOf(error),
      remedy: 'git restore pipelines/demo',
      facts: { version: null },
    };
  }
}

const dockerMsMax = 3000;

/** Docker is one of the ways to get the servers; nothing here needs it. */
export async function checkDocker(command = 'docker'): Promise<Check> {
  const told = (detail: string, version: string | null): Check => ({
    name: 'docker',
    status: 'ok',
    detail,
    remedy: version === null ? 'without it: deploy/native/stack.sh starts Kafka and InfluxDB' : '',
    facts: { version },
  });
  try {
    const ask = ['version', '--format', '{{.Server.Version}}'];
    const { stdout } = await promisify(execFile)(command, ask, { timeout: dockerMsMax });
    return told(`Docker ${stdout.trim()}: docker compose up starts Kafka, InfluxDB and Grafana`, stdout.trim());
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return told(missing ? 'Docker is not installed (not needed)' : 'Docker is installed, but no engine answers', null);
  }
}

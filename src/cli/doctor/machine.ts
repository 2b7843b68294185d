import type { VisibleGpus } from '../../infer/engines/visible-gpus.ts';
import type { Check } from './check.ts';

/** The oldest Node that runs driftcast: `engines` of package.json. */
export const nodeOldest = [20, 19] as const;

const memoryBytesWanted = 1_073_741_824;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const able = major > nodeOldest[0] || (major === nodeOldest[0] && minor >= nodeOldest[1]);
  const required = nodeOldest.join('.');
  return {
    name: 'node',
    status: able ? 'ok' : 'failed',
    detail: `Node.js ${version}${able ? '' : `, at least ${required} is needed`}`,
    remedy: able ? '' : `install Node.js ${required} or newer (nodejs.org, nvm, your package manager), then npm ci`,
    facts: { version, required },
  };
}

/** Cores that this process may use; a container may have fewer than the machine. */
export function checkCores(cores: number): Check {
  const workers = Math.max(1, cores - 1);
  return {
    name: 'cores',
    status: 'ok',
    detail: `${plural(cores, 'core')} for this process: ${plural(workers, 'worker')} by default`,
    remedy: '',
    facts: { cores, workers },
  };
}

/** @param totalBytes of the machine @param limitBytes of the container; 0 or more than the machine has: none */
export function checkMemory(totalBytes: number, limitBytes: number, freeBytes: number): Check {
  const { bytes, limited } = usableMemory(totalBytes, limitBytes);
  const enough = bytes >= memoryBytesWanted;
  return {
    name: 'memory',
    status: enough ? 'ok' : 'warning',
    detail: `${gibibytes(bytes)}${limited ? ' (the limit of this container)' : ''}, ${gibibytes(Math.min(bytes, freeBytes))} free`,
    remedy: enough
      ? ''
      : 'give it 1 GiB or more, or set infer.workers: 1 and infer.batch_windows_max: 8 in the pipeline',
    facts: { bytes, free_bytes: Math.min(bytes, freeBytes), limited },
  };
}

/** Whether one is visible; the checks of the engines say whether it can be used. */
export function checkGpu({ cuda, vulkan }: VisibleGpus): Check {
  return {
    name: 'gpu',
    status: 'ok',
    detail: vulkan.length === 0 ? 'no GPU is visible (none is needed)' : `${vulkan.join(', ')} visible`,
    remedy: '',
    facts: { devices: vulkan, cuda_devices: cuda },
  };
}

/** What this process may use at most. */
export function usableMemory(
  totalBytes: number,
  limitBytes: number,
): { readonly bytes: number; readonly limited: boolean } {
  const limited = limitBytes > 0 && limitBytes < totalBytes;
  return { bytes: limited ? limitBytes : totalBytes, limited };
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const gibibytes = (bytes: number): string => `${(bytes / 1_073_741_824).toFixed(1)} GiB`;

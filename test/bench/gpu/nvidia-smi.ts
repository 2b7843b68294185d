import { execFileSync } from 'node:child_process';

export interface NvidiaGpu {
  readonly name: string;
  readonly driver: string;
  readonly memory_mb: number;
}

export type Ask = (query: string) => string;

const askNvidiaSmi: Ask = (query) =>
  execFileSync('nvidia-smi', [query, '--format=csv,noheader,nounits'], { encoding: 'utf8', stdio: 'pipe' });

/** The first of NVIDIA's GPUs; null where there is no nvidia-smi, or no GPU that it knows. */
export function nvidiaGpu(ask = askNvidiaSmi): NvidiaGpu | null {
  const [name, driver, memory] = firstLine(ask, '--query-gpu=name,driver_version,memory.total');
  return name && driver ? { name, driver, memory_mb: Number(memory) } : null;
}

/** Memory in use on it by anybody, in MB; null where it cannot be asked. */
export function gpuMemoryUsedMb(ask = askNvidiaSmi): number | null {
  const [used] = firstLine(ask, '--query-gpu=memory.used');
  return used ? Number(used) : null;
}

function firstLine(ask: Ask, query: string): readonly string[] {
  try {
    return (ask(query).split('\n')[0] ?? '').split(',').map((cell) => cell.trim());
  } catch {
    return [];
  }
}

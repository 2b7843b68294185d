import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of a process and of those it has started, MiB. */
export interface TreeMemory {
  readonly processor: number;
  readonly workers: number;
}

/** Reads /proc; a process that is gone meanwhile counts as nothing. */
export function treeMemory(pid: number): TreeMemory {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? statusOf(Number(name), 'PPid') : null;
    if (parent !== null) parents.set(Number(name), parent);
  }
  const isBelow = (own: number): boolean => {
    const parent = parents.get(own);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  const workers = [...parents.keys()].filter((own) => own !== pid && isBelow(own));
  return { processor: residentMb(pid), workers: workers.reduce((sum, own) => sum + residentMb(own), 0) };
}

const residentMb = (pid: number): number => (statusOf(pid, 'VmRSS') ?? 0) / 1024;

function statusOf(pid: number, field: string): number | null {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

import { readdirSync, readlinkSync } from 'node:fs';

/** Device files of GPUs, by what can compute there. */
export interface VisibleGpus {
  /** NVIDIA's, or the one through which WSL hands the host's GPU over. */
  readonly cuda: readonly string[];
  /** Any that a Vulkan driver may serve: these, and the render nodes of Mesa's drivers. */
  readonly vulkan: readonly string[];
}

const cudaFile = /^\/dev\/(nvidia\d+|dxg)$/;
const renderFile = /^\/dev\/dri\/renderD\d+$/;

/** Whether a process that has this file open talks to a GPU. A driver in software (SwiftShader, lavapipe) opens none. */
export const isGpuFile = (path: string): boolean => cudaFile.test(path) || renderFile.test(path);

/** @param files paths under /dev */
export function gpusAmong(files: readonly string[]): VisibleGpus {
  return { cuda: files.filter((file) => cudaFile.test(file)), vulkan: files.filter(isGpuFile) };
}

/** Paths in /dev and /dev/dri; none where there are no such folders. */
export const deviceFiles = (): string[] => ['/dev', '/dev/dri'].flatMap(filesIn);

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

/** Device files of GPUs that this process has open. */
export function openGpuFiles(): string[] {
  try {
    const targets = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // closed since
      }
    });
    return [...new Set(targets.filter(isGpuFile))].sort();
  } catch {
    return [];
  }
}

/** Whether this process computes on a GPU: elsewhere than on Linux there are no files to go by, and no driver in software that is found by itself. */
export const talksToGpu = (): boolean => process.platform !== 'linux' || openGpuFiles().length > 0;

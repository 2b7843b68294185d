export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong in a pipeline file. */
export interface ConfigProblem {
  /** 'window.step_ms', 'sinks.0.url'; empty: the file as a whole. */
  readonly path: string;
  /** Of the key or value in the file, from 1; null where it does not stand in the file (`--set`, no such file part). */
  readonly line: number | null;
  readonly column: number | null;
  readonly expected: string;
  /** What stands there; never a secret. */
  readonly got: string;
  readonly nearest: string | null;
  /** The whole in one sentence: 'unknown key; did you mean "length_steps"?'. */
  readonly message: string;
}

/** A problem before it is given its place in the file. */
export interface Finding {
  readonly path: ConfigPath;
  /** Which of the two the place is: unknown keys are marked at the key. */
  readonly at: 'key' | 'value';
  readonly expected: string;
  readonly got: string;
  readonly nearest: string | null;
  readonly message: string;
}

export const pathText = (path: ConfigPath): string => path.join('.');

export const startsWithPath = (path: ConfigPath, prefix: ConfigPath): boolean =>
  prefix.length <= path.length && prefix.every((key, index) => String(key) === String(path[index]));

/** 'pipelines/x/pipeline.yaml:12:3 window.lenght_steps: unknown key; did you mean "length_steps"?' */
export function formatProblem(file: string, problem: ConfigProblem): string {
  const place = problem.line === null ? file : `${file}:${problem.line}:${problem.column ?? 1}`;
  return problem.path === '' ? `${place} ${problem.message}` : `${place} ${problem.path}: ${problem.message}`;
}

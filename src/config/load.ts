import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isAlias, isScalar, type Scalar } from 'yaml';
import { DriftcastError, messageOf } from '../core/errors.ts';
import type { Registry } from '../core/registry.ts';
import { findingsOf } from './find.ts';
import { applyOverride, type Override, parseOverrides } from './overrides.ts';
import { type PipelineConfig, pipelineSchema } from './pipeline-schema.ts';
import {
  type ConfigPath,
  type ConfigProblem,
  type Finding,
  formatProblem,
  pathText,
  startsWithPath,
} from './problem.ts';
import { holdsSecret, namesItsSource, showValue } from './secrets.ts';
import { asPlainScalar, type Env, substituteEnv } from './substitute-env.ts';
import { parseYaml, placeOf, position, scalarAt, toPlain, walkYaml, type YamlSource } from './yaml-source.ts';

const FILE_BYTES_MAX = 1_048_576;
const PROBLEMS_MAX = 50;

export interface LoadOptions {
  readonly registry: Registry;
  readonly env: Env;
  /** Texts of `--set`, applied in order. */
  readonly overrides?: readonly string[];
}

export interface LoadedPipeline {
  /** Deep-frozen, all defaults filled in. */
  readonly config: PipelineConfig;
  /** The file as it was named, and the absolute folder it stands in. */
  readonly file: string;
  readonly dir: string;
  /** Resolves a path of the config against `dir`. */
  readonly resolvePath: (relative: string) => string;
}

export type PipelineCheck =
  | { readonly ok: true; readonly pipeline: LoadedPipeline }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly text: string };

/**
 * Reads, substitutes, overrides and checks a pipeline file. Fails with CONFIG_INVALID, whose message lists every
 * problem, one a line; CONFIG_UNREADABLE where the file cannot be read; USAGE where an override makes no sense.
 */
export function loadPipeline(file: string, options: LoadOptions): LoadedPipeline {
  const check = checkPipeline(file, options);
  if (check.ok) return check.pipeline;
  const lines = check.problems.map((problem) => formatProblem(file, problem));
  throw new DriftcastError('CONFIG_INVALID', lines.join('\n'), {
    hint: `\`driftcast validate ${file}\` shows the lines.`,
  });
}

/** The same, with the problems as values: for tools that show them. */
export function checkPipeline(file: string, options: LoadOptions): PipelineCheck {
  const text = readText(file);
  const dir = path.dirname(path.resolve(file));
  const result = checkText(text, dir, options);
  if ('problems' in result) return { ok: false, problems: result.problems.slice(0, PROBLEMS_MAX), text };
  return {
    ok: true,
    pipeline: { config: result.config, file, dir, resolvePath: (relative) => path.resolve(dir, relative) },
  };
}

function readText(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > FILE_BYTES_MAX) throw new RangeError(`${size} bytes; at most ${FILE_BYTES_MAX} are read`);
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new DriftcastError('CONFIG_UNREADABLE', `reading ${file}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

type Checked = { readonly config: PipelineConfig } | { readonly problems: readonly ConfigProblem[] };

function checkText(text: string, dir: string, { registry, env, overrides = [] }: LoadOptions): Checked {
  const sets = parseOverrides(overrides);
  const { source, findings: faults } = parseYaml(text);
  if (faults.length > 0)
    return { problems: faults.map((fault) => ({ ...problemOf(fault, null, []), ...position(source, fault.offset) })) };
  const written = writtenSecrets(source);
  const readSecret = (file: string) => readSecretFile(path.resolve(dir, file));
  const { originals, findings: unset } = substituteEnv(source, env, readSecret);
  const open = unset.filter((finding) => !sets.some((set) => startsWithPath(finding.path, set.path)));
  const plain = toPlain(source);
  const before = [...plain.findings, ...written, ...open];
  if (before.length > 0) return { problems: before.map((finding) => problemOf(finding, source, sets)) };
  const root = plain.value ?? {};
  for (const set of sets) applyOverride(root, set);
  return checkPlain(root, { source, originals, sets, registry });
}

const SECRET_BYTES_MAX = 65_536;

/** What a file of a secret holds, without the line break that most tools leave at its end. */
function readSecretFile(file: string): string {
  const { size } = statSync(file);
  if (size > SECRET_BYTES_MAX) throw new RangeError(`it has ${size} bytes; at most ${SECRET_BYTES_MAX} are read`);
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}

/** Secrets that stand in the file itself, where everybody who may read the repository may read them. */
function writtenSecrets(source: YamlSource): readonly Finding[] {
  const findings: Finding[] = [];
  walkYaml(source.document, (node, at, kind) => {
    if (kind !== 'value' || !holdsSecret(at)) return true;
    const scalar = isAlias(node) ? node.resolve(source.document) : node;
    if (!isScalar(scalar) || scalar.value === null || namesItsSource(String(scalar.value))) return true;
    findings.push({
      path: at,
      at: 'value',
      expected: '${NAME} or ${file:PATH}',
      got: 'a secret',
      nearest: null,
      message: 'a secret is not written into the file: expected ${NAME} of the environment, or ${file:PATH}',
    });
    return true;
  });
  return findings;
}

interface Parsed {
  readonly source: YamlSource;
  readonly originals: ReadonlyMap<Scalar, string>;
  readonly sets: readonly Override[];
  readonly registry: Registry;
}

function checkPlain(root: unknown, { source, originals, sets, registry }: Parsed): Checked {
  const schema = pipelineSchema(registry);
  const fromEnv = (at: ConfigPath): Scalar | null => {
    const scalar = sets.some((set) => startsWithPath(at, set.path)) ? null : scalarAt(source, at);
    return scalar !== null && originals.has(scalar) ? scalar : null;
  };
  let result = schema.safeParse(root);
  if (!result.success && coerceEnv(root, result.error.issues, fromEnv)) result = schema.safeParse(root);
  if (result.success) return { config: deepFreeze(result.data) };
  const show = (value: unknown, at: ConfigPath) => {
    const scalar = fromEnv(at);
    return scalar === null ? showValue(value, at) : `the value of ${originals.get(scalar) ?? ''}`;
  };
  const findings = findingsOf(result.error.issues, root, schema, show);
  return { problems: findings.map((finding) => problemOf(finding, source, sets)).sort(byPlace) };
}

/**
 * A variable is text. Only where text does not fit is it read again, as a number or boolean: so a password of digits
 * stays the text it is.
 */
function coerceEnv(
  root: unknown,
  issues: readonly { readonly path: readonly PropertyKey[] }[],
  fromEnv: (at: ConfigPath) => Scalar | null,
): boolean {
  let changed = false;
  for (const issue of issues) {
    const at = issue.path as ConfigPath;
    const scalar = fromEnv(at);
    const value = scalar === null ? undefined : asPlainScalar(scalar);
    if (value === undefined) continue;
    applyOverride(root, { path: at, value });
    changed = true;
  }
  return changed;
}

function problemOf(finding: Finding, source: YamlSource | null, sets: readonly Override[]): ConfigProblem {
  const { expected, got, nearest } = finding;
  const fromSet = sets.some((set) => startsWithPath(finding.path, set.path));
  const place = source === null || fromSet ? null : placeOf(source, finding.path, finding.at);
  const message = fromSet ? `${finding.message} (from --set)` : finding.message;
  return {
    path: pathText(finding.path),
    line: place?.line ?? null,
    column: place?.column ?? null,
    expected,
    got,
    nearest,
    message,
  };
}

const byPlace = (a: ConfigProblem, b: ConfigProblem): number =>
  (a.line ?? Number.MAX_SAFE_INTEGER) - (b.line ?? Number.MAX_SAFE_INTEGER) || (a.column ?? 0) - (b.column ?? 0);

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

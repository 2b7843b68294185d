import { isScalar } from 'yaml';
import { DriftcastError } from '../core/errors.ts';
import type { ConfigPath } from './problem.ts';
import { holdsSecret } from './secrets.ts';
import { parseYaml, toPlain, walkYaml, type YamlSource } from './yaml-source.ts';

/** One `--set a.b.0.c=value`. */
export interface Override {
  readonly path: ConfigPath;
  readonly value: unknown;
}

const TEXT_CHARS_MAX = 10_000;
const ITEMS_MAX = 10_000;
const HINT =
  'Write --set window.length_steps=64 or --set sinks.0.url=http://localhost:8086; quote strings that look like numbers: \'"123"\'.';

const SECRET_HINT = 'Write ${NAME} or ${file:PATH} into the pipeline file.';

/**
 * Reads the texts of `--set`; the value is YAML (a scalar, or `[1, 2]`). Fails with USAGE; no value is ever in the
 * message, it may be a secret.
 */
export function parseOverrides(texts: readonly string[]): Override[] {
  return texts.map((text) => {
    const equals = text.indexOf('=');
    if (equals <= 0) throw usage('reading --set: expected PATH=VALUE');
    const name = text.slice(0, equals).trim();
    if (text.length > TEXT_CHARS_MAX)
      throw usage(`reading --set ${name}: the value is longer than ${TEXT_CHARS_MAX} characters`);
    const parts = name.split('.');
    if (parts.some((part) => part === '' || part === '__proto__'))
      throw usage(`reading --set ${name}: not a path such as window.step_ms`);
    const path = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    const parsed = parseYaml(text.slice(equals + 1));
    const plain = toPlain(parsed.source);
    if (parsed.findings.length + plain.findings.length > 0)
      throw usage(`reading --set ${name}: the value is not valid YAML`);
    if (tellsSecret(path, parsed.source))
      throw usage(`reading --set ${name}: every user of this machine can read a command line`, SECRET_HINT);
    return { path, value: plain.value ?? null };
  });
}

/** Whether the value is a secret, or has one in it. */
function tellsSecret(path: ConfigPath, source: YamlSource): boolean {
  let told = false;
  walkYaml(source.document, (node, at, kind) => {
    const isSaid = kind === 'value' && isScalar(node) && node.value !== null && node.value !== '';
    told ||= isSaid && holdsSecret([...path, ...at]);
    return true;
  });
  return told;
}

/**
 * Puts the value at its path into the plain config, in place; missing mappings on the way are made. Fails with
 * USAGE.
 */
export function applyOverride(root: unknown, { path, value }: Override): void {
  let parent = container(root, path, 0);
  path.forEach((part, depth) => {
    const key = Array.isArray(parent) ? listIndex(parent, path, depth) : String(part);
    const target = parent as Record<string | number, unknown>;
    if (depth === path.length - 1) {
      target[key] = value;
      return;
    }
    if (!Object.hasOwn(target, key) || target[key] === null)
      target[key] = typeof path[depth + 1] === 'number' ? [] : {};
    parent = container(target[key], path, depth + 1);
  });
}

function container(value: unknown, path: ConfigPath, depth: number): object {
  if (typeof value === 'object' && value !== null) return value;
  throw usage(
    `applying --set ${path.join('.')}: ${path.slice(0, depth).join('.') || 'the file'} is not a mapping or list`,
  );
}

function listIndex(list: readonly unknown[], path: ConfigPath, depth: number): number {
  const index = path[depth];
  if (typeof index === 'number' && index <= list.length && index < ITEMS_MAX) return index;
  const where = path.slice(0, depth).join('.');
  throw usage(
    `applying --set ${path.join('.')}: ${where} is a list of ${list.length}; expected an index from 0 to ${list.length}`,
  );
}

const usage = (message: string, hint = HINT): DriftcastError => new DriftcastError('USAGE', message, { hint });

import { isScalar, type Scalar } from 'yaml';
import { messageOf } from '../core/errors.ts';
import type { Finding } from './problem.ts';
import { walkYaml, type YamlSource } from './yaml-source.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  /** What each replaced scalar said before: the only thing an error may show of it. */
  readonly originals: ReadonlyMap<Scalar, string>;
  readonly findings: readonly Finding[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;
const FILE = /^file:(.+)$/;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in string values (not in keys) of the document, once: what comes out of the
 * environment is not looked at again. `$${` stands for a literal `${`. A set but empty variable counts as unset, as in
 * a shell's `:-`. `${file:PATH}` stands for what `readSecret` finds there. Values never reach a finding.
 */
export function substituteEnv(source: YamlSource, env: Env, readSecret: (file: string) => string): Substituted {
  const originals = new Map<Scalar, string>();
  const findings: Finding[] = [];
  walkYaml(source.document, (node, path, kind) => {
    if (kind === 'key' || !isScalar(node) || typeof node.value !== 'string' || !node.value.includes('${')) return true;
    const original = node.value;
    const refuse = (expected: string, got: string, message: string) =>
      findings.push({ path, at: 'value', expected, got, nearest: null, message });
    node.value = original.replaceAll(REFERENCE, (whole: string, inside: string | undefined) => {
      if (inside === undefined) return '${';
      const file = FILE.exec(inside)?.[1];
      if (file !== undefined) {
        try {
          return readSecret(file);
        } catch (thrown) {
          refuse('a readable file', 'none', `the file of \${file:${file}} cannot be used: ${messageOf(thrown)}`);
          return whole;
        }
      }
      const [, name, fallback] = NAME.exec(inside) ?? [];
      if (name === undefined) {
        refuse(
          '${NAME}, ${NAME:-default} or ${file:PATH}',
          'another form',
          'expected ${NAME}, ${NAME:-default} or ${file:PATH} ($${ for a literal ${)',
        );
        return whole;
      }
      const value = (Object.hasOwn(env, name) && env[name]) || fallback;
      if (value === undefined) {
        const message = `the environment variable ${name} is not set and has no default; set it, or write \${${name}:-default}`;
        refuse(`a value for ${name}`, 'nothing', message);
        return whole;
      }
      return value;
    });
    originals.set(node, original);
    return true;
  });
  return { originals, findings };
}

/** What a replaced scalar means where a string does not fit: a number, true or false; else undefined. */
export function asPlainScalar(scalar: Scalar): number | boolean | undefined {
  if (typeof scalar.value !== 'string') return undefined;
  const text = scalar.value.trim();
  if (text === 'true' || text === 'false') return text === 'true';
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

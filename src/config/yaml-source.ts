import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLError,
} from 'yaml';
import type { ConfigPath, Finding } from './problem.ts';

/** Enough for `&defaults` shared by some sinks; too few for a document that grows exponentially. */
const ALIASES_MAX = 20;
const DEPTH_MAX = 32;
const FAULTS_MAX = 10;

/** A parsed YAML file that remembers where everything stood. */
export interface YamlSource {
  readonly document: Document;
  readonly lines: LineCounter;
}

interface YamlResult {
  readonly source: YamlSource;
  readonly findings: readonly (Finding & { readonly offset: number })[];
}

/** Parses one YAML 1.2 document strictly: unique string keys, no custom tags. Never throws. */
export function parseYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: true,
    logLevel: 'error',
  } as const;
  try {
    const document = parseDocument(text, options);
    const faults = [...document.errors, ...document.warnings];
    // What follows a broken place is mostly its echo; keys that are there twice stand for themselves.
    const told = faults.filter((fault, index) => index === 0 || fault.code === 'DUPLICATE_KEY').slice(0, FAULTS_MAX);
    return { source: { document, lines }, findings: told.map((fault) => syntaxFinding(fault, text)) };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return { source: { document: parseDocument(''), lines }, findings: [faultAt(0, 'nested too deeply')] };
  }
}

/** The parser's message without what it quotes of the file: that may be a secret. */
function syntaxFinding({ code, message, pos: [offset] }: YAMLError, text: string) {
  if (message.startsWith('Maximum call stack')) return faultAt(offset, 'nested too deeply');
  const short =
    code === 'TAG_RESOLVE_FAILED' ? 'custom tags (!name) are not allowed' : message.replace(/:\s[\s\S]*$/, '').trim();
  const unquoted = text.slice(Math.max(0, offset - 1), offset + 1).includes('${');
  return faultAt(offset, unquoted ? `${short}; inside { } and [ ] quote it: "\${NAME}"` : short);
}

function faultAt(offset: number, got: string) {
  return {
    path: [],
    at: 'value' as const,
    expected: 'valid YAML',
    got,
    nearest: null,
    message: `not valid YAML: ${got}`,
    offset,
  };
}

/** Values of the document as plain objects; findings where it cannot be (alias bombs, `__proto__`, too deep). */
export function toPlain(source: YamlSource): { readonly value: unknown; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const refuse = (path: ConfigPath, message: string) =>
    findings.push({ path, at: 'key', expected: 'a known key', got: String(path.at(-1) ?? ''), nearest: null, message });
  walkYaml(source.document, (_node, path, kind) => {
    if (kind === 'key' && path.at(-1) === '__proto__') refuse(path, 'this key is not allowed');
    if (path.length > DEPTH_MAX) refuse(path.slice(0, DEPTH_MAX), 'nested too deeply');
    return path.length <= DEPTH_MAX;
  });
  if (findings.length > 0) return { value: undefined, findings: findings.slice(0, 10) };
  try {
    return { value: source.document.toJS({ maxAliasCount: ALIASES_MAX }), findings };
  } catch (thrown) {
    if (!(thrown instanceof ReferenceError)) throw thrown;
    refuse([], `aliases (*name) are used more than ${ALIASES_MAX} times, or name nothing`);
    return { value: undefined, findings };
  }
}

/** Calls `visit` for each key and each value with its path; children of a value are left out where it returns false. */
export function walkYaml(
  document: Document,
  visit: (node: Node, path: ConfigPath, kind: 'key' | 'value') => boolean,
): void {
  const walk = (node: unknown, path: ConfigPath): void => {
    if (!isNode(node) || !visit(node, path, 'value')) return;
    if (isSeq(node)) for (const [index, item] of node.items.entries()) walk(item, [...path, index]);
    if (!isMap(node)) return;
    for (const pair of node.items) {
      const at = [...path, isScalar(pair.key) ? String(pair.key.value) : String(pair.key)];
      if (isNode(pair.key)) visit(pair.key, at, 'key');
      walk(pair.value, at);
    }
  };
  walk(document.contents, []);
}

/** The scalar that stands at a path, following aliases; null where there is none. */
export function scalarAt(source: YamlSource, path: ConfigPath): Scalar | null {
  const node = nodesAlong(source, path).at(path.length);
  return node !== undefined && isScalar(node.value) ? node.value : null;
}

/**
 * Line and column of what stands at a path, from 1. Where the path ends in something that is missing, its nearest
 * parent's key is marked: that is where the missing key belongs.
 */
export function placeOf(
  source: YamlSource,
  path: ConfigPath,
  at: 'key' | 'value',
): { line: number; column: number } | null {
  const trail = nodesAlong(source, path);
  const last = trail.at(-1);
  if (last === undefined) return null;
  const missing = trail.length <= path.length;
  const { contents } = source.document;
  // An alias that names nothing resolves to nothing, but it stands somewhere.
  const whole = path.length === 0 && isNode(contents) ? contents : null;
  const node = (at === 'key' || missing ? last.key : null) ?? last.value ?? last.key ?? whole;
  return node?.range ? position(source, node.range[0]) : null;
}

export function position(source: YamlSource, offset: number): { line: number; column: number } {
  const { line, col } = source.lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

interface Step {
  readonly key: Node | null;
  readonly value: Node | null;
}

/** One step for the root and one for each part of the path, as far as the document has them. */
function nodesAlong(source: YamlSource, path: ConfigPath): Step[] {
  const resolved = (node: unknown): Node | null => {
    const target = isAlias(node) ? node.resolve(source.document) : node;
    return isNode(target) ? target : null;
  };
  const trail: Step[] = [{ key: null, value: resolved(source.document.contents) }];
  for (const part of path) {
    const parent = trail.at(-1)?.value;
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (pair === undefined) break;
      trail.push({ key: isNode(pair.key) ? pair.key : null, value: resolved(pair.value) });
    } else if (isSeq(parent) && isNode(parent.items[Number(part)])) {
      trail.push({ key: null, value: resolved(parent.items[Number(part)]) });
    } else break;
  }
  return trail;
}

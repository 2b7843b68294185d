import { stringify } from 'yaml';
import type { Registry } from '../core/registry.ts';
import type { JsonSchema } from './json-schema.ts';
import { type ReferenceRow, referenceRows } from './reference-rows.ts';

const HEAD = [
  '# Pipeline file',
  '',
  'Generated from the code by `npm run generate`. Editors take `pipeline.schema.json` beside it, by the first line of a file:',
  '`# yaml-language-server: $schema=<path>/schemas/pipeline.schema.json`.',
  '',
  'Durations are text with a unit (`500ms`, `10s`, `5m`, `1h`, `7d`) or milliseconds. Paths are relative to the file.',
  '`${NAME}` and `${NAME:-default}` in values come from the environment, `${file:PATH}` is what the file holds; `$${` is a',
  'literal `${`; inside `{ }` and `[ ]` quote them. Passwords, tokens and authorization headers have to come from one of the two.',
  '`--set window.length_steps=64` on the command line overrides a value.',
  '',
].join('\n');

const COMPONENT_KEYS = ['source', 'decode', 'sinks', 'dead_letter'] as const;

/** The reference of the pipeline file in Markdown: every key, every component with its options and examples. */
export function pipelineReference(schema: JsonSchema, registry: Registry): string {
  const properties = schema.properties ?? {};
  const sections = Object.entries(properties).filter(([key]) => !COMPONENT_KEYS.some((other) => other === key));
  const isSection = ([, property]: readonly [string, JsonSchema]) =>
    property.properties !== undefined || property.items?.properties !== undefined;
  const overview = referenceRows(schema).filter(({ key }) => !/[.[]/.test(key));
  const specs = {
    source: registry.sources,
    decode: registry.decoders,
    sinks: registry.sinks,
    dead_letter: registry.deadLetters,
  };
  return [
    HEAD,
    `## The file\n\n${table(overview.map(linked))}`,
    ...COMPONENT_KEYS.map((key) => components(key, properties[key] ?? {}, [...specs[key].keys()])),
    ...sections.filter(isSection).map(([key, property]) => section(key, property)),
  ].join('\n');
}

const linked = (row: ReferenceRow): ReferenceRow => {
  const isSection = row.type.startsWith('mapping') || row.type.startsWith('list of mappings');
  return { ...row, type: isSection ? `[${row.type}](#${row.key})` : row.type };
};

function section(key: string, property: JsonSchema): string {
  const inside = property.items ?? property;
  const list = property.items === undefined ? '' : 'A list; each item:\n\n';
  return `## ${key}\n\n${property.description ?? inside.description ?? ''}\n\n${list}${table(referenceRows(inside))}`;
}

/** A section of the components that can stand at a key, one part each. */
function components(key: (typeof COMPONENT_KEYS)[number], property: JsonSchema, types: readonly string[]): string {
  const variants = (key === 'sinks' ? property.items : property)?.oneOf ?? [];
  const parts = types.flatMap((type) =>
    variants
      .filter((variant) => variant.properties?.type?.const === type)
      .map((variant) => component(key, type, variant)),
  );
  const list = types.map((type) => `[\`${type}\`](#${key}-${type})`).join(', ');
  return [`## ${key}\n\n${property.description ?? ''} Types: ${list}.\n`, ...parts].join('\n');
}

function component(key: string, type: string, variant: JsonSchema): string {
  const rows = referenceRows(variant).filter((row) => row.key !== 'type');
  const examples = (variant.examples ?? []).map((example) => {
    const value = key === 'sinks' ? [example] : example;
    return `\`\`\`yaml\n${stringify({ [key]: value }, { lineWidth: 100 })}\`\`\`\n`;
  });
  const options = rows.length === 0 ? 'No options.\n' : table(rows);
  return [`### ${key}: ${type}\n\n${variant.description ?? ''}\n\n${options}`, ...examples].join('\n');
}

function table(rows: readonly ReferenceRow[]): string {
  const cell = (text: string) =>
    text
      .replaceAll('|', '\\|')
      .replaceAll('<', '&lt;')
      .replaceAll(/\s*\n\s*/g, ' ');
  const lines = rows.map(
    ({ key, type, fallback, description }) =>
      `| \`${key}\` | ${cell(type)} | ${cell(fallback)} | ${cell(description)} |`,
  );
  return ['| Key | Type | Default | Meaning |', '|---|---|---|---|', ...lines, ''].join('\n');
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { pipelineJsonSchema } from '../config/json-schema.ts';
import { pipelineReference } from '../config/reference.ts';
import { DriftcastError, messageOf } from '../core/errors.ts';
import type { Registry } from '../core/registry.ts';
import { kafkaMessageSchema, kafkaTopics } from '../sink/kafka-messages.ts';
import type { CliIo } from './io.ts';

interface SchemaOptions {
  readonly out: string;
  readonly check: boolean;
}

/** `driftcast schema --out DIR [--check]`: JSON Schema and reference of the pipeline file, JSON Schemas of the result topics. */
export function registerSchema(program: Command, io: CliIo, registry: Registry): void {
  program
    .command('schema')
    .description(
      'Write the JSON Schema and the reference of the pipeline file, and the JSON Schemas of the result topics.',
    )
    .option('--out <dir>', 'folder to write to', 'schemas')
    .option('--check', 'write nothing; fail where the files differ from what would be written', false)
    .addHelpText('after', '\nExamples:\n  driftcast schema --out schemas\n  driftcast schema --out schemas --check')
    .action((options: SchemaOptions) => writeSchemas(options, io, registry));
}

/** The generated files by name. The same registry gives the same bytes. */
export function generateSchemas(registry: Registry): ReadonlyMap<string, string> {
  const schema = pipelineJsonSchema(registry);
  return new Map([
    ['pipeline.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
    ['pipeline.md', pipelineReference(schema, registry)],
    ...kafkaTopics.map((topic): [string, string] => [
      `kafka-${topic}.schema.json`,
      `${JSON.stringify(kafkaMessageSchema(topic), null, 2)}\n`,
    ]),
  ]);
}

async function writeSchemas({ out, check }: SchemaOptions, io: CliIo, registry: Registry): Promise<void> {
  const files = [...generateSchemas(registry)].map(([name, text]) => ({ file: path.join(out, name), text }));
  if (check) {
    const stale: string[] = [];
    for (const { file, text } of files) {
      if ((await currentText(file)) !== text) stale.push(file);
    }
    if (stale.length > 0)
      throw new DriftcastError('CONFIG_INVALID', `out of date: ${stale.join(', ')}`, {
        hint: 'Run `npm run generate`.',
      });
    io.stdout.write(`up to date: ${files.map(({ file }) => file).join(', ')}\n`);
    return;
  }
  try {
    await mkdir(out, { recursive: true });
    for (const { file, text } of files) {
      await writeFile(file, text);
      io.stdout.write(`wrote ${file}\n`);
    }
  } catch (thrown) {
    throw new DriftcastError('USAGE', `writing the schemas to ${out}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** null: there is no such file. Line ends as they were generated, whatever a checkout made of them. */
async function currentText(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null;
    throw new DriftcastError('CONFIG_UNREADABLE', `reading ${file}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

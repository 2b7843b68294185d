import type { Command } from 'commander';
import { excerpt } from '../config/excerpt.ts';
import { formatDuration } from '../config/format-duration.ts';
import { checkPipeline, type PipelineCheck } from '../config/load.ts';
import type { PipelineConfig } from '../config/pipeline-schema.ts';
import { type ConfigProblem, formatProblem } from '../config/problem.ts';
import { DriftcastError } from '../core/errors.ts';
import type { Registry } from '../core/registry.ts';
import type { CliIo } from './io.ts';

interface ValidateOptions {
  readonly json?: boolean;
  readonly set: readonly string[];
}

/** `driftcast validate FILE...`: checks pipeline files without touching what they name. Fails with CONFIG_INVALID. */
export function registerValidate(program: Command, io: CliIo, registry: Registry): void {
  program
    .command('validate')
    .description('Check pipeline files: keys, types, options of the components, and what must fit together.')
    .argument('<files...>', 'pipeline files')
    .option('--json', 'print the result as JSON', false)
    .option('--set <path=value>', 'override a value (repeatable), e.g. window.length_steps=64', collect, [])
    .addHelpText(
      'after',
      '\nExamples:\n  driftcast validate pump/pipeline.yaml\n  driftcast validate pipelines/*/pipeline.yaml --json',
    )
    .action((files: string[], options: ValidateOptions) => validate(files, options, io, registry));
}

const collect = (text: string, before: readonly string[]): string[] => [...before, text];

interface Result {
  readonly file: string;
  readonly check: PipelineCheck | DriftcastError;
}

function validate(files: readonly string[], options: ValidateOptions, io: CliIo, registry: Registry): void {
  const results = files.map((file): Result => ({ file, check: checkOne(file, options.set, io, registry) }));
  if (options.json === true) io.stdout.write(`${JSON.stringify({ files: results.map(asJson) }, null, 2)}\n`);
  else for (const result of results) io.stdout.write(asText(result));
  const invalid = results.filter(({ check }) => check instanceof DriftcastError || !check.ok).length;
  if (invalid > 0)
    throw new DriftcastError(
      'CONFIG_INVALID',
      `${invalid} of ${files.length} ${files.length === 1 ? 'file is' : 'files are'} invalid`,
    );
}

/** A file that cannot be read must not keep the others from being checked. */
function checkOne(
  file: string,
  overrides: readonly string[],
  io: CliIo,
  registry: Registry,
): PipelineCheck | DriftcastError {
  try {
    return checkPipeline(file, { registry, env: io.env, overrides });
  } catch (thrown) {
    if (thrown instanceof DriftcastError && thrown.code === 'CONFIG_UNREADABLE') return thrown;
    throw thrown;
  }
}

function asJson({ file, check }: Result) {
  if (check instanceof DriftcastError) return { file, valid: false, problems: [unreadable(check)] };
  return check.ok ? { file, valid: true, problems: [] } : { file, valid: false, problems: check.problems };
}

const unreadable = ({ message }: DriftcastError): ConfigProblem => ({
  path: '',
  line: null,
  column: null,
  expected: 'a readable file',
  got: message,
  nearest: null,
  message,
});

function asText({ file, check }: Result): string {
  if (check instanceof DriftcastError) return `bad ${file}\n    ${check.message}\n`;
  if (check.ok) return `ok  ${file}\n    ${summaryOf(check.pipeline.config)}\n`;
  const problems = check.problems.map((problem) => {
    const lines = excerpt(check.text, problem);
    return [formatProblem(file, problem), ...(lines === null ? [] : lines.split('\n'))]
      .map((line) => `    ${line}\n`)
      .join('');
  });
  return `bad ${file}\n${problems.join('')}`;
}

/** 'pumps: kafka -> json, 3 channels every 10s, window 16m -> influxdb, line-protocol'. */
function summaryOf({ name, source, decode, channels, window, sinks }: PipelineConfig): string {
  const count = channels.length === 1 ? '1 channel' : `${channels.length} channels`;
  const length = formatDuration(window.step_ms * window.length_steps);
  const targets = sinks.map(({ type }) => type).join(', ');
  return `${name}: ${source.type} -> ${decode.type}, ${count} every ${formatDuration(window.step_ms)}, window ${length} -> ${targets}`;
}

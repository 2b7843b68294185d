// What `npm test` prints: a line for each file, failures in full as they come, at the end the tests that failed, why
// others were skipped, and as the last lines node's counts.
import path from 'node:path';
import { inspect } from 'node:util';

const shown = (file) => path.relative(process.cwd(), file);
const indented = (text) => text.trimEnd().replace(/^(?=.)/gm, '    ');

/** A file with failed tests, or a suite, says nothing of its own. */
const isAnEcho = (error) => error?.failureType === 'subtestsFailed';

function failureText(error) {
  const thrown = error?.cause ?? error;
  if (!(thrown instanceof Error)) return inspect(thrown);
  const stack = (thrown.stack ?? thrown.message).replace(/^ +at .*\(node:internal\/.*\n?/gm, '');
  return `${stack}${thrown.cause === undefined ? '' : `\ncaused by ${inspect(thrown.cause)}`}`;
}

function closing(failed, skipped) {
  const reasons = [...skipped].map(([reason, count]) => `skipped: ${reason}${count > 1 ? ` (${count} times)` : ''}\n`);
  return ['\n', ...reasons, ...failed.map((name) => `failed: ${name}\n`), '\n'].join('');
}

// biome-ignore lint/style/noDefaultExport: so node's test runner wants it
export default async function* report(events) {
  const failed = [];
  const skipped = new Map();
  let isOver = false;
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    if (type === 'test:complete' && data.nesting === 0 && data.name === data.file) {
      yield `${data.details.passed ? 'ok    ' : 'FAILED'} ${shown(data.file)} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n`;
    }
    if (type === 'test:pass' && data.skip !== undefined) {
      const reason = `${shown(data.file)}: ${data.skip === true ? data.name : data.skip}`;
      skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
    }
    if (type === 'test:fail' && data.todo === undefined && !isAnEcho(data.details.error)) {
      const name = data.name === data.file ? shown(data.file) : `${shown(data.file)}: ${data.name}`;
      failed.push(name);
      yield `\n  failed: ${name}\n${indented(failureText(data.details.error))}\n\n`;
    }
    if (type === 'test:diagnostic') {
      if (data.file !== undefined) yield `  ${shown(data.file)}: ${data.message}\n`;
      else {
        if (!isOver) yield closing(failed, skipped);
        isOver = true;
        yield `# ${data.message}\n`;
      }
    }
  }
}

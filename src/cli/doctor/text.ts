import type { Check, CheckStatus, DoctorReport } from './check.ts';

const words: Readonly<Record<CheckStatus, string>> = { ok: 'ok', warning: 'warn', failed: 'FAIL', skipped: '-' };
const colours: Readonly<Record<CheckStatus, number>> = { ok: 32, warning: 33, failed: 31, skipped: 90 };

/** The report as a table with a verdict below it. Colours are for terminals. */
export function reportText(report: DoctorReport, coloured: boolean): string {
  const widest = Math.max(...report.checks.map(({ name }) => name.length));
  const paint = (status: CheckStatus) => {
    const word = words[status].padEnd(4);
    return coloured ? `\u001b[${colours[status]}m${word}\u001b[0m` : word;
  };
  const lines = report.checks.flatMap((check) => {
    const remedy = check.remedy === '' ? [] : [`${' '.repeat(widest + 8)}-> ${check.remedy}`];
    return [`${paint(check.status)}  ${check.name.padEnd(widest)}  ${check.detail}`, ...remedy];
  });
  return `${lines.join('\n')}\n\n${verdict(report)}\n`;
}

function verdict({ ok, checks }: DoctorReport): string {
  const failed = checks.filter(({ status }) => status === 'failed').map((check: Check) => check.name);
  return ok ? 'This machine can run driftcast. Try: npm run demo' : `Not yet: ${failed.join(', ')} (see above).`;
}

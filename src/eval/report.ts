import { renderAnomalies, renderIncidents } from './report/anomaly-section.ts';
import { renderForecast, renderImputation } from './report/distribution-section.ts';
import { renderHead } from './report/head.ts';
import { style } from './report/style.ts';
import type { ReportData } from './report-data.ts';
import { escapeText } from './svg/escape.ts';

/**
 * The backtest's report: one HTML file that needs nothing else (no script, no font, no request), follows the reader's light
 * or dark setting, prints, and stays small whatever the length of the run. The same data gives the same bytes.
 */
export function renderReport(data: ReportData): string {
  const sections = [
    renderHead(data),
    renderImputation(data.metrics.imputation, data.imputationExamples),
    renderForecast(data.metrics.forecast, data.forecastExamples),
    renderAnomalies(data),
    renderIncidents(data),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeText(data.title)}</title><style>${style}</style></head>
<body><main>${sections.join('\n')}
<footer>All figures are also in metrics.json.</footer>
</main></body></html>
`;
}

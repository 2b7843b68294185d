import type { DistributionJson, HorizonJson, MetricsJson } from '../metrics-json.ts';
import type { ExampleData } from '../report-data.ts';
import { escapeText } from '../svg/escape.ts';
import { formatNumber, formatTime } from '../svg/format.ts';
import { compareWithBest, verdictClass } from './compare.ts';
import { renderExample } from './example-chart.ts';
import { type HorizonLine, renderHorizonChart } from './horizon-chart.ts';
import { renderLegend } from './legend.ts';
import { type Beside, renderDistributionTable } from './tables.ts';

const examplesMax = 3;
const horizonLinesMax = 6;

const unitNote =
  'Errors and widths are in units of each channel’s training standard deviation, so that no channel dominates by its unit. Best of each column in bold (coverage: closest to 90 %).';

export function renderImputation(scores: MetricsJson['imputation'], examples: readonly ExampleData[]): string {
  if (scores === null)
    return section('Imputation', '<p class="soft">Not evaluated: no cell with a known value was hidden.</p>');
  const hidden = scores.hidden_fraction ?? null;
  const protocol = `Observed cells${hidden === null ? '' : ` (${formatNumber(hidden * 100)} % of them)`} were hidden from the model and the references alike, then compared.`;
  return section(
    'Imputation',
    `<p>${protocol} ${unitNote}</p>${renderDistributionTable(scores)}${judgement(scores)}${renderExamples(examples)}`,
  );
}

export function renderForecast(scores: MetricsJson['forecast'], examples: readonly ExampleData[]): string {
  if (scores === null)
    return section('Forecast', '<p class="soft">Not evaluated: no forecast had its values come in.</p>');
  const protocol = `Up to ${scores.horizon} steps ahead, all steps and channels together.`;
  const parts = [
    `<p>${protocol} ${unitNote}</p>`,
    renderDistributionTable(scores),
    judgement(scores),
    renderByHorizon(scores.by_horizon ?? [], scores.baselines_by_horizon ?? {}),
    renderExamples(examples),
  ];
  return section('Forecast', parts.join(''));
}

function judgement(scores: Beside<DistributionJson>): string {
  const sentences = (['crps', 'mae'] as const).flatMap((key) => {
    const baselines = Object.fromEntries(Object.entries(scores.baselines).map(([name, row]) => [name, row[key]]));
    const comparison = compareWithBest(scores.model[key], baselines, 'smaller');
    if (comparison === null) return [];
    return [
      `${key.toUpperCase()}: the model is <span class="${verdictClass[comparison.verdict]}">${escapeText(comparison.text)}</span>.`,
    ];
  });
  return sentences.length === 0 ? '' : `<p>${sentences.join(' ')}</p>`;
}

function renderByHorizon(
  model: readonly HorizonJson[],
  baselines: Readonly<Record<string, readonly HorizonJson[]>>,
): string {
  if (model.length < 2) return '';
  const lines: HorizonLine[] = [
    { name: 'model', className: 'c0 thick', steps: model },
    ...Object.entries(baselines).map(([name, steps], i) => ({ name, className: `c${i + 1}`, steps })),
  ].slice(0, horizonLinesMax);
  const legend = renderLegend([
    ...lines.map(({ name, className }) => ({ mark: 'line' as const, className, text: name })),
    { mark: 'line', className: 'target', text: 'asked: 90 %' },
  ]);
  return [
    `<h3>By steps ahead</h3>${legend}<div class="grid2">`,
    `<figure><figcaption><b>CRPS</b></figcaption>${renderHorizonChart(lines, 'crps', null)}</figure>`,
    `<figure><figcaption><b>Coverage of the 90 % interval</b></figcaption>${renderHorizonChart(lines, 'coverage90', 0.9)}</figure></div>`,
  ].join('');
}

function renderExamples(examples: readonly ExampleData[]): string {
  if (examples.length === 0) return '';
  const legend = renderLegend([
    { mark: 'line', className: 'observed', text: 'observed' },
    { mark: 'point', className: 'truth', text: 'true, unseen by the model' },
    { mark: 'line', className: 'median', text: 'median' },
    { mark: 'area', className: 'band50', text: 'central 50 %' },
    { mark: 'area', className: 'band90', text: 'central 90 %' },
  ]);
  const figures = examples.slice(0, examplesMax).map((example) => {
    const caption = `<b>${escapeText(example.channel)}</b> <span class="soft">${escapeText(example.series)}, from ${formatTime(example.startMs)}</span>`;
    return `<figure><figcaption>${caption}</figcaption>${renderExample(example)}</figure>`;
  });
  return `<h3>Examples</h3>${legend}<div class="grid3">${figures.join('')}</div>`;
}

const section = (title: string, body: string): string => `<section><h2>${title}</h2>${body}</section>`;

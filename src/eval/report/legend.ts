import { escapeText } from '../svg/escape.ts';

export interface LegendEntry {
  /** Line, filled patch or point. */
  readonly mark: 'line' | 'area' | 'point';
  /** Class of the style sheet. */
  readonly className: string;
  readonly text: string;
}

/** What the colours of the figures below mean. */
export function renderLegend(entries: readonly LegendEntry[]): string {
  const swatch = ({ mark, className }: LegendEntry) => {
    if (mark === 'area') return `<rect class="${className}" width="22" height="12"/>`;
    if (mark === 'point') return `<circle class="${className}" cx="11" cy="6" r="3.2"/>`;
    return `<path class="line ${className}" d="M1 6h20"/>`;
  };
  const items = entries.map(
    (entry) =>
      `<span><svg viewBox="0 0 22 12" aria-hidden="true">${swatch(entry)}</svg>${escapeText(entry.text)}</span>`,
  );
  return `<div class="legend">${items.join('')}</div>`;
}

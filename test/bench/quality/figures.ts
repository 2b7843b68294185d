import type { DistributionReport } from '../../../src/eval/distribution-metrics.ts';

/** How good a method was on a row's cells. */
export interface Figures {
  readonly crps: number;
  readonly mae: number;
  readonly rmse: number;
  readonly nd: number;
  readonly coverage90: number;
  readonly width90: number;
  readonly coverage50: number;
  readonly width50: number;
}

/** `normalised`: CRPS as CSDI and GluonTS publish it, over the sum of |target|; `mean`: mean over cells. */
export type CrpsForm = 'normalised' | 'mean';

/** `normalised` pools the channels in their own units, as the papers do; everything else is a mean over cells in units of scales. */
export function figuresOf(report: DistributionReport, form: CrpsForm): Figures {
  const { mae, rmse, coverage90, width90, coverage50, width50 } = report;
  const pooled = (name: 'crps' | 'mae') => {
    const seen = report.byChannel.filter(({ count }) => count > 0);
    const loss = seen.reduce((sum, channel) => sum + channel[name] * channel.count, 0);
    return loss / seen.reduce((sum, { magnitude }) => sum + magnitude, 0);
  };
  const crps = form === 'normalised' ? pooled('crps') : report.crps;
  return { crps, mae, rmse, nd: pooled('mae'), coverage90, width90, coverage50, width50 };
}

/** Mean over seeds, and with more than one the standard deviation of a seed. */
export function overSeeds(all: readonly Readonly<Record<string, number>>[]): {
  mean: Record<string, number>;
  spread: Record<string, number>;
} {
  const names = Object.keys(all[0] ?? {});
  const mean = Object.fromEntries(
    names.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0) / all.length]),
  );
  const variance = (name: string) =>
    all.reduce((sum, one) => sum + (one[name] - mean[name]) ** 2, 0) / (all.length - 1);
  const spread = all.length < 2 ? {} : Object.fromEntries(names.map((name) => [name, Math.sqrt(variance(name))]));
  return { mean, spread };
}

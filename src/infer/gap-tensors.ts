import { z } from 'zod';
import type { GapModel } from '../diffusion/base/smooth-gaps.ts';
import type { NamedTensor } from '../diffusion/safetensors.ts';

/** The part of a manifest that tells of the smoother; left out where gaps are filled by lines. */
export const gapsSchema = z.object({
  kind: z.enum(['kalman', 'factor_kalman']),
  rank: z.number().int().min(1).max(400),
  season: z.object({ period_ms: z.number().positive(), bins: z.number().int().min(1).max(1024) }),
});
export type GapsManifest = z.output<typeof gapsSchema>;

export const gapsManifest = ({ kind, rank, season }: GapModel): GapsManifest => ({
  kind,
  rank,
  season: { period_ms: season.periodMs, bins: season.bins },
});

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Every array of a smoother by name, besides the season's means. */
const shapesOf = (channels: number, { kind, rank }: Pick<GapsManifest, 'kind' | 'rank'>): Shapes =>
  kind === 'kalman'
    ? {
        transition: [channels, channels + rank],
        components: [channels, rank],
        stateNoise: [channels, channels],
        observationNoise: [channels],
        initialCovariance: [channels + rank, channels + rank],
      }
    : {
        loadings: [channels, rank],
        transition: [rank, rank],
        noisePrecision: [rank, rank],
        initialPrecision: [rank, rank],
        persistence: [channels],
        ownVariance: [channels],
      };

/** Numbers of a smoother by name, as the weights file holds them. */
export function gapTensors(gaps: GapModel | null): [string, NamedTensor][] {
  if (gaps === null) return [];
  const arrays = gaps as unknown as Readonly<Record<string, Float32Array>>;
  return [
    ['basis.gaps.season', { shape: [gaps.season.bins, gaps.channels], values: gaps.season.values }],
    ...Object.entries(shapesOf(gaps.channels, gaps)).map(([part, shape]): [string, NamedTensor] => [
      `basis.gaps.${part}`,
      { shape, values: arrays[part] as Float32Array },
    ]),
  ];
}

/** @param take the tensor of that name and shape, or an error */
export function gapModelFrom(
  manifest: GapsManifest | undefined,
  channels: number,
  stepMs: number,
  take: (name: string, shape: readonly number[]) => Float32Array,
): GapModel | null {
  if (manifest === undefined) return null;
  const { kind, rank, season } = manifest;
  const arrays = Object.fromEntries(
    Object.entries(shapesOf(channels, manifest)).map(([part, shape]) => [part, take(`basis.gaps.${part}`, shape)]),
  );
  return {
    kind,
    channels,
    rank,
    stepMs,
    season: {
      periodMs: season.period_ms,
      bins: season.bins,
      values: take('basis.gaps.season', [season.bins, channels]),
    },
    ...arrays,
  } as unknown as GapModel;
}

import type { PipelineConfig } from '../config/pipeline-schema.ts';
import type { WindowOptions } from '../window/options.ts';

const dayMs = 86_400_000;
const rowsMin = 24;

/** How drift is watched; null: it is not. */
export function driftOptionsOf({
  drift,
  window,
}: Pick<PipelineConfig, 'drift' | 'window'>): NonNullable<WindowOptions['drift']> | null {
  const { action, block_ms: asked, reference_blocks: referenceBlocks } = drift;
  if (action === 'off') return null;
  const blockMs = asked > 0 ? asked : Math.max(dayMs, rowsMin * window.step_ms);
  return { action, blockMs, referenceBlocks };
}

import type { PipelineCheck } from './pipeline.ts';

/** The check of a part, which says what to do where it fails. */
export const advised = (
  name: string,
  part: { health(): { readonly ok: boolean; readonly detail: string } },
  advice: string,
): PipelineCheck => ({
  name,
  check() {
    const { ok, detail } = part.health();
    return ok ? { ok, detail } : { ok, detail: `${detail}: ${advice}` };
  },
});

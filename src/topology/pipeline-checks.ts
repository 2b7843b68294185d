/** One thing that must be well. `liveness`: where it is not, only a restart helps. */
export interface PipelineCheck {
  readonly name: string;
  readonly liveness?: boolean;
  check(): { readonly ok: boolean; readonly degraded?: boolean; readonly detail: string };
}

interface Progress {
  readonly inFlight: number;
  /** Since something was delivered, or came to be delivered when there was nothing. */
  readonly stillMs: number;
  readonly stallMs: number;
  /** What the oldest work is with. */
  readonly waitsFor: string;
}

/** Whether work goes on: a part that hangs without an error is noticed by nobody else. */
export function progressCheck({ inFlight, stillMs, stallMs, waitsFor }: Progress): ReturnType<PipelineCheck['check']> {
  const detail = `${inFlight} results in flight`;
  if (inFlight === 0 || stillMs <= stallMs) return { ok: true, detail };
  const seconds = Math.round(stillMs / 1000);
  return {
    ok: false,
    detail: `${detail}, none delivered for ${seconds} s (limits.stall_ms_max), waiting for ${waitsFor}: restart; what is not committed is replayed`,
  };
}

/** Whether snapshots are written. @param failure why the last one was not, or null */
export const stateCheck = (failure: string | null): ReturnType<PipelineCheck['check']> =>
  failure === null
    ? { ok: true, detail: 'snapshots are written' }
    : {
        ok: false,
        detail: `${failure}: free space there, or set state.path to another place; results go on, offsets are not committed`,
      };

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

/** Time of one run, averaged over the runs of a sample. CPU time counts all threads of this process, in user and kernel. */
export interface Timing {
  readonly cpuMs: number;
  readonly wallMs: number;
}

const runsMax = 100_000;

/** Repeats `run` until the sample holds at least `cpuMsMin` of CPU time: shorter ones drown in the clock's own noise. */
export async function sampleTime(run: () => void | Promise<void>, cpuMsMin: number): Promise<Timing> {
  const startMs = performance.now();
  const start = process.cpuUsage();
  for (let runs = 1; ; runs++) {
    await run();
    const { user, system } = process.cpuUsage(start);
    const cpuMs = (user + system) / 1000;
    if (cpuMs >= cpuMsMin || runs === runsMax) {
      return { cpuMs: cpuMs / runs, wallMs: (performance.now() - startMs) / runs };
    }
  }
}

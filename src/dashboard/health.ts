/** One thing that must be well, and why it is not. Details carry no secret. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** It works, but worse than it should. */
  readonly degraded?: boolean;
  readonly detail: string;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly HealthCheck[];
}

export interface HealthSource {
  /** Whether the process works at all; a restart is the cure where it does not. */
  liveness(): HealthReport;
  /** Whether it can do its job now: source, sinks and workers. */
  readiness(): HealthReport;
}

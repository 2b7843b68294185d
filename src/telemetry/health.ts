import { messageOf } from '../core/errors.ts';
import { redactText } from './redact.ts';

export interface CheckResult {
  readonly ok: boolean;
  /** It works, but worse than it should: shown, and no reason to take it out of service. */
  readonly degraded?: boolean;
  readonly detail: string;
}

export interface HealthCheck {
  readonly name: string;
  check(): CheckResult;
}

export interface HealthSummary {
  readonly ok: boolean;
  readonly checks: readonly (CheckResult & { readonly name: string })[];
}

export interface Health {
  /**
   * Adds a check; one of the same name takes its place. `liveness`: a failure means that only a restart helps (a dead loop,
   * not a broker that is down). Every check counts for readiness. Returns its removal.
   */
  add(check: HealthCheck, options?: { readonly liveness?: boolean }): () => void;
  /** For /healthz: whether the process should go on living. */
  liveness(): HealthSummary;
  /** For /readyz: whether it does its work right now; a check that is only degraded leaves it ready. Not ready while there are no checks: nothing has started. */
  readiness(): HealthSummary;
}

const checksMax = 100;

/** Collects named checks and sums them up. */
export function createHealth(): Health {
  const checks = new Map<string, { readonly check: HealthCheck; readonly liveness: boolean }>();
  const run = (chosen: readonly HealthCheck[]) => chosen.map((check) => ({ name: check.name, ...runCheck(check) }));
  return {
    add(check, { liveness = false } = {}) {
      if (checks.size >= checksMax && !checks.has(check.name))
        throw new RangeError(`more than ${checksMax} health checks`);
      const entry = { check, liveness };
      checks.set(check.name, entry);
      return () => {
        if (checks.get(check.name) === entry) checks.delete(check.name);
      };
    },
    liveness() {
      const results = run([...checks.values()].filter(({ liveness }) => liveness).map(({ check }) => check));
      return { ok: results.every(({ ok }) => ok), checks: results };
    },
    readiness() {
      const results = run([...checks.values()].map(({ check }) => check));
      return { ok: results.length > 0 && results.every(({ ok }) => ok), checks: results };
    },
  };
}

function runCheck(check: HealthCheck): CheckResult {
  try {
    const { ok, degraded = false, detail } = check.check();
    return { ok, ...(degraded ? { degraded } : {}), detail: redactText(detail) };
  } catch (error) {
    return { ok: false, detail: redactText(`the check failed: ${messageOf(error)}`) };
  }
}

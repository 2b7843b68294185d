import type { AlertTracker } from '../alert/alert-tracker.ts';
import type { Clock } from '../core/clock.ts';
import type { Decoder, Sink, Source } from '../core/component.ts';
import type { DeadLetterSink } from '../core/dead-letter.ts';
import type { Reading } from '../core/reading.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Forecaster } from '../forecast/forecaster.ts';
import type { InferOptions } from '../infer/infer.ts';
import type { Scorer } from '../score/scorer.ts';
import type { WindowAssembler } from '../window/assembler.ts';
import type { StateStore } from './state-store.ts';

/** The parts that the topology wires. Which concrete ones they are, it does not know. */
export interface PipelineParts {
  readonly source: Source;
  readonly decoder: Decoder;
  readonly sinks: readonly Sink[];
  readonly deadLetters: DeadLetterSink;
  readonly assembler: WindowAssembler;
  readonly scorer: Scorer;
  readonly tracker: AlertTracker;
  /** The online layer of the forecast; null: what the model forecasts is served as it is. */
  readonly forecaster: Forecaster | null;
  readonly infer: Omit<InferOptions, 'telemetry' | 'clock'>;
  readonly stateFile: StateStore | null;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly limits: {
    readonly inFlightWindowsMax: number;
    readonly seriesMax: number;
    readonly idleMs: number;
    readonly checkpointMs: number;
    readonly shutdownMs: number;
    readonly stallMs: number;
  };
  /** Between decoder and window room: what a backtest hides, or knows ahead. */
  readonly alter?: (reading: Reading) => readonly Reading[];
}

import type { DeadLetterSpec, DecoderSpec, SinkSpec, SourceSpec } from './component.ts';

/** The concrete components of this build, by kind and type. components.ts fills it; topology and config only look up. */
export interface Registry {
  readonly sources: ReadonlyMap<string, SourceSpec>;
  readonly decoders: ReadonlyMap<string, DecoderSpec>;
  readonly sinks: ReadonlyMap<string, SinkSpec>;
  readonly deadLetters: ReadonlyMap<string, DeadLetterSpec>;
}

export function createRegistry(parts: {
  readonly sources: readonly SourceSpec[];
  readonly decoders: readonly DecoderSpec[];
  readonly sinks: readonly SinkSpec[];
  readonly deadLetters: readonly DeadLetterSpec[];
}): Registry {
  const byType = <S extends { readonly type: string }>(specs: readonly S[]) =>
    new Map(specs.map((spec) => [spec.type, spec]));
  return {
    sources: byType(parts.sources),
    decoders: byType(parts.decoders),
    sinks: byType(parts.sinks),
    deadLetters: byType(parts.deadLetters),
  };
}

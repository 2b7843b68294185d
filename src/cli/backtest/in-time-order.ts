import type { ComponentContext, Source, SourceSpec } from '../../core/component.ts';
import type { SourceRecord } from '../../core/record.ts';
import type { Registry } from '../../core/registry.ts';
import { createFeedSource, type FeedItem } from '../../source/feed-source.ts';

/** The same components, but files are replayed in the order of their time stamps, whatever the order of their lines. */
export function inTimeOrder(registry: Registry): Registry {
  const sources = new Map(registry.sources);
  const replay = sources.get('replay');
  if (replay !== undefined) sources.set('replay', sorting(replay));
  return { ...registry, sources };
}

const sorting = (spec: SourceSpec): SourceSpec => ({
  ...spec,
  build: (options, context: ComponentContext) => sorted(spec.build(options, context), context),
});

/** All of a source at once, sorted: for files, which end. A record without a time stays behind the one before it. */
function sorted(source: Source, { clock }: ComponentContext): Source {
  let passed = 0;
  let total = 0;
  async function* items(): AsyncGenerator<FeedItem> {
    const rows: { readonly timeMs: number; readonly record: SourceRecord }[] = [];
    await source.run(
      (event) => {
        if (event.kind !== 'record') return;
        const timeMs = event.record.timestampMs ?? rows.at(-1)?.timeMs ?? Number.NEGATIVE_INFINITY;
        rows.push({ timeMs, record: event.record });
      },
      { free: true, whenFree: () => Promise.resolve() },
    );
    total = rows.length;
    rows.sort((a, b) => a.timeMs - b.timeMs || 0); // -Infinity less itself is no number
    for (const { record } of rows) {
      passed++;
      yield record;
    }
  }
  const feed = createFeedSource({
    topic: 'replay',
    clock,
    speed: 0,
    open: items,
    progress: () => (total === 0 ? 0 : passed / total),
  });
  return { ...feed, close: () => Promise.all([feed.close(), source.close()]).then(() => undefined) };
}

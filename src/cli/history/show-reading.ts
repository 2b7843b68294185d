import cliProgress from 'cli-progress';
import type { CliIo } from '../io.ts';
import type { HistoryFeed } from './feed.ts';

const barEveryMs = 250;
const lineEveryMs = 10_000;

/** Says how far the reading of a feed has come: a bar on a terminal, a line now and then elsewhere. Gives what ends it. */
export function showReading({ what, source }: HistoryFeed, readings: () => number, io: CliIo): () => void {
  const percent = () => {
    const share = source.progress();
    return share === null ? null : Math.floor(100 * share);
  };
  if (!io.isTerminal) {
    return io.clock.every(lineEveryMs, () => {
      const done = percent();
      io.stderr.write(`reading ${what}: ${done === null ? '' : `${done} %, `}${readings()} readings\n`);
    });
  }
  const bar = new cliProgress.SingleBar(
    {
      format: `reading ${what} {bar} {percentage} % | {readings} readings`,
      stream: io.stderr as NodeJS.WriteStream,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(100, 0, { readings: 0 });
  const stop = io.clock.every(barEveryMs, () => bar.update(percent() ?? 0, { readings: readings() }));
  return () => {
    stop();
    bar.stop();
  };
}

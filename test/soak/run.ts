import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { slope } from './slope.ts';
import { runSoak, type SoakResult, type SoakSample } from './soak.ts';

const usage = `npm run soak -- [--minutes N] [--series N] [--factor N] [--broker HOST:PORT] [--out FILE]

A producer outruns the workers of a real processor through a real Kafka. Memory must not grow, what is in flight must stay within its
limit, and Kafka must hold the rest.

  --minutes N         how long (default 10)
  --series N          devices (default 20)
  --factor N          how many times as fast as the workers the producer is (default 10)
  --broker HOST:PORT  default: DRIFTCAST_TEST_KAFKA; deploy/native/kafka.sh up starts one and prints its address
  --out FILE          default: test/bench/results/soak.json`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    series: { type: 'string', default: '20' },
    factor: { type: 'string', default: '10' },
    broker: { type: 'string', default: process.env.DRIFTCAST_TEST_KAFKA ?? '' },
    out: { type: 'string', default: fileURLToPath(new URL('../bench/results/soak.json', import.meta.url)) },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [minutes, series, factor] = [values.minutes, values.series, values.factor].map(Number) as [
  number,
  number,
  number,
];
if (values.help || values.broker === '' || !(minutes > 0 && series >= 1 && factor > 0)) {
  process.stderr.write(`${usage}\n`);
  process.exit(values.help ? 0 : 2);
}

const cells = (...texts: (string | number)[]) => `${texts.map((text) => String(text).padStart(11)).join('')}\n`;
process.stdout.write(cells('second', 'sent', 'lag', 'in flight', 'queued', 'delivered', 'main MiB', 'worker MiB'));
const show = ({ second, sent, lagMessages, windowsInFlight, queueWindows, windowsDelivered, memoryMb }: SoakSample) =>
  process.stdout.write(
    cells(
      second.toFixed(0),
      sent,
      lagMessages,
      windowsInFlight,
      queueWindows,
      windowsDelivered,
      memoryMb.processor.toFixed(0),
      memoryMb.workers.toFixed(0),
    ),
  );

const startedAt = new Date().toISOString();
const result = await runSoak({ broker: values.broker, minutes, series, factor, onSample: show });
const summary = summarise(result);
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
const machine = {
  cpu: cpus()[0]?.model ?? '',
  cores: availableParallelism(),
  node: process.version,
  load1: loadavg()[0],
};
const command = `npm run soak -- --minutes ${minutes} --series ${series} --factor ${factor}`;
writeFileSync(
  values.out,
  `${JSON.stringify({ schema_version: 1, started_at: startedAt, command, machine, ...summary, samples: result.samples.map(row) }, null, 2)}\n`,
);

/** Slopes are of the last two thirds: what comes before is warm-up. */
function summarise({ samples, ...rates }: SoakResult) {
  const settled = samples.slice(Math.ceil(samples.length / 3));
  const perMinute = (of: (sample: SoakSample) => number) =>
    round(60 * slope(settled.map((sample) => [sample.second, of(sample)])));
  const most = (of: (sample: SoakSample) => number) => round(Math.max(...samples.map(of)));
  return {
    messages_per_s: {
      capacity: round(rates.capacityPerSecond),
      produced: round(rates.producedPerSecond),
      consumed: round(rates.consumedPerSecond),
    },
    processor_mib: {
      most: most((s) => s.memoryMb.processor),
      slope_per_minute: perMinute((s) => s.memoryMb.processor),
    },
    workers_mib: { most: most((s) => s.memoryMb.workers), slope_per_minute: perMinute((s) => s.memoryMb.workers) },
    lag_messages: { most: most((s) => s.lagMessages), slope_per_minute: perMinute((s) => s.lagMessages) },
    windows_in_flight: { most: most((s) => s.windowsInFlight), limit: rates.inFlightWindowsMax },
    buffers: samples.at(-1)?.buffers ?? {},
    exit_code: rates.exitCode,
  };
}

function row(sample: SoakSample) {
  return {
    s: round(sample.second),
    sent: sample.sent,
    lag: sample.lagMessages,
    in_flight: sample.windowsInFlight,
    queued: sample.queueWindows,
    delivered: sample.windowsDelivered,
    processor_mib: round(sample.memoryMb.processor),
    workers_mib: round(sample.memoryMb.workers),
  };
}

function round(x: number): number {
  return Math.round(x * 10) / 10;
}

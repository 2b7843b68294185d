import { readFileSync } from 'node:fs';
import { z } from 'zod';

const byChannels = z.record(z.string().regex(/^\d+$/), z.number().positive());

/** What `npm run bench` measured and `doctor --size` reckons with; what is empty or null was not measured. */
const schema = z.strictObject({
  measured_at: z.string(),
  machine: z.string(),
  command: z.string(),
  /** Of the window that everything by channels was measured with, and how often it forecast. */
  length_steps: z.number(),
  stride_steps: z.number(),
  forecast_every_steps: z.number(),
  /** From the broker to a place in a window: of each message, and of each of its values. */
  decode_us_a_message: z.number(),
  decode_us_a_value: z.number(),
  /** In a worker, batches of 32: smoother and network. */
  worker_ms_a_window: byChannels,
  /** In the process that reads, but for bytes in: windows (which decode_us holds as well: reckoned on the safe side), scores, forecasts, alerts, points. */
  main_thread_ms_a_window: byChannels,
  bytes_a_series: byChannels,
  /** What a process that reads holds without any series. */
  process_mb: z.number().nullable(),
  /** The most that it holds, while snapshots are read or written, over what it holds between them. */
  peak_over_resident: z.number().nullable(),
  worker_resident_mb: z.number().nullable(),
});

export type SizeConstants = z.infer<typeof schema>;

/** Written by a full `npm run bench`. */
export const readSizeConstants = (): SizeConstants =>
  schema.parse(JSON.parse(readFileSync(new URL('./size-constants.json', import.meta.url), 'utf8')));

// First file of a probe's process: loads one engine's native library and reports to the parent. It may crash: that is its job.
import { register } from 'tsx/esm/api';

register();
const { probeEngine } = await import('./choose.ts');
const [, , engine, provider] = process.argv;
let probe;
try {
  probe = await probeEngine({ engine, provider });
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  probe = { usable: false, device: 'cpu', detail: text.split('\n')[0], remedy: 'npm ci' };
}
process.send(probe, () => process.exit(0));

// First file of a probe's process: loads one engine's native library and reports to the parent. It may crash: that is its job.
import { register } from 'tsx/esm/api';

register();
const { probeEngine } = await import('../../infer/engines/choose.ts');
let probe;
try {
  probe = await probeEngine(process.argv[2]);
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  probe = { usable: false, detail: text.split('\n')[0], remedy: 'npm ci' };
}
process.send(probe, () => process.exit(0));

// First file of a worker thread or process: registers the TypeScript loader there too.
import { register } from 'tsx/esm/api';

// What TensorFlow reads when it loads: take GPU memory as it is needed, print errors only.
process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

register();
await import('./worker.ts');

// First file of a worker thread or process: registers the TypeScript loader there too.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');

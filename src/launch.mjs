#!/usr/bin/env node
// Starts the TypeScript sources as they are: no build step to remember, nothing compiled that could be stale.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');

// A worker thread without the preload: code of the SDK may be changed there, and must not mind that nobody listens.
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('./bare.mjs', import.meta.url), { execArgv: [] });
worker.on('error', (error) => {
  throw error;
});

// Runs the program named as argument in a worker thread.
import { Worker } from 'node:worker_threads';

new Worker(new URL(process.argv[2], import.meta.url));

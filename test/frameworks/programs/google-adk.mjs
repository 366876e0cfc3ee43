import * as adk from '@google/adk';
import { run } from './lib/google-adk.cjs';

await run(adk);

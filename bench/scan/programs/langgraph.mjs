/** An agent of ES modules without MCP: LangChain, LangGraph and the client of a model. */
import { writeSync } from 'node:fs';
import '@langchain/langgraph';
import '@langchain/openai';
import 'langchain';
import 'openai';

const { user, system } = process.cpuUsage();
const ready = performance.now();
writeSync(1, `${JSON.stringify({ ready, cpu: (user + system) / 1000 })}\n`);
process.exit(0);

export { McpInstrumentation, instrument, withMcpContext } from './index.js';
export type {
  CallRecord,
  Identity,
  McpCall,
  McpInstrumentationConfig,
  Outcome,
  Session,
  Target,
} from './index.js';

export { createMcpRecorder } from './testing.js';
export type { CallFilter, CallRecord, McpRecorder, SessionRecord } from './testing.js';

import type { ToolMetadata } from 'xmcp';

export const schema = {};

export const metadata: ToolMetadata = { name: 'fail', description: 'Never works' };

export default function fail(): string {
  throw new Error('it failed');
}

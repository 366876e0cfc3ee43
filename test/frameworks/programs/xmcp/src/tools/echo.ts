import { z } from 'zod';
import type { InferSchema, ToolMetadata } from 'xmcp';

export const schema = { text: z.string().describe('What to say') };

export const metadata: ToolMetadata = { name: 'echo', description: 'Says it again' };

export default function echo({ text }: InferSchema<typeof schema>) {
  return text;
}

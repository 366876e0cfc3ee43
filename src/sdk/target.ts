import type { Target } from '../core/call';
import type { WireMessage } from './shapes';
import { text } from './shapes';

type Params = WireMessage['params'];

/** What a message concerns, by the method's own parameter names. */
export function targetOf(method: string, params: Params): Target | undefined {
  if (params === undefined || params === null) return undefined;
  switch (method) {
    case 'tools/call':
      return named('tool', params['name']);
    case 'prompts/get':
      return named('prompt', params['name']);
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
    case 'notifications/resources/updated':
      return named('resource', params['uri']);
    default:
      return undefined;
  }
}

function named(type: Target['type'], name: unknown): Target | undefined {
  const known = text(name);
  return known === undefined ? undefined : { type, name: known };
}

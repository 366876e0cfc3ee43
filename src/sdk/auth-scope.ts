/** Which operation of a transport is running. Its requests are made after an `await`, and many of them at once. */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { AuthOperation } from './auth-operation';
import type { WatchedTransport } from './auth-witness';

interface Scope {
  readonly transport: WatchedTransport;
  readonly operation: AuthOperation;
}

export const authScope = new AsyncLocalStorage<Scope>();

/** The authentications that each `auth/*` scenario of the suite leads to, in order, each counted once. */
import type { Major } from './suite';

type Outcomes = readonly string[];

/** The user consents, or a machine gets its token, and all is well: the scenarios differ in how the server is found out about. */
const GRANTED: Outcomes = ['oauth_authorize success'];
/** The client refuses to go on: no endpoint was asked in vain. */
const GIVEN_UP: Outcomes = ['oauth_authorize _OTHER'];
/** Granted, and granted again with the scope that was missing. */
const STEPPED_UP: Outcomes = ['oauth_authorize success', 'oauth_authorize success'];

export const AUTHENTICATIONS: Readonly<Record<string, Readonly<Record<Major, Outcomes>>>> = {
  // v2 takes no metadata whose issuer is another one.
  'auth/2025-03-26-oauth-metadata-backcompat': { v1: GRANTED, v2: GIVEN_UP },
  'auth/2025-03-26-oauth-endpoint-fallback': { v1: GRANTED, v2: GRANTED },
  'auth/basic-cimd': { v1: GRANTED, v2: GRANTED },
  'auth/client-credentials-basic': { v1: GRANTED, v2: GRANTED },
  'auth/client-credentials-jwt': { v1: GRANTED, v2: GRANTED },
  // The exchange at the identity provider comes before it and is the agent's own business.
  'auth/cross-app-access-complete-flow': { v1: GRANTED, v2: GRANTED },
  'auth/metadata-default': { v1: GRANTED, v2: GRANTED },
  'auth/metadata-var1': { v1: GRANTED, v2: GRANTED },
  'auth/metadata-var2': { v1: GRANTED, v2: GRANTED },
  'auth/metadata-var3': { v1: GRANTED, v2: GRANTED },
  'auth/offline-access-not-supported': { v1: GRANTED, v2: GRANTED },
  'auth/offline-access-scope': { v1: GRANTED, v2: GRANTED },
  'auth/pre-registration': { v1: GRANTED, v2: GRANTED },
  'auth/resource-mismatch': { v1: GIVEN_UP, v2: GIVEN_UP },
  'auth/scope-from-scopes-supported': { v1: GRANTED, v2: GRANTED },
  'auth/scope-from-www-authenticate': { v1: GRANTED, v2: GRANTED },
  'auth/scope-omitted-when-undefined': { v1: GRANTED, v2: GRANTED },
  // Whatever is granted is not enough. 1.x gives up then; with v2 it is our program that does, and leaves its user unanswered.
  'auth/scope-retry-limit': { v1: [...STEPPED_UP, 'http_403 403'], v2: STEPPED_UP },
  'auth/scope-step-up': { v1: STEPPED_UP, v2: STEPPED_UP },
  'auth/token-endpoint-auth-basic': { v1: GRANTED, v2: GRANTED },
  'auth/token-endpoint-auth-none': { v1: GRANTED, v2: GRANTED },
  'auth/token-endpoint-auth-post': { v1: GRANTED, v2: GRANTED },
};

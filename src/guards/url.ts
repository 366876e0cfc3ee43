/** Keeps the URLs among a call's arguments where they may lead. Names are not resolved: what DNS would say is not known. */
import ipaddr from 'ipaddr.js';

import { anyGlobMatches } from '../core/glob';
import type { Policy } from '../policy/schema';
import { ArgumentNames } from './argument-values';
import type { Finding, GuardInput, PureGuard } from './guard';
import { ALLOWED } from './guard';
import { argumentsOf } from './input-size';

type UrlsSection = NonNullable<Policy['urls']>;

/** Names that stand for this machine or for its network. */
const LOCAL_NAME = /^(?:.+\.)?(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa)$/i;

/** Schemes that lead over a network; a resource may have any other one as its server's own. */
const NETWORK = new Set(['http:', 'https:', 'ws:', 'wss:', 'ftp:']);

export function createUrlGuard(urls: UrlsSection): PureGuard {
  const names = new ArgumentNames(urls.args);
  const schemes = new Set(urls.schemes.map((scheme) => `${scheme.replace(/:$/, '').toLowerCase()}:`));
  return {
    name: 'url',
    mode: urls.mode,
    check(input): Finding | undefined {
      const found = urlsOf(input, names);
      if (found.length === 0) return undefined;
      for (const url of found) {
        const reason = reasonAgainst(url, schemes, urls);
        if (reason !== undefined) return { verdict: 'deny', reason };
      }
      return ALLOWED;
    },
  };
}

function urlsOf({ call }: GuardInput, names: ArgumentNames): URL[] {
  const found: URL[] = [];
  for (const text of names.stringsIn(argumentsOf(call))) {
    if (!URL.canParse(text)) continue;
    const url = new URL(text);
    const isResourcesOwn = call.target?.type === 'resource' && !NETWORK.has(url.protocol);
    if (!isResourcesOwn) found.push(url);
  }
  return found;
}

function reasonAgainst(url: URL, schemes: ReadonlySet<string>, urls: UrlsSection): string | undefined {
  if (!schemes.has(url.protocol)) return 'scheme_denied';
  const host = url.hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
  if (urls.deny_private && isPrivate(host)) return 'private_address';
  if (urls.allow !== undefined && !anyGlobMatches(urls.allow, host)) return 'host_not_in_allowlist';
  return undefined;
}

/** The URL parser has brought every spelling of an IPv4 address (decimal, octal, hexadecimal, short) into one form. */
function isPrivate(host: string): boolean {
  if (host === '' || LOCAL_NAME.test(host)) return true;
  // `process` also turns an IPv4 address in IPv6 clothes into itself.
  return ipaddr.isValid(host) && ipaddr.process(host).range() !== 'unicast';
}

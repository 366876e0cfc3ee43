/** Keeps the URLs among a call's arguments where they may lead. Names are not resolved: what DNS would say is not known. */
import { domainToASCII } from 'node:url';

import { anyGlobMatches } from '../core/glob';
import { parseUrl } from '../core/parse-url';
import type { Policy } from '../policy/schema';
import { ArgumentNames } from './argument-names';
import { argumentValues } from './argument-values';
import type { Finding, PureGuard } from './guard';
import { ALLOWED } from './guard';
import { isPrivateHost } from './private-hosts';

type UrlsSection = NonNullable<Policy['urls']>;

/** Schemes that lead over a network; a resource may have any other one as its server's own. */
const NETWORK = /^\s*(?:https?|wss?|ftp):/i;
const ANY_SCHEME = /^\s*[a-z][a-z0-9+.-]*:/i;

/**
 * What programs read in different ways before the first slash behind the host: `https://a\@b` is `a` to some and `b` to
 * others, and so it is with white space and with two `@`.
 */
const AMBIGUOUS = /^[^:/\\?#]*:[\\/]*[^/?#]*(?:[\\\s\p{Cc}]|@[^/?#]*@)/u;

/** No scheme, and yet a host in front: `//host/`, `169.254.169.254/latest`, `localhost/x`. */
const BARE_HOST = /^\s*(?:[\\/]{2,}[^\\/?#]|\[|localhost(?:[/?#]|$)|[^\\/?#\s]*[.:][^\\/?#\s]*)/i;

export function createUrlGuard(urls: UrlsSection): PureGuard {
  const names = new ArgumentNames(urls.args);
  const schemes = new Set(urls.schemes.map((scheme) => `${scheme.toLowerCase()}:`));
  const allow = urls.allow?.map(asciiGlob);
  const reasonAgainst = (text: string): string | undefined => {
    const url = urlOf(text);
    if (url === undefined) return ANY_SCHEME.test(text) ? 'unreadable_url' : undefined;
    const isBare = !ANY_SCHEME.test(text);
    if (!isBare && !schemes.has(url.protocol)) return 'scheme_denied';
    if (!isBare && AMBIGUOUS.test(text.trim())) return 'ambiguous_url';
    const host = hostOf(url);
    if (urls.deny_private && isPrivateHost(host)) return 'private_address';
    return allow === undefined || anyGlobMatches(allow, host) ? undefined : 'host_not_in_allowlist';
  };
  return {
    name: 'url',
    mode: urls.mode,
    check(input): Finding | undefined {
      const { excess, fields } = argumentValues(input);
      if (excess !== undefined) return { verdict: 'deny', reason: excess };
      let found = names.among(fields);
      if (input.call.target?.type === 'resource') found = found.filter((text) => NETWORK.test(text));
      if (found.length === 0) return undefined;
      for (const text of found) {
        const reason = reasonAgainst(text);
        if (reason !== undefined) return { verdict: 'deny', reason };
      }
      return ALLOWED;
    },
  };
}

/** As the URL standard reads it; what has a host alone, as a program would that puts a scheme before it. */
function urlOf(text: string): URL | undefined {
  if (ANY_SCHEME.test(text)) return parseUrl(text);
  return BARE_HOST.test(text) ? parseUrl(`https://${text.replace(/^[\s\\/]+/, '')}`) : undefined;
}

/**
 * The host in one form: the URL parser brings every spelling of an IPv4 address (decimal, octal, hexadecimal, short, other
 * digits) into one, but leaves the hosts of schemes that it does not know and those with two dots at their end.
 */
function hostOf({ hostname, protocol }: URL): string {
  if (NETWORK.test(protocol) && !hostname.endsWith('.')) return hostname;
  const host = hostname.replace(/\.+$/, '');
  return parseUrl(`http://${host}`)?.hostname ?? host.toLowerCase();
}

/** Globs may be written in any script; hosts are compared in ASCII. */
function asciiGlob(glob: string): string {
  const labels = glob.toLowerCase().split('.');
  return labels.map((label) => (/[^\0-\x7f]/.test(label) ? domainToASCII(label) || label : label)).join('.');
}

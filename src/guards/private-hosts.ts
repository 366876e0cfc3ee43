/** Hosts that are on this machine, in its network, or in no network at all. */
import ipaddr from 'ipaddr.js';

/**
 * Names that stand for this machine or are of no public domain: RFC 6761, RFC 6762, RFC 8375, and those that ICANN keeps
 * from delegating for their private use. A name without a dot is looked up in the machine's own domain first.
 */
const LOCAL_NAME =
  /^(?:[^.]+|.+\.(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|svc))$/i;

/** IPv4 addresses inside IPv6 ones that `ipaddr.js` calls unicast: compatible (RFC 4291), local NAT64 (RFC 8215). */
const FURTHER_RANGES = [
  ipaddr.IPv6.parseCIDR('::/96'),
  ipaddr.IPv6.parseCIDR('64:ff9b:1::/48'),
  ipaddr.IPv6.parseCIDR('fec0::/10'),
];

/** @param host - as the URL standard writes it */
export function isPrivateHost(host: string): boolean {
  const isV6 = host.startsWith('[');
  if (!isV6 && !/^[\d.]+$/.test(host)) return LOCAL_NAME.test(host) || host === '';
  // `process` turns an IPv4 address in IPv6 clothes into itself.
  const parsed = ipaddr.process(isV6 ? host.slice(1, -1) : host);
  if (parsed.range() !== 'unicast') return true;
  return parsed instanceof ipaddr.IPv6 && FURTHER_RANGES.some((range) => parsed.match(range));
}

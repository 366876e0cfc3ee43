/** Where URLs may lead: hosts are judged as the URL standard reads them, and no name is looked up. */
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { createUrlGuard } from '../../src/guards/url';
import type { PolicyInput } from '../../src/policy/schema';
import { policy, toolCall } from './support/input';

function guardOf(urls: NonNullable<PolicyInput['urls']>) {
  const section = policy({ urls }).urls;
  assert.ok(section);
  const guard = createUrlGuard(section);
  return (url: unknown, name = 'url') => guard.check(toolCall({ args: { [name]: url } }))?.reason;
}

const open = guardOf({ schemes: ['https', 'http', 'ssh'] });

/** https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast: what is not globally reachable. */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** https://www.iana.org/assignments/iana-ipv6-special-registry, and what carries an IPv4 address. */
const SPECIAL_V6 = [
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  '2001::/32',
];

function blockList(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', length] = range.split('/');
    list.addSubnet(address, Number(length), family);
  }
  return list;
}

// Apart, for a list of both holds every IPv4 address to be one of `::ffff:0:0/96`.
const specialV4 = blockList(SPECIAL_V4, 'ipv4');
const specialV6 = blockList(SPECIAL_V6, 'ipv6');

const byte = fc.nat(255);
const v4 = fc.oneof(
  fc.tuple(byte, byte, byte, byte),
  fc.tuple(fc.constantFrom(10, 127, 169, 172, 192, 198, 100, 0, 203, 224), byte, byte, byte),
  fc.constantFrom<[number, number, number, number]>([169, 254, 169, 254], [192, 168, 0, 1], [8, 8, 8, 8]),
);

/** Spellings of one IPv4 address that URL parsers take. */
function spellings([a, b, c, d]: readonly [number, number, number, number]): string[] {
  const whole = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const dotted = `${a}.${b}.${c}.${d}`;
  const octal = (part: number): string => `0${part.toString(8)}`;
  const wide = dotted.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
  return [
    dotted,
    `${dotted}.`,
    `${whole}`,
    `0x${whole.toString(16)}`,
    `0${whole.toString(8)}`,
    [a, b, c, d].map(octal).join('.'),
    `0x${a.toString(16)}.${b}.${(c << 8) | d}`,
    `${a}.${(b << 16) | (c << 8) | d}`,
    wide,
    dotted.replaceAll('.', '。'),
    encodeURIComponent(dotted).replaceAll(/\d/g, (digit) => `%3${digit}`),
  ];
}

const hex = (high: number, low: number): string => ((high << 8) | low).toString(16);

describe('addresses', () => {
  it('of IPv4 are denied exactly where they are special, however they are written', () => {
    fc.assert(
      fc.property(v4, (address) => {
        const isSpecial = specialV4.check(address.join('.'));
        for (const host of spellings(address)) {
          const reason = open(`https://${host}:8443/x`);
          // Ranges of which the registry says that they are reachable, and that nobody reaches.
          if (!isSpecial && /^192\.(?:0\.0|31\.196|52\.193|88\.99|175\.48)\./.test(address.join('.')))
            continue;
          assert.equal(reason, isSpecial ? 'private_address' : 'allowed', host);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('of IPv4 inside IPv6 are denied where the inner one is special', () => {
    fc.assert(
      fc.property(v4, ([a, b, c, d]) => {
        if (!specialV4.check(`${a}.${b}.${c}.${d}`)) return;
        const [high, low] = [hex(a, b), hex(c, d)];
        for (const host of [
          `::ffff:${a}.${b}.${c}.${d}`,
          `::ffff:${high}:${low}`,
          `0:0:0:0:0:FFFF:${high}:${low}`,
          `::${high}:${low}`,
          `64:ff9b::${high}:${low}`,
          `64:ff9b:1::${high}:${low}`,
          `2002:${high}:${low}::1`,
          `::ffff:0:${high}:${low}`,
        ])
          assert.equal(open(`https://[${host}]/`), 'private_address', host);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of IPv6 are denied where they are special, and those of the open net are not', () => {
    const group = fc.nat(0xffff).map((part) => part.toString(16));
    const groups = fc.array(group, { minLength: 8, maxLength: 8 });
    const front = fc.constantFrom(
      'fc00',
      'fd12',
      'fe80',
      'febf',
      'fec0',
      'ff02',
      '2001:db8',
      '2002',
      '100:0:0:0',
    );
    fc.assert(
      fc.property(groups, fc.option(front), (parts, start) => {
        const head = start === null ? [] : start.split(':');
        const host = [...head, ...parts.slice(head.length)].join(':');
        if (specialV6.check(host, 'ipv6')) assert.equal(open(`https://[${host}]/`), 'private_address', host);
      }),
      { numRuns: 5_000 },
    );
    for (const host of ['2606:4700:4700::1111', '2a00:1450:4001:830::200e', '2620:fe::fe']) {
      assert.equal(open(`https://[${host}]/`), 'allowed', host);
    }
    for (const host of ['::', '::1', '0:0:0:0:0:0:0:1'])
      assert.equal(open(`https://[${host}]/`), 'private_address', host);
  });
});

describe('names', () => {
  it('of this machine and of private networks are denied', () => {
    for (const host of [
      'localhost',
      'LOCALHOST',
      'localhost.',
      'localhost..',
      'a.localhost',
      'db',
      'redis',
      'printer.local',
      'x.internal',
      'metadata.google.internal',
      'nas.home.arpa',
      'router.lan',
      'api.default.svc',
      'a.svc.cluster.local',
      'ｌｏｃａｌｈｏｓｔ',
      'ip6-localhost',
      '%6c%6f%63%61%6c%68%6f%73%74',
      '127.0.0.1..',
    ])
      assert.equal(open(`https://${host}/x`), 'private_address', host);
  });

  it('that only look like them are not', () => {
    for (const host of [
      'localhost.example.org',
      'local.example.org',
      'internal.com',
      '10.example.org',
      'lan.de',
      'bücher.example',
    ]) {
      assert.equal(open(`https://${host}/x`), 'allowed', host);
    }
  });
});

describe('what is read in two ways', () => {
  it('user information does not hide the host', () => {
    assert.equal(open('https://example.org@169.254.169.254/'), 'private_address');
    assert.equal(open('https://example.org:443@[::1]/'), 'private_address');
    assert.equal(open('https://user:word@example.org/'), 'allowed');
  });

  it('backslashes, white space and two `@` before the path are denied, behind it they are text', () => {
    for (const url of [
      'https://example.org\\@169.254.169.254/',
      'https://169.254.169.254\\@example.org/',
      'https:\\\\example.org/',
      'https://a@b@example.org/',
      'https://example.org\t/',
      'https://exa\nmple.org/',
      'https://[::ffff:8.8.8.8\t]/',
    ])
      assert.notEqual(open(url), 'allowed', url);
    assert.equal(open('https://example.org/a\\b@c@d?x=\\'), 'allowed');
    assert.equal(open(' https://example.org/ '), 'allowed');
  });

  it('what no parser takes is denied where it has a scheme', () => {
    for (const url of ['http://[::1', 'http://256.256.256.256/', 'http://fe80::1%25eth0/', 'https://']) {
      assert.equal(open(url), 'unreadable_url', url);
    }
  });

  it('without a scheme a host is judged, and a path on the same server is none', () => {
    for (const url of [
      '169.254.169.254/latest',
      '//169.254.169.254/',
      '\\\\169.254.169.254\\x',
      '[::1]:80/',
      'localhost',
      '127.1:80',
    ]) {
      assert.equal(open(url), 'private_address', url);
    }
    for (const url of ['/api/items', 'items/7', '?page=2', '', 'example.org/x'])
      assert.equal(open(url), 'allowed', url);
    assert.equal(open('localhost:8080'), 'scheme_denied');
  });

  it('hosts of schemes that parsers do not know are brought into the same form', () => {
    for (const host of ['2130706433', '0x7f.1', 'LOCALHOST', '127.0.0.1.'])
      assert.equal(open(`ssh://${host}/`), 'private_address', host);
  });
});

describe('schemes and hosts of a policy', () => {
  const reason = guardOf({ schemes: ['https'], allow: ['*.example.org', 'Bücher.example'] });

  it('are the only ones', () => {
    assert.equal(reason('https://api.example.org/'), 'allowed');
    assert.equal(reason('HTTPS://API.EXAMPLE.ORG./'), 'allowed');
    assert.equal(reason('https://xn--bcher-kva.example/'), 'allowed');
    assert.equal(reason('https://BÜCHER.example/'), 'allowed');
    for (const url of [
      'http://api.example.org/',
      'file:///etc/passwd',
      'data:,x',
      'javascript:x',
      'gopher://x/',
      'wss://a.example.org',
    ]) {
      assert.equal(reason(url), 'scheme_denied', url);
    }
    for (const url of [
      'https://example.org/',
      'https://evil-example.org/',
      'https://api.example.org.evil.com/',
      'https://аpi.exаmple.org/',
      'https://evil.com/.example.org',
      'https://evil.com?.example.org',
      'https://evil.com#.example.org',
      'evil.com/x',
      '//evil.com/',
    ])
      assert.equal(reason(url), 'host_not_in_allowlist', url);
  });

  it('hold in lists and at any depth, and for resources that lead over a network', () => {
    assert.equal(reason(['https://api.example.org/', 'https://evil.com/']), 'host_not_in_allowlist');
    assert.equal(reason({ deep: [{ url: 'https://evil.com/' }] }, 'x'), 'host_not_in_allowlist');
    assert.equal(reason(new URL('https://evil.com/')), 'host_not_in_allowlist');
    const section = policy({ urls: {} }).urls;
    assert.ok(section);
    const read = (uri: string) => {
      const { call, ...rest } = toolCall();
      const target = { type: 'resource', name: uri } as const;
      return createUrlGuard(section).check({ ...rest, call: { ...call, target, params: { uri } } })?.reason;
    };
    assert.equal(read('https://127.0.0.1/'), 'private_address');
    assert.equal(read('demo://resource/1'), undefined);
    assert.equal(read('file:///srv/data/x'), undefined);
  });
});

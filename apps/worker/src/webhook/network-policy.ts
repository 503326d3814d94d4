import { BlockList, isIP } from 'node:net';

/** What the registries of special-purpose addresses (IANA, RFC 6890) keep from the public internet. */
const closedNetworks: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** Prefixes behind which an IPv4 address hides: mapped, compatible, and NAT64 (RFC 6052). */
const embeddingPrefixes = ['0:0:0:0:0:ffff', '0:0:0:0:0:0', '64:ff9b:0:0:0:0'];

/** Which addresses a webhook may go to: the public ones, and the networks that the operator has opened. */
export class NetworkPolicy {
  private readonly closed = listOf(closedNetworks);
  private readonly opened: BlockList;

  /** `opened`: networks as `10.1.0.0/16`. @throws RangeError for anything else. */
  constructor(opened: readonly string[]) {
    this.opened = listOf(opened);
  }

  /** `address`: an IPv4 or IPv6 address as text; anything else is refused. */
  allows(address: string): boolean {
    const family = isIP(address);
    if (family === 0) return false;
    const embedded = family === 6 ? embeddedAddress(address) : undefined;
    if (embedded !== undefined) return this.allows(embedded);
    const name = family === 4 ? 'ipv4' : 'ipv6';
    return this.opened.check(address, name) || !this.closed.check(address, name);
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    const family = isIP(address);
    if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
      throw new RangeError('a network is written as 10.1.0.0/16 or fd00::/8');
    }
    list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** `::ffff:10.0.0.1` → `10.0.0.1`; undefined where none is inside. */
function embeddedAddress(address: string): string | undefined {
  const groups = groupsOf(address);
  if (!embeddingPrefixes.includes(groups.slice(0, 6).join(':'))) return undefined;
  const [high, low] = groups.slice(6).map((group) => Number.parseInt(group, 16)) as [number, number];
  // `::` and `::1` are addresses of their own.
  if (groups.slice(0, 6).every((group) => group === '0') && high === 0) return undefined;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const plain = address.split('%', 1)[0]!.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...octets: string[]) => {
    const [a, b, c, d] = octets.map(Number) as [number, number, number, number];
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const behind = tail ? tail.split(':') : [];
  const missing = tail === undefined ? 0 : 8 - before.length - behind.length;
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...behind];
  return groups.map((group) => Number.parseInt(group, 16).toString(16));
}

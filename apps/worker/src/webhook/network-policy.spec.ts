import { describe, expect, it } from '@jest/globals';
import { NetworkPolicy } from './network-policy.js';

describe('a webhook may go', () => {
  const policy = new NetworkPolicy([]);

  it.each([
    '8.8.8.8',
    '93.184.216.34',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('to the public address %s', (address) => expect(policy.allows(address)).toBe(true));

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '127.0.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fd12:3456::1',
    'ff02::1',
    '2002:7f00:1::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:a00:1',
    '::10.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::7f00:1',
    'localhost',
    '',
  ])('never to %j', (address) => expect(policy.allows(address)).toBe(false));

  it('to networks that the operator has opened, and to no others', () => {
    const opened = new NetworkPolicy(['10.1.0.0/16', 'fd00::/8']);
    expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1'].map((address) => opened.allows(address))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['10.2.0.1', '127.0.0.1', 'fe80::1'].map((address) => opened.allows(address))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'x/8', '10.0.0.0/-1'])('nowhere by the network %j, which is none', (network) => {
    expect(() => new NetworkPolicy([network])).toThrow(RangeError);
  });
});

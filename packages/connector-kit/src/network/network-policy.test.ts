import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NetworkPolicy } from './network-policy.ts'

const policy = new NetworkPolicy({})

/** Spellings of 169.254.169.254 and of other addresses that give away what belongs to the machine. */
const refused = [
  '169.254.169.254',
  '169.254.0.1',
  '169.254.170.2',
  '2852039166',
  '0xa9fea9fe',
  '0xA9.0xFE.0xA9.0xFE',
  '0251.0376.0251.0376',
  '0251.254.0xa9.254',
  '169.254.43518',
  '169.16689662',
  '169.254.169.254.',
  '１６９.２５４.１６９.２５４',
  '[::ffff:169.254.169.254]',
  '::ffff:169.254.169.254',
  '::FFFF:A9FE:A9FE',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '::169.254.169.254',
  '::ffff:0:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::a9fe:a9fe',
  '2002:a9fe:a9fe::',
  '2001:0:a9fe:a9fe::1',
  '2001:0:1:2:3:4:5601:5601',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  'FD00:0EC2:0000::0254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
  'fd00:42::42',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '0.0.0.0',
  '0',
  '0x0',
  '::',
  '224.0.0.1',
  'ff02::1',
  '255.255.255.255',
  'metadata.google.internal',
  'METADATA.Google.Internal.',
  'metadata',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
] as const

const reached = ['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '::1', 'fd12:3456::1', '8.8.8.8', '2001:db8::1']

describe('what a connector may reach', () => {
  for (const host of refused)
    test(`PROMISE-METADATA-ADDRESSES: ${host} is refused`, () => {
      assert.match(policy.refusalOfHost(host) ?? 'allowed', /link-local or serves metadata/)
    })

  test('PROMISE-PRIVATE-NETWORKS: private networks and this machine are reached, unless the operator denies them', () => {
    for (const host of [...reached, 'localhost', 'db.example.com']) assert.equal(policy.refusalOfHost(host), null, host)
    const strict = new NetworkPolicy({ LEAT_NETWORK_DENY: 'private' })
    for (const host of [
      '127.0.0.1',
      '127.1',
      '0x7f000001',
      '::1',
      '::ffff:7f00:1',
      'localhost',
      'LOCALHOST.',
      'a.localhost',
    ])
      assert.match(strict.refusalOfHost(host) ?? 'allowed', /LEAT_NETWORK_DENY/, host)
    for (const host of [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.0.9',
      '100.64.0.1',
      'fd12:3456::1',
      'fe80::1',
      '2002:0a00:0001::',
    ])
      assert.notEqual(strict.refusalOfHost(host), null, host)
    for (const host of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:db8::1', 'db.example.com'])
      assert.equal(strict.refusalOfHost(host), null, host)
  })
})

test('the operator allows and denies addresses, ranges, names and sockets; what is allowed wins', () => {
  const own = new NetworkPolicy({
    LEAT_NETWORK_ALLOW: '169.254.170.2, 10.1.0.0/16, metadata.google.internal, *.lake.internal, /run/db.sock',
    LEAT_NETWORK_DENY: '10.0.0.0/8, *.internal, 203.0.113.7',
  })
  const reason = (host: string) => own.refusalOfHost(host)
  for (const host of ['169.254.170.2', '10.1.2.3', 'metadata.google.internal', 'a.lake.internal'])
    assert.equal(reason(host), null, host)
  for (const host of [
    '169.254.169.254',
    '10.2.0.1',
    'lake.internal',
    'x.internal',
    '203.0.113.7',
    '::ffff:203.0.113.7',
  ])
    assert.notEqual(reason(host), null, host)
  assert.deepEqual([own.trustsName('a.lake.internal'), own.trustsName('x.internal')], [true, false])
  assert.equal(own.refusalOfPath('/run/db.sock'), null)
  assert.match(own.refusalOfPath('/var/run/docker.sock') ?? '', /socket of this machine/)
})

test('a setting that cannot be understood stops the start, with the entry', () => {
  for (const entry of ['10.0.0.0/33', '300.1.1.1/8', 'a b', 'http://x', '10.0.0.0/8/8'])
    assert.throws(() => new NetworkPolicy({ LEAT_NETWORK_DENY: entry }), {
      code: 'settings.invalid',
      field: 'LEAT_NETWORK_DENY',
      message: new RegExp(`"${entry.replaceAll('/', '\\/')}"`),
    })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fault } from './faults.ts'
import { networkFault } from './network-faults.ts'

function coded(code: string): Error {
  return Object.assign(new Error('x'), { code })
}

test('codes of Node, undici and OpenSSL are told apart', () => {
  const cases: readonly [string, string][] = [
    ['ENOTFOUND', 'network.dns transient'],
    ['EAI_AGAIN', 'network.dns transient'],
    ['ECONNREFUSED', 'network.refused transient'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'network.tls config'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'network.tls config'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'network.tls config'],
    ['CERT_HAS_EXPIRED', 'network.tls config'],
    ['UND_ERR_CONNECT_TIMEOUT', 'network.timeout transient'],
    ['UND_ERR_HEADERS_TIMEOUT', 'network.timeout transient'],
    ['ETIMEDOUT', 'network.timeout transient'],
    ['ECONNRESET', 'network.reset transient'],
    ['UND_ERR_SOCKET', 'network.reset transient'],
    ['EPIPE', 'network.reset transient'],
    ['EHOSTUNREACH', 'network.unreachable transient'],
  ]
  for (const [code, expected] of cases) {
    const fault = networkFault(new Error('fetch failed', { cause: coded(code) }), 'host:1')
    assert.equal(`${fault?.code} ${fault?.kind}`, expected, code)
    assert.match(fault?.message ?? '', /^Cannot reach host:1: /)
  }
})

test('words of drivers without codes are told apart', () => {
  const cases: readonly [string, string][] = [
    [
      'error sending request: client error (Connect): dns error: failed to lookup address information: Name or service not known',
      'network.dns',
    ],
    ['client error (Connect): tcp connect error: Connection refused (os error 111)', 'network.refused'],
    ['client error (Connect): invalid peer certificate: UnknownIssuer', 'network.tls'],
    ['received corrupt message of type InvalidContentType', 'network.tls'],
    ['operation timed out', 'network.timeout'],
    ['Connection reset by peer (os error 104)', 'network.reset'],
  ]
  for (const [text, expected] of cases) assert.equal(networkFault(new Error(text), 'h')?.code, expected, text)
})

test('every address of a host counts: IPv4 and IPv6 fail together', () => {
  const both = new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])
  assert.equal(networkFault(both, 'h')?.code, 'network.refused')
})

test('other errors are no network failures, and a fault among the causes wins', () => {
  assert.equal(networkFault(new TypeError('x is not a function'), 'h'), null)
  assert.equal(networkFault('text', 'h'), null)
  const fault = new Fault({ kind: 'config', code: 'a.b', message: 'm' })
  assert.equal(networkFault(new Error('connect ECONNREFUSED', { cause: fault }), 'h'), fault)
})

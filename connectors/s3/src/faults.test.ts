import assert from 'node:assert/strict'
import { test } from 'node:test'
import { opendalFault, reachFault, refusalFault } from './faults.ts'

const doing = { endpoint: 'https://s3.example.com', region: 'us-east-1', bucket: 'raw', key: 'orders/a.json' }

const refusals: readonly [status: number, code: string, expected: string][] = [
  [404, 'NoSuchBucket', 'not_found s3.bucket_missing'],
  [404, 'NoSuchKey', 'not_found s3.object_missing'],
  [404, '', 'not_found s3.object_missing'],
  [403, 'AccessDenied', 'auth s3.access_denied'],
  [403, '', 'auth s3.access_denied'],
  [403, 'InvalidAccessKeyId', 'auth s3.access_key_unknown'],
  [404, 'XAdminUserNotFound', 'auth s3.access_key_unknown'],
  [403, 'SignatureDoesNotMatch', 'auth s3.secret_key_wrong'],
  [400, 'ExpiredToken', 'auth s3.token_expired'],
  [403, 'RequestTimeTooSkewed', 'config s3.clock_skew'],
  [301, 'PermanentRedirect', 'config s3.wrong_region'],
  [301, '', 'config s3.wrong_region'],
  [400, 'AuthorizationHeaderMalformed', 'config s3.wrong_region'],
  [400, 'KMS.DisabledException', 'auth s3.kms_denied'],
  [403, 'InvalidObjectState', 'data s3.object_archived'],
  [503, 'SlowDown', 'rate_limited s3.slow_down'],
  [429, '', 'rate_limited s3.slow_down'],
  [500, 'InternalError', 'transient s3.unavailable'],
  [503, '', 'transient s3.unavailable'],
  [412, 'PreconditionFailed', 'data s3.precondition_failed'],
  [507, 'XMinioStorageFull', 'transient s3.storage_full'],
  [418, 'Teapot', 'bug s3.unexpected'],
]

for (const [status, code, expected] of refusals)
  test(`${status} ${code || '(no body)'} is ${expected}`, () => {
    const fault = refusalFault(doing, { status, code })
    assert.equal(`${fault.kind} ${fault.code}`, expected)
  })

test('a listing that is answered by 404 without an error of S3 is no S3', () => {
  const { key: _, ...listing } = doing
  const fault = refusalFault(listing, { status: 404, code: '' })
  assert.equal(`${fault.kind} ${fault.code} ${fault.field}`, 'config s3.not_s3 endpoint')
})

test('a wrong region names both regions and the field', () => {
  const fault = refusalFault(doing, { status: 301, code: 'PermanentRedirect', region: 'eu-west-1' })
  assert.match(fault.message, /"us-east-1".*"eu-west-1"/)
  assert.equal(fault.field, 'region')
})

test('errors of opendal are read by status and code', () => {
  const text = (status: number, code: string): Error =>
    new Error(
      `PermissionDenied (permanent) at read, context: { uri: https://x, response: Parts { status: ${status}, headers: {} }, service: s3 } => S3Error { code: "${code}", message: "m", resource: "" }`,
    )
  assert.equal(opendalFault(doing, text(403, 'SignatureDoesNotMatch'))?.code, 's3.secret_key_wrong')
  assert.equal(opendalFault(doing, text(503, 'SlowDown'))?.kind, 'rate_limited')
  assert.equal(opendalFault(doing, text(412, 'PreconditionFailed'))?.code, 's3.precondition_failed')
  assert.equal(
    opendalFault(
      doing,
      new Error(
        'Unexpected (temporary) at read, context: { called: http_util::Client::send } => send http request, source: error sending request for url (http://x)',
      ),
    ),
    undefined,
  )
  assert.equal(opendalFault(doing, new Error('Unsupported at write'))?.kind, 'bug')
})

test('failures below HTTP are told apart', () => {
  const error = (code: string): Error => Object.assign(new Error(code), { code })
  const codes = {
    ENOTFOUND: 's3.dns',
    EAI_AGAIN: 's3.dns',
    ECONNREFUSED: 's3.connection_refused',
    CERT_HAS_EXPIRED: 's3.tls',
    ERR_TLS_CERT_ALTNAME_INVALID: 's3.tls',
    UND_ERR_CONNECT_TIMEOUT: 's3.timeout',
    UND_ERR_SOCKET: 's3.connection_lost',
    HPE_INVALID_CONSTANT: 's3.not_s3',
  }
  for (const [code, expected] of Object.entries(codes))
    assert.equal(reachFault(doing, error(code))?.code, expected, code)
  assert.equal(
    reachFault(doing, new AggregateError([error('ECONNREFUSED'), error('ECONNREFUSED')]))?.code,
    's3.connection_refused',
  )
  assert.equal(reachFault(doing, new TypeError('x')), undefined)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normaliseConfig, type JsonObject } from '@leat/connector-kit'
import { minIoS3 } from './min-io-s3.connector.ts'
import { s3 } from './s3.connector.ts'
import { s3Settings } from './s3-settings.ts'

const key = { access_key: 'AKIA', secret_key: 'secret' }

function issuesOf(connector: typeof s3, config: JsonObject): readonly string[] {
  assert.ok(connector.credentials)
  return normaliseConfig(connector.credentials, connector.aliases?.credentials, config).issues.map(
    (issue) => issue.field,
  )
}

test("the guide's credential is an access key on Amazon", () => {
  const { value, issues } = normaliseConfig(s3.credentials!, s3.aliases?.credentials, {
    access_key_id: 'AKIA',
    secret_access_key: 'x',
    region: 'eu-central-1',
  })
  assert.deepEqual(issues, [])
  const settings = s3Settings(value)
  assert.equal(settings.endpoint, 'https://s3.eu-central-1.amazonaws.com')
  assert.equal(settings.pathStyle, false)
  assert.deepEqual(settings.login, { kind: 'key', key: { accessKeyId: 'AKIA', secretAccessKey: 'x' } })
})

for (const [access, secret] of [
  ['access_key', 'secret_key'],
  ['access_key_id', 'secret_key'],
  ['access_key_id', 'secret_access_key'],
  ['aws_access_key_id', 'aws_secret_access_key'],
] as const)
  test(`${access} and ${secret} are the same login`, () => {
    const given = { [access]: 'AKIA', [secret]: 'x', endpoint_url: 'http://h:9' }
    for (const connector of [s3, minIoS3]) {
      const { value, issues, warnings } = normaliseConfig(connector.credentials!, connector.aliases?.credentials, given)
      assert.deepEqual([issues, warnings], [[], []])
      const { login, endpoint } = s3Settings(value)
      assert.deepEqual(login, { kind: 'key', key: { accessKeyId: 'AKIA', secretAccessKey: 'x' } })
      assert.equal(endpoint, 'http://h:9')
    }
  })

test('path-style is the default where an endpoint is given, and can be switched off', () => {
  assert.equal(s3Settings({ ...key, endpoint: 'http://127.0.0.1:9000/' }).pathStyle, true)
  assert.equal(s3Settings({ ...key, endpoint: 'http://127.0.0.1:9000/' }).endpoint, 'http://127.0.0.1:9000')
  assert.equal(s3Settings({ ...key, endpoint: 'https://s3.eu-west-1.amazonaws.com' }).pathStyle, false)
  assert.equal(s3Settings({ ...key, endpoint: 'https://r2.example.com', path_style: false }).pathStyle, false)
})

test('the kind of login follows from what is given, unless it is named', () => {
  assert.equal(s3Settings({}).login.kind, 'instance')
  assert.equal(s3Settings({ arn: 'arn:aws:iam::1:role/r' }).login.kind, 'role')
  assert.deepEqual(s3Settings({ ...key, s3_auth_type: 'ARN', arn: 'arn:aws:iam::1:role/r', external_id: 'e' }).login, {
    kind: 'role',
    arn: 'arn:aws:iam::1:role/r',
    externalId: 'e',
    key: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  })
  assert.equal(s3Settings({ ...key, s3_auth_type: 'Instance Role' }).login.kind, 'instance')
})

test('an incomplete login is refused with the key that is missing', () => {
  assert.deepEqual(issuesOf(s3, { access_key_id: 'AKIA' }), ['secret_key'])
  assert.deepEqual(issuesOf(s3, { secret_key: 'x' }), ['access_key'])
  assert.deepEqual(issuesOf(s3, { s3_auth_type: 'Access Key' }), ['access_key'])
  assert.deepEqual(issuesOf(s3, { s3_auth_type: 'ARN' }), ['arn'])
  assert.deepEqual(issuesOf(s3, { s3_auth_type: 'Instance Role' }), [])
  assert.deepEqual(issuesOf(minIoS3, { nx_external_host: 'http://m:9000' }), ['access_key'])
})

for (const field of ['has_client_encryption', 'file_encryption_enabled'])
  test(`${field} is refused when it is on, and harmless when it is off`, () => {
    for (const connector of [s3, minIoS3]) {
      const host = connector === minIoS3 ? { nx_external_host: 'http://m:9000' } : {}
      assert.deepEqual(issuesOf(connector, { ...key, ...host, [field]: true }), [field])
      assert.deepEqual(issuesOf(connector, { ...key, ...host, [field]: 'true' }), [field])
      assert.deepEqual(issuesOf(connector, { ...key, ...host, [field]: false }), [])
    }
    assert.throws(() => s3Settings({ ...key, [field]: true }), { kind: 'config', code: 's3.unsupported', field })
  })

test('MinIO keys come from the JSON text or from flat keys', () => {
  const host = { nx_external_host: 'http://m:9000' }
  const login = { kind: 'key', key: { accessKeyId: 'a', secretAccessKey: 's' } }
  assert.deepEqual(
    s3Settings({ ...host, 'nx_external.auth.props': '{"access_key_id":"a","secret_key":"s"}' }).login,
    login,
  )
  assert.deepEqual(s3Settings({ ...host, access_key: 'a', secret_key: 's' }).login, login)
  assert.deepEqual(issuesOf(minIoS3, { ...host, ...key, 'nx_external.auth.props': 'no json' }), [
    'nx_external.auth.props',
  ])
})

test('server-side encryption is by S3 keys, or by a KMS key when one is named', () => {
  assert.deepEqual(s3Settings({ ...key }).encryption, { kind: 'none' })
  assert.deepEqual(s3Settings({ ...key, 'sse.enabled': true, 'sse.kms_key.arn': '' }).encryption, { kind: 'AES256' })
  assert.deepEqual(s3Settings({ ...key, 'sse.enabled': true, 'sse.kms_key.arn': 'arn:k' }).encryption, {
    kind: 'aws:kms',
    keyArn: 'arn:k',
  })
})

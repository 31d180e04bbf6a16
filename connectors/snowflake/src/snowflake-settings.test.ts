import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { normaliseConfig, requireConfig, type Fault, type JsonObject } from '@leat/connector-kit'
import { snowflakeCredentialAliases, snowflakeCredentials } from './snowflake-credentials.ts'
import { snowflakeSettings } from './snowflake-settings.ts'

const normalised = (given: JsonObject): JsonObject =>
  requireConfig(snowflakeCredentials, snowflakeCredentialAliases, given)
const issues = (given: JsonObject) => normaliseConfig(snowflakeCredentials, snowflakeCredentialAliases, given).issues

const guide = {
  account: 'my_account',
  user: 'INGEST_SERVICE',
  password: '***',
  warehouse: 'LOAD_WH',
  database: 'RAW',
  schema: 'STAGING',
  role: 'SYSADMIN',
}
const rest = {
  host: 'my_account.snowflakecomputing.com',
  port: 443,
  'snowflake.auth.type': 'basic',
  username: 'INGEST_SERVICE',
  password: '***',
  warehouse_name: 'LOAD_WH',
  database_name: 'RAW',
  schema_name: 'STAGING',
  'database.field.role': 'SYSADMIN',
}

test('the guide and the REST API spell the same login', () => {
  const settings = snowflakeSettings(normalised(guide))
  assert.deepEqual(settings, snowflakeSettings(normalised(rest)))
  assert.equal(settings.accessUrl, 'https://my_account.snowflakecomputing.com')
  assert.equal(settings.account, 'my_account')
  assert.deepEqual(settings.login, { kind: 'basic', password: '***' })
})

test('addresses: regions, other ports, private links', () => {
  const address = (more: JsonObject): string => snowflakeSettings(normalised({ ...guide, ...more })).accessUrl
  assert.equal(address({ account: 'xy12345.eu-central-1' }), 'https://xy12345.eu-central-1.snowflakecomputing.com')
  assert.equal(address({ account: 'https://a-b.snowflakecomputing.com/console' }), 'https://a-b.snowflakecomputing.com')
  assert.equal(address({ port: 8443 }), 'https://my_account.snowflakecomputing.com:8443')
  assert.equal(address({ access_url: 'http://127.0.0.1:8080/' }), 'http://127.0.0.1:8080')
})

test('private keys: PEM, Base64 of PEM, Base64 of DER, encrypted', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
  const { password: _, ...without } = guide
  const keyOf = (key: string, passphrase?: string): unknown => {
    const given = { ...without, 'snowflake.privateKey': key, ...(passphrase && { private_key_passphrase: passphrase }) }
    return snowflakeSettings(normalised(given)).login
  }
  const wanted = { kind: 'key_pair', privateKey: pem }
  assert.deepEqual(keyOf(pem), wanted)
  assert.deepEqual(keyOf(pem.replaceAll('\n', '\\n')), wanted)
  assert.deepEqual(keyOf(Buffer.from(pem).toString('base64')), wanted)
  assert.deepEqual(keyOf(privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')), wanted)
  assert.deepEqual(keyOf(String(locked), 'open sesame'), wanted)
  const problem = (key: string, passphrase: string | undefined, field: string, says: RegExp): void =>
    assert.throws(
      () => keyOf(key, passphrase),
      (fault: Fault) => {
        assert.equal(fault.field, field)
        assert.match(fault.message, says)
        return true
      },
    )
  problem(String(locked), undefined, 'snowflake.privateKey.passphrase', /give its passphrase/)
  problem(String(locked), 'close', 'snowflake.privateKey.passphrase', /does not open/)
  problem('no key at all', undefined, 'snowflake.privateKey', /no private key/)
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })
  problem(String(elliptic), undefined, 'snowflake.privateKey', /RSA/)
})

test('what is missing is said by its key', () => {
  assert.equal(issues({ user: 'a', password: 'b' })[0]?.field, 'account')
  assert.equal(issues({ account: 'a', user: 'b' })[0]?.field, 'password')
  assert.equal(issues({ ...guide, 'snowflake.auth.type': 'key_pair' })[0]?.field, 'snowflake.privateKey')
  assert.equal(issues({ ...guide, has_ssh_tunnel: true })[0]?.field, 'has_ssh_tunnel')
})

test('jdbc.parameters become session parameters and the proxy', () => {
  const given = 'STATEMENT_TIMEOUT_IN_SECONDS:600,proxyHost:proxy.local,proxyPort:3128,CLIENT_SESSION_KEEP_ALIVE:true'
  const settings = snowflakeSettings(normalised({ ...guide, 'jdbc.parameters': given, query_tag: 'nightly' }))
  assert.deepEqual(settings.parameters, { QUERY_TAG: 'nightly', STATEMENT_TIMEOUT_IN_SECONDS: '600' })
  assert.deepEqual(settings.proxy, { proxyHost: 'proxy.local', proxyPort: 3128 })
  const message = issues({ ...guide, 'jdbc.parameters': 'proxyHots:a' })[0]?.message ?? ''
  assert.match(message, /did you mean "proxyHost"/)
  assert.equal(issues({ ...guide, 'jdbc.parameters': 'LOCK_TIMEOUT' })[0]?.field, 'jdbc.parameters')
})

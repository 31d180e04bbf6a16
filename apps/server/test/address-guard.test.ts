import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type Fault, type JsonObject, requireConfig, toFault } from '@leat/connector-kit'
import { connectors } from '../src/connectors.gen.ts'

/** Stands for a metadata service: an address of this machine that the operator denies. Nothing may ever come here. */
const forbidden = '127.0.0.66'
let visits = 0
const service = createServer((socket) => {
  visits++
  socket.destroy()
})
let port = 0

before(async () => {
  process.env['LEAT_NETWORK_DENY'] = forbidden
  await once(service.listen(0, forbidden), 'listening')
  port = (service.address() as AddressInfo).port
})
after(() => service.close())

type Credentials = (host: string, port: number) => JsonObject

const s3 = { access_key: 'AKIA', secret_key: 'secret' }
const login = { username: 'u', password: 'secret-of-u' }
const postgres = { ...login, database_name: 'd', ssl_mode: 'disable' }
const bastion = { has_ssh_tunnel: true, 'tunnel.bastion.user': 'u', 'tunnel.bastion.password': 'secret-of-u' }
const oauth = { 'oauth2.client.id': 'c', 'oauth2.client.secret': 'secret-of-u', 'test.url': 'http://127.0.0.1:9/' }

/** Every key of a credential that names a host, for every connector that has one. */
const places: Readonly<Record<string, Readonly<Record<string, Credentials>>>> = {
  s3: { endpoint: (host, at) => ({ ...s3, endpoint: `http://${host}:${at}`, 'test.path': 'b' }) },
  min_io_s3: {
    nx_external_host: (host, at) => ({ ...s3, nx_external_host: `http://${host}:${at}`, 'test.path': 'b' }),
  },
  postgres: {
    host: (host, at) => ({ ...postgres, host, port: at }),
    'tunnel.bastion.host': (host, at) => ({
      ...postgres,
      ...bastion,
      host: '10.0.0.1',
      'tunnel.bastion.host': host,
      'tunnel.bastion.port': at,
    }),
  },
  snowflake: {
    access_url: (host, at) => ({ ...login, account: 'a', access_url: `http://${host}:${at}` }),
    host: (host, at) => ({ ...login, account: 'a', host, port: at }),
    'jdbc.parameters': (host, at) => ({
      ...login,
      account: 'a',
      access_url: 'https://127.0.0.1:9',
      'jdbc.parameters': `proxyHost:${host},proxyPort:${at}`,
    }),
  },
  rest: {
    'test.url': (host, at) => ({ 'auth.type': 'NONE', 'test.url': `http://${host}:${at}/` }),
    'token.auth.url': (host, at) => ({
      'auth.type': 'TOKEN',
      'basic.username': 'u',
      'basic.password': 'secret-of-u',
      'token.auth.url': `http://${host}:${at}/token`,
      'token.auth.token.path': '$.t',
      'test.url': 'http://127.0.0.1:9/',
    }),
    'oauth2.access.token.url': (host, at) => ({
      'auth.type': 'OAUTH2',
      ...oauth,
      'oauth2.access.token.url': `http://${host}:${at}/token`,
    }),
  },
}

async function checkFault(type: string, credentials: JsonObject): Promise<Fault> {
  const connector = connectors.find((one) => one.type === type)!
  const config = requireConfig(connector.credentials!, connector.aliases?.credentials, credentials)
  const driver = await connector.load()
  const signal = AbortSignal.timeout(20_000)
  try {
    await using connection = await driver.connect(config, { allowedFolders: [], signal })
    await connection.check()
  } catch (thrown) {
    return toFault(thrown)
  }
  return assert.fail('the check passed')
}

test('PROMISE-GUARDED-CONNECTORS: every connector with a credential is tried below', () => {
  const withCredentials = connectors.filter(({ credentials }) => credentials !== undefined).map(({ type }) => type)
  assert.deepEqual(Object.keys(places).toSorted(), withCredentials.toSorted())
})

/** The others are tried in the kit. The driver of Snowflake tries each login twice, with a pause. */
const hosts = ['169.254.169.254', '0xa9fea9fe', 'metadata.google.internal', forbidden, '0x7f000042']
const few = ['169.254.169.254', forbidden]

describe('no connector reaches a refused address', () => {
  for (const [type, keys] of Object.entries(places))
    for (const [key, credentials] of Object.entries(keys))
      test(`PROMISE-GUARDED-CONNECTORS: ${type} by ${key}`, async () => {
        for (const host of type === 'snowflake' ? few : hosts) {
          const fault = await checkFault(type, credentials(host, port))
          assert.deepEqual([host, fault.code, fault.kind], [host, 'network.address_refused', 'config'])
          assert.ok(!fault.message.includes('secret'))
        }
        assert.equal(visits, 0)
      })
})

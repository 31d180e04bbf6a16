import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthenticationError, NexlaClient, NexlaError } from '../src/index.ts'
import { stubServer } from './stub-server.ts'

const user = { id: 1, email: 'a@b.c' }

test('a service key goes to /token as it is, and the token to every call', async () => {
  await using server = await stubServer(({ path }) => (path === '/api/users/current' ? { body: user } : undefined))
  const client = new NexlaClient({ service_key: 'key:with/odd=chars', base_url: `${server.url}/` })
  assert.deepEqual(await client.users.getCurrent(), user)
  await client.users.getCurrent()
  assert.deepEqual(
    server.asked.map(({ method, path, headers }) => [method, path, headers.authorization]),
    [
      ['POST', '/api/token', 'Basic key:with/odd=chars'],
      ['GET', '/api/users/current', 'Bearer token-1'],
      ['GET', '/api/users/current', 'Bearer token-1'],
    ],
  )
})

test('a token within the margin of its end is renewed before the call', async () => {
  await using server = await stubServer(({ path }, before) => {
    if (path === '/api/token') return { body: { access_token: `t${before}`, token_type: 'Bearer', expires_in: 3599 } }
    return { body: user }
  })
  const client = new NexlaClient({ service_key: 'k', base_url: server.url })
  await client.users.getCurrent()
  await client.users.getCurrent()
  assert.equal(server.asked.filter(({ path }) => path === '/api/token').length, 2)
})

test('after a 401 the token is renewed once and the call repeated', async () => {
  await using server = await stubServer(({ path, headers }) => {
    if (path === '/api/token') return undefined
    return headers.authorization === 'Bearer token-2' ? { body: user } : { status: 401, body: { message: 'expired' } }
  })
  const client = new NexlaClient({ service_key: 'k', base_url: server.url })
  assert.deepEqual(await client.users.getCurrent(), user)
})

test('a second 401 is final', async () => {
  await using server = await stubServer(({ path }) =>
    path === '/api/token' ? undefined : { status: 401, body: { message: 'no' } },
  )
  const client = new NexlaClient({ service_key: 'k', base_url: server.url })
  await assert.rejects(client.users.getCurrent(), AuthenticationError)
  assert.equal(server.asked.length, 4)
})

test('a 401 is final with an access token', async () => {
  await using server = await stubServer(() => ({ status: 401, body: { error: 'No valid access token' } }))
  const client = new NexlaClient({ access_token: 'mine', base_url: server.url })
  await assert.rejects(client.users.getCurrent(), { name: 'AuthenticationError', message: 'No valid access token' })
  assert.equal(server.asked.length, 1)
  assert.equal(server.asked[0]?.headers.authorization, 'Bearer mine')
})

test('calls at the same time share one exchange of the key', async () => {
  await using server = await stubServer(({ path }) => (path === '/api/token' ? undefined : { body: user }))
  const client = new NexlaClient({ service_key: 'k', base_url: server.url })
  await Promise.all([client.users.getCurrent(), client.users.getCurrent(), client.users.getCurrent()])
  assert.equal(server.asked.filter(({ path }) => path === '/api/token').length, 1)
})

test('a client needs exactly one key', () => {
  const { NEXLA_SERVICE_KEY: key, NEXLA_ACCESS_TOKEN: token } = process.env
  delete process.env.NEXLA_SERVICE_KEY
  delete process.env.NEXLA_ACCESS_TOKEN
  try {
    assert.throws(() => new NexlaClient(), NexlaError)
    assert.throws(() => new NexlaClient({ service_key: 'a', access_token: 'b' }), /not both/)
    process.env.NEXLA_SERVICE_KEY = 'from-environment'
    assert.doesNotThrow(() => new NexlaClient())
  } finally {
    if (key === undefined) delete process.env.NEXLA_SERVICE_KEY
    else process.env.NEXLA_SERVICE_KEY = key
    if (token !== undefined) process.env.NEXLA_ACCESS_TOKEN = token
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ConnectionError,
  CredentialError,
  NexlaClient,
  RateLimitError,
  ServerError,
  SourceCreate,
  TransformError,
  ValidationError,
} from '../src/index.ts'
import { type Reply, stubServer } from './stub-server.ts'

const fast = { access_token: 't', backoff_ms: 1 }
const source = { id: 7, name: 'a', status: 'INIT', source_type: 's3' }

for (const reply of [
  { status: 429, headers: { 'retry-after': '0' } },
  { status: 502 },
  { status: 503 },
  { status: 504 },
  { hangUp: true },
])
  test(`a create is repeated after ${reply.hangUp ? 'a broken connection' : reply.status}`, async () => {
    await using server = await stubServer((_asked, before): Reply => (before < 2 ? reply : { body: source }))
    const client = new NexlaClient({ ...fast, base_url: server.url })
    assert.deepEqual(await client.sources.create(SourceCreate({ name: 'a', source_type: 's3' })), source)
    assert.equal(server.asked.length, 3)
    assert.deepEqual(JSON.parse(server.asked[2]?.body ?? ''), { name: 'a', source_type: 's3' })
  })

test('retries end, and the last answer is the error', async () => {
  await using server = await stubServer(() => ({
    status: 429,
    headers: { 'retry-after': '0' },
    body: { message: 'slow down', retry_after: 9 },
  }))
  const client = new NexlaClient({ ...fast, base_url: server.url })
  await assert.rejects(client.sources.list(), (error: unknown) => {
    assert.ok(error instanceof RateLimitError)
    assert.equal(error.retry_after, 0)
    assert.equal(error.message, 'slow down')
    return true
  })
  assert.equal(server.asked.length, 4)
})

test('a 500 is not repeated', async () => {
  await using server = await stubServer(() => ({ status: 500, body: '<html>oops</html>' }))
  await assert.rejects(new NexlaClient({ ...fast, base_url: server.url }).sources.list(), (error: unknown) => {
    assert.ok(error instanceof ServerError)
    assert.deepEqual(error.response, { raw_text: '<html>oops</html>' })
    return true
  })
  assert.equal(server.asked.length, 1)
})

test('an error carries what the server said: fields, codes, request and resource', async () => {
  const details = [{ field: 'source_config.path', value: '', message: 'Give bucket/prefix.', nearest: 'orders/' }]
  const body = { error: 'invalid', message: 'path is empty', error_code: 'VAL_002', request_id: 'r-1', details }
  await using server = await stubServer(() => ({ status: 400, body }))
  await assert.rejects(new NexlaClient({ ...fast, base_url: server.url }).sources.get(12), (error: unknown) => {
    assert.ok(error instanceof ValidationError)
    const { name, message, error_code, request_id, resource_type, resource_id, operation, status_code } = error
    assert.deepEqual(
      { name, message, error_code, request_id, resource_type, resource_id, operation, status_code },
      {
        name: 'ValidationError',
        message: 'path is empty',
        error_code: 'VAL_002',
        request_id: 'r-1',
        resource_type: 'data_sources',
        resource_id: '12',
        operation: 'get_source',
        status_code: 400,
      },
    )
    assert.deepEqual(error.details, details)
    return true
  })
})

test('each status has the class of the Python client', async () => {
  let reply: Reply = {}
  await using server = await stubServer(() => reply)
  const client = new NexlaClient({ ...fast, max_retries: 0, base_url: server.url })
  const names: Record<number, string> = {
    400: 'ValidationError',
    401: 'AuthenticationError',
    403: 'AuthorizationError',
    404: 'NotFoundError',
    405: 'ServerError',
    409: 'ResourceConflictError',
    422: 'ServerError',
    429: 'RateLimitError',
    503: 'ServerError',
  }
  for (const [status, name] of Object.entries(names)) {
    reply = { status: Number(status), body: {} }
    await assert.rejects(client.sources.list(), { name })
  }
  reply = { status: 400, body: { error_code: 'CONN_001' } }
  await assert.rejects(client.credentials.probe(1), CredentialError)
  reply = { status: 400, body: { error_code: 'VAL_003' } }
  await assert.rejects(client.nexsets.create({ name: 'a', parent_data_set_id: 1 }), TransformError)
})

test('a server that is not there is named in the error', async () => {
  const server = await stubServer(() => undefined)
  await server[Symbol.asyncDispose]()
  await assert.rejects(new NexlaClient({ ...fast, base_url: server.url }).sources.list(), (error: unknown) => {
    assert.ok(error instanceof ConnectionError)
    assert.match(error.message, /^Cannot reach http:\/\/127\.0\.0\.1:\d+\/api: nothing listens there\.$/)
    return true
  })
})

test('an abort ends the wait for a retry', async () => {
  const abort = new AbortController()
  await using server = await stubServer(() => {
    setImmediate(() => abort.abort(new Error('enough')))
    return { status: 503, headers: { 'retry-after': '60' } }
  })
  const client = new NexlaClient({ ...fast, base_url: server.url })
  await assert.rejects(client.sources.list({}, { signal: abort.signal }), /enough/)
  assert.equal(server.asked.length, 1)
})

test('PROMISE-SDK-INTEGERS: integers beyond 2^53 survive in both directions', async () => {
  await using server = await stubServer(() => ({ body: '[{"order_id": 9007199254740993, "small": 5, "price": 1.5}]' }))
  const client = new NexlaClient({ ...fast, base_url: server.url })
  assert.deepEqual(await client.nexsets.getSamples(1), [{ order_id: 9007199254740993n, small: 5, price: 1.5 }])
  await client.sources.create({ name: 'a', source_type: 'x', source_config: { since: 9007199254740993n } })
  assert.match(server.asked[1]?.body ?? '', /"since":9007199254740993[,}]/)
})

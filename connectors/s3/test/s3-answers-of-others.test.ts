import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { test } from 'node:test'
import { requireConfig, type Connection, type JsonObject } from '@leat/connector-kit'
import { serveHttp } from '../../../tools/testing/serve-http.ts'
import { s3 } from '../src/s3.connector.ts'

// What Amazon answers and the test server cannot: a protocol fake with canned answers.

const listing =
  '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a.json</Key><ETag>"e"</ETag><Size>2</Size></Contents></ListBucketResult>'
const error = (code: string, more = ''): string => `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>`

async function against(
  listener: RequestListener,
  work: (connection: Connection) => Promise<void>,
  credentials: JsonObject = {},
  host = '127.0.0.1',
): Promise<void> {
  await using server = await serveHttp(listener)
  const given = { access_key: 'AKIA', secret_key: 'secret', endpoint: `http://${host}:${server.port}`, ...credentials }
  const driver = await s3.load()
  await using connection = await driver.connect(requireConfig(s3.credentials!, s3.aliases?.credentials, given), {
    allowedFolders: [],
    signal: new AbortController().signal,
  })
  await work(connection)
}

const unitCount = async (connection: Connection): Promise<number> => {
  const units = connection.source!({ path: 'raw/' }).units({ signal: new AbortController().signal })
  return (await Array.fromAsync(units)).length
}

test('a listing that is asked to slow down, and one that breaks, is tried again', async () => {
  let calls = 0
  const listener: RequestListener = (request, response) => {
    calls += 1
    if (calls === 1) response.writeHead(503).end(error('SlowDown'))
    else if (calls === 2) request.socket.destroy()
    else response.end(listing)
  }
  await against(listener, async (connection) => assert.equal(await unitCount(connection), 1))
  assert.equal(calls, 3)
})

test('a check does not keep a person waiting: it asks once', async () => {
  let calls = 0
  const listener: RequestListener = (_, response) => (calls++, response.writeHead(503).end(error('SlowDown')))
  await against(
    listener,
    (connection) => assert.rejects(connection.check(), { kind: 'rate_limited', code: 's3.slow_down' }),
    { 'test.path': 'raw' },
  )
  assert.equal(calls, 1)
})

test('a bucket in another region names that region', async () => {
  const listener: RequestListener = (_, response) =>
    response.writeHead(301, { 'x-amz-bucket-region': 'eu-west-1' }).end(error('PermanentRedirect'))
  await against(
    listener,
    (connection) =>
      assert.rejects(connection.check(), { code: 's3.wrong_region', field: 'region', message: /"eu-west-1"/ }),
    { 'test.path': 'raw' },
  )
})

test('a login that may not list buckets passes the check without a test path, and fails it on a bucket that it may not read', async () => {
  const listener: RequestListener = (_, response) => response.writeHead(403).end(error('AccessDenied'))
  await against(listener, (connection) => connection.check())
  await against(
    listener,
    (connection) => assert.rejects(connection.check(), { kind: 'auth', code: 's3.access_denied' }),
    { 'test.path': 'raw' },
  )
  await against(listener, (connection) =>
    assert.rejects(connection.tree!({ depth: 1, limit: 9, signal: new AbortController().signal }), {
      code: 's3.access_denied',
      message: /test\.path/,
    }),
  )
})

test('a web page is not taken for an empty bucket', async () => {
  const listener: RequestListener = (_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Console</html>')
  await against(listener, (connection) =>
    assert.rejects(unitCount(connection), { kind: 'config', code: 's3.not_s3', field: 'endpoint' }),
  )
})

for (const [path_style, host] of [
  [true, 's3.invalid'],
  [false, 'raw.s3.invalid'],
] as const)
  test(`with path_style ${path_style} the requests for a bucket go to ${host}`, async () => {
    const names = (error: unknown): string[] =>
      error instanceof Error ? [...('hostname' in error ? [String(error.hostname)] : []), ...names(error.cause)] : []
    await against(
      () => undefined,
      (connection) =>
        assert.rejects(unitCount(connection), (error) => {
          assert.deepEqual(names(error), [host])
          return true
        }),
      { endpoint: 'http://s3.invalid', path_style },
    )
  })

test('requests carry the session token', async () => {
  const seen: string[] = []
  const listener: RequestListener = (request, response) => {
    seen.push(`${request.url?.split('?')[0]} ${String(request.headers['x-amz-security-token'])}`)
    response.end(listing)
  }
  await against(listener, async (connection) => void (await unitCount(connection)), { session_token: 'temporary' })
  assert.deepEqual(seen, ['/raw temporary'])
})

for (const host of ['127.0.0.1', 'localhost'])
  test(`PROMISE-GUARDED-CONNECTORS: an endpoint (${host}) that redirects the read of an object leads nowhere else`, async () => {
    process.env['LEAT_NETWORK_DENY'] = '127.0.0.66'
    let visits = 0
    const elsewhere = createServer((_, response) => (visits++, response.end('{}'))).listen(0, '127.0.0.66')
    await once(elsewhere, 'listening')
    const location = `http://127.0.0.66:${(elsewhere.address() as { port: number }).port}/latest/meta-data`
    let asked = 0
    const listener: RequestListener = (request, response) => {
      if (request.url?.includes('list-type')) return response.end(listing)
      asked++
      return response.writeHead(302, { location }).end()
    }
    const read = async (connection: Connection) => {
      const { signal } = new AbortController()
      const source = connection.source!({ path: 'raw/' })
      const [unit] = await Array.fromAsync(source.units({ signal }))
      for await (const part of source.read(unit!, { checkpoint: null, signal }))
        if (part.kind === 'object') await Array.fromAsync(part.open())
    }
    await against(
      listener,
      (connection) => assert.rejects(read(connection), { code: 'network.address_refused' }),
      {},
      host,
    ).finally(() => elsewhere.close())
    assert.deepEqual([visits, asked > 0], [0, true])
  })

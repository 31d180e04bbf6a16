import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { toFault, type Fault } from './faults.ts'
import { HttpClient, type HttpClientOptions } from './http-client.ts'

async function listen(context: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => new Promise((resolve) => server.close(resolve)))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function serve(
  context: TestContext,
  handler: (...call: Parameters<RequestListener>) => unknown,
): Promise<string> {
  const server = createServer((request, response) => void handler(request, response))
  const host = await listen(context, server)
  context.after(() => server.closeAllConnections())
  return `http://${host}`
}

function client(context: TestContext, options: HttpClientOptions = {}): HttpClient {
  const made = new HttpClient(options)
  context.after(() => made[Symbol.asyncDispose]())
  return made
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  return work.then(() => assert.fail('no fault'), toFault)
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  return Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
}

test('sends query, headers and JSON; reads JSON', async (context) => {
  const base = await serve(context, async (request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        url: request.url,
        method: request.method,
        key: request.headers['x-key'],
        type: request.headers['content-type'],
        body: await bodyOf(request),
      }),
    )
  })
  const response = await client(context, { headers: { 'X-Key': 'k' } }).request({
    url: `${base}/a?x=1`,
    query: { y: 2, list: ['p', 'q'], none: undefined },
    json: { a: 1 },
  })
  assert.deepEqual(await response.json(), {
    url: '/a?x=1&y=2&list=p&list=q',
    method: 'POST',
    key: 'k',
    type: 'application/json',
    body: '{"a":1}',
  })
})

test('reuses connections, also after a fault and after a body that was given up', async (context) => {
  const sockets = new Set<unknown>()
  const base = await serve(context, (request, response) => {
    sockets.add(request.socket)
    response.statusCode = request.url === '/fail' ? 500 : 200
    response.end('x'.repeat(100))
  })
  const http = client(context, { connections: 1 })
  for (const path of ['/a', '/b', '/fail', '/c']) {
    const answer = await http.request({ url: base + path }).catch(() => null)
    if (answer !== null) await answer.discard()
  }
  assert.equal(sockets.size, 1)
})

test('a status becomes kind, code and whose, with Retry-After and a part of the answer', async (context) => {
  const base = await serve(context, (request, response) => {
    response.statusCode = Number.parseInt(request.url?.slice(1) ?? '', 10)
    response.setHeader('retry-after', '3')
    response.end(`no: token-abcdef ${'long '.repeat(1000)}`)
  })
  const http = client(context, { secrets: ['token-abcdef'] })
  const cases: readonly [number, string][] = [
    [400, 'config http.bad_request user'],
    [401, 'auth http.unauthorized user'],
    [403, 'auth http.forbidden user'],
    [404, 'not_found http.not_found user'],
    [408, 'transient http.request_timeout remote'],
    [418, 'config http.refused user'],
    [422, 'data http.unprocessable user'],
    [429, 'rate_limited http.too_many_requests remote'],
    [500, 'transient http.server_error remote'],
    [501, 'unsupported http.not_implemented user'],
    [503, 'transient http.unavailable remote'],
    [599, 'transient http.server_error remote'],
    [304, 'config http.unexpected_status user'],
  ]
  for (const [status, expected] of cases) {
    const fault = await faultOf(http.request({ url: `${base}/${status}?key=hidden` }))
    assert.equal(`${fault.kind} ${fault.code} ${fault.whose}`, expected)
    assert.equal(fault.retryAfterMs, 3_000)
    assert.ok(!fault.message.includes('token-abcdef') && !fault.message.includes('hidden'), fault.message)
    assert.ok(fault.message.length < 600)
  }
  assert.equal((await http.request({ url: `${base}/404`, accept: [404] })).status, 404)
})

test('a redirect to the same origin keeps headers; to another it loses credentials, and a body is not sent', async (context) => {
  const seen: (string | undefined)[] = []
  const other = await serve(context, (request, response) => {
    seen.push(
      request.headers.authorization,
      request.headers['x-api-key'] as string,
      request.headers.cookie,
      request.headers.accept,
    )
    response.end('other')
  })
  const base = await serve(context, (request, response) => {
    const to: Record<string, string> = { '/same': '/end', '/away': other, '/keep': other }
    const location = to[request.url ?? '']
    if (location === undefined) return response.end(request.headers.authorization)
    response.writeHead(request.url === '/keep' ? 307 : 302, { location })
    response.end()
  })
  const http = client(context, {
    headers: { authorization: 'Bearer t', 'x-api-key': 'k', cookie: 'c=1', accept: 'text/plain' },
  })
  assert.equal(await (await http.request({ url: `${base}/same` })).text(), 'Bearer t')
  assert.equal(await (await http.request({ url: `${base}/away` })).text(), 'other')
  assert.deepEqual(seen, [undefined, undefined, undefined, 'text/plain'])
  const fault = await faultOf(http.request({ url: `${base}/keep`, body: 'client_secret=s' }))
  assert.equal(fault.code, 'http.redirect_refused')
  assert.equal(seen.length, 4)
})

test('a redirect loop ends, and a redirect to something else than http is refused', async (context) => {
  const base = await serve(context, (request, response) => {
    response.writeHead(302, { location: request.url === '/file' ? 'file:///etc/passwd' : '/loop' })
    response.end()
  })
  const http = client(context)
  assert.equal((await faultOf(http.request({ url: `${base}/loop` }))).code, 'http.too_many_redirects')
  assert.equal((await faultOf(http.request({ url: `${base}/file` }))).code, 'http.url_invalid')
})

test('PROMISE-METADATA-ADDRESSES: link-local and metadata addresses are refused, in every spelling and behind a redirect', async (context) => {
  const base = await serve(context, (_, response) => {
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' })
    response.end()
  })
  const http = client(context)
  for (const url of ['http://169.254.169.254/', 'http://0xa9fea9fe/', 'http://[::ffff:169.254.169.254]/', base])
    assert.equal((await faultOf(http.request({ url }))).code, 'network.address_refused', url)
})

test('network failures are told apart: refused, DNS, TLS, reset, timeout', async (context) => {
  const http = client(context, { connectTimeoutMs: 2_000 })
  const closed = createTcpServer()
  const refused = await listen(context, closed)
  await new Promise((resolve) => closed.close(resolve))
  assert.equal((await faultOf(http.request({ url: `http://${refused}/` }))).code, 'network.refused')
  assert.equal((await faultOf(http.request({ url: 'http://no-such-host.invalid/' }))).code, 'network.dns')
  const plain = await serve(context, (_, response) => response.end())
  assert.equal((await faultOf(http.request({ url: plain.replace('http:', 'https:') }))).code, 'network.tls')
  const resetting = await serve(context, (request) => request.socket.destroy())
  assert.equal((await faultOf(http.request({ url: resetting }))).code, 'network.reset')
  const silent = await serve(context, () => {})
  const late = await faultOf(http.request({ url: silent, timeoutMs: 30 }))
  assert.equal(`${late.code} ${late.kind}`, 'network.timeout transient')
})

test('PROMISE-NO-SHORT-READ: a body that breaks off is a reset, never a short answer', async (context) => {
  for (const headers of [{ 'content-length': '1000' }, {}]) {
    const base = await serve(context, (_, response) => {
      response.writeHead(200, headers)
      response.write('half', () => response.socket?.destroy())
    })
    const response = await client(context).request({ url: base })
    assert.equal((await faultOf(response.bytes())).code, 'network.reset')
  }
})

test('a body that stalls ends after the idle time', async (context) => {
  const base = await serve(context, (_, response) => void response.write('half'))
  const response = await client(context, { idleTimeoutMs: 20 }).request({ url: base })
  assert.equal((await faultOf(response.bytes())).code, 'network.timeout')
})

test('an abort by the caller stays an abort, before the headers and in a body', async (context) => {
  const base = await serve(
    context,
    (request, response) => void (request.url === '/body' ? response.write('x') : abort.abort()),
  )
  let abort = new AbortController()
  const http = client(context)
  assert.equal((await faultOf(http.request({ url: base, signal: abort.signal }))).kind, 'cancelled')
  abort = new AbortController()
  const response = await http.request({ url: `${base}/body`, signal: abort.signal })
  const reading = faultOf(response.bytes())
  abort.abort()
  assert.equal((await reading).kind, 'cancelled')
})

test('bodies are decompressed, and bounded after decompression', async (context) => {
  const base = await serve(context, (_, response: ServerResponse) => {
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync(Buffer.alloc(5_000_000, 'a')))
  })
  assert.equal((await (await client(context).request({ url: base })).bytes()).length, 5_000_000)
  const small = client(context, { maxBodyBytes: 1_000_000 })
  assert.equal((await faultOf((await small.request({ url: base })).bytes())).code, 'http.body_too_large')
})

test('compressed bodies that are cut or corrupt are faults of their own', async (context) => {
  const whole = gzipSync('hello '.repeat(1000))
  const base = await serve(context, (request, response) => {
    response.setHeader('content-encoding', request.url === '/br' ? 'br' : 'gzip')
    response.end(request.url === '/cut' ? whole.subarray(0, 30) : 'not compressed at all')
  })
  const codes = ['/cut', '/gzip', '/br'].map(
    async (path) => (await faultOf((await client(context).request({ url: base + path })).bytes())).code,
  )
  assert.deepEqual(await Promise.all(codes), ['network.reset', 'http.body_corrupt', 'http.body_corrupt'])
})

test('an answer that is not JSON says so', async (context) => {
  const base = await serve(context, (_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<html>')
  })
  const fault = await faultOf((await client(context).request({ url: base })).json())
  assert.equal(fault.code, 'http.body_not_json')
  assert.match(fault.message, /text\/html/)
})

test('a login in the URL is sent as a header and never shown', async (context) => {
  const base = await serve(context, (request, response) => {
    response.statusCode = 401
    response.end(
      Buffer.from((request.headers.authorization ?? '').slice(6), 'base64')
        .toString()
        .length.toString(),
    )
  })
  const fault = await faultOf(client(context).request({ url: base.replace('//', '//user:hunter2@') }))
  assert.ok(!inspect(fault, { depth: 9 }).includes('hunter2'))
  assert.match(fault.message, /Answer: 12/)
})

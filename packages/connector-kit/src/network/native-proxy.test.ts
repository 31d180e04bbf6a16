import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { guardNativeClients, guardNativeEndpoint, nativeRefusal } from './native-proxy.ts'

/** Stands for a metadata service: an address of this machine that the operator denies. */
const forbidden = '127.0.0.66'
const visits: string[] = []
const service = createServer((from, to) => {
  visits.push(`${forbidden} ${from.url}`)
  to.end('secret')
})
const endpoint = createServer((from, to) => {
  visits.push(`endpoint ${from.method} ${from.url} ${from.headers['proxy-authorization'] ?? 'plain'}`)
  from.pipe(to)
})
const portOf = (server: Server) => (server.address() as AddressInfo).port

before(async () => {
  process.env['LEAT_NETWORK_DENY'] = forbidden
  await once(service.listen(0, forbidden), 'listening')
  await once(endpoint.listen(0, '127.0.0.1'), 'listening')
})
after(() => [service, endpoint].map((server) => (server.closeAllConnections(), server.close())))

async function through(
  proxy: string,
  url: string,
  body = '',
): Promise<{ status: number; text: string; refused: string }> {
  const { username, password, hostname, port } = new URL(proxy)
  const login = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const headers = username === '' ? {} : { 'proxy-authorization': login }
  const asked = request({ host: hostname, port, path: url, method: 'POST', headers })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer> & { statusCode: number; headers: object }]
  const text = Buffer.concat(await Array.fromAsync(answer)).toString()
  return { status: answer.statusCode, text, refused: JSON.stringify(answer.headers, null, ' ') }
}

test('PROMISE-GUARDED-SOCKETS: native clients of this process go through the guarded proxy', async () => {
  await guardNativeClients({ endpoint: 'http://store.internal:9000' })
  assert.match(process.env['http_proxy'] ?? '', /^http:\/\/leat:.+@127\.0\.0\.1:\d+$/)
  // The operator denies an address: nothing but what the operator chose goes past it.
  assert.equal(process.env['https_proxy'], process.env['http_proxy'])
  assert.equal(process.env['no_proxy'], 'store.internal,.amazonaws.com')
})

test('PROMISE-GUARDED-SOCKETS: a native client is not made for a refused endpoint', async () => {
  const refused = [
    '169.254.169.254',
    '0xa9fea9fe',
    '[::ffff:a9fe:a9fe]',
    'metadata.google.internal',
    forbidden,
    '127.66',
  ]
  for (const host of refused)
    await assert.rejects(guardNativeEndpoint(`http://${host}/`), { code: 'network.address_refused' }, host)
})

test('PROMISE-GUARDED-SOCKETS: the proxy passes on what is allowed, and only to those who know its login', async () => {
  const http = process.env['http_proxy']!
  const target = `http://127.0.0.1:${portOf(endpoint)}/a?b=c`
  assert.deepEqual((await through(http, target, 'body')).text, 'body')
  assert.deepEqual(visits, ['endpoint POST /a?b=c plain'])
  const inside = await through(http, `http://${forbidden}:${portOf(service)}/meta`)
  assert.equal(inside.status, 403)
  assert.equal(nativeRefusal(`headers: ${inside.refused}`)?.code, 'network.address_refused')
  const stranger = await through(http.replace(/\/\/.*@/, '//'), target)
  assert.equal(stranger.status, 407)
  assert.match(nativeRefusal(`headers: ${stranger.refused}`)?.message ?? '', /redirects there/)
  assert.equal(visits.length, 1)
})

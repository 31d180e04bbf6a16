import assert from 'node:assert/strict'
import dns from 'node:dns'
import { once } from 'node:events'
import { get } from 'node:http'
import { connect, createServer, Socket, type AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { connector } from '../connector.ts'
import type { Fault } from '../faults.ts'
import { HttpClient } from '../http-client.ts'
import { admitOwnPort, asOperator, OperatorSocket, requireAllowedHost } from './socket-guard.ts'

/** Stands for a metadata service: an address of this machine that the operator denies. */
const forbidden = '127.0.0.66'
let visits = 0
const service = createServer((socket) => {
  visits++
  socket.on('error', () => undefined)
  socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret')
})
const open = createServer((socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nopen'))
const portOf = (server: typeof service) => (server.address() as AddressInfo).port

before(async () => {
  process.env['LEAT_NETWORK_DENY'] = `${forbidden}, denied.test`
  await once(service.listen(0, forbidden), 'listening')
  await once(open.listen(portOf(service), '127.0.0.1'), 'listening')
  // Loading any connector is what arms the guard.
  const any = { type: 'any', title: 'Any', description: '', category: 'file' as const }
  await connector({ ...any, load: async () => ({ connect: () => Promise.reject(new Error('unused')) }) }).load()
})
after(() => (service.close(), open.close()))

/** Names for the length of a test: each lookup takes the next answer, the last one stays. */
function names(context: TestContext, table: Readonly<Record<string, readonly (readonly string[])[]>>): void {
  const asked: Record<string, number> = {}
  const answer = (host: string) => {
    const answers = table[host] ?? [[host]]
    const addresses = answers[Math.min((asked[host] = (asked[host] ?? 0) + 1), answers.length) - 1] ?? []
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  context.mock.method(dns, 'lookup', ((host: string, _: unknown, done: (...all: unknown[]) => void) =>
    process.nextTick(done, null, answer(host))) as never)
  context.mock.method(dns.promises, 'lookup', (async (host: string) => answer(host)) as never)
}

async function failure(socket: Socket): Promise<Fault> {
  const [error] = (await once(socket, 'error')) as [Fault]
  socket.destroy()
  return error
}

const port = () => portOf(service)
const ways: Readonly<Record<string, (host: string) => Socket>> = {
  'net.connect with options': (host) => connect({ host, port: port() }),
  'net.connect with a listener': (host) => connect(port(), host, () => undefined),
  'a socket that connects later': (host) => new Socket().connect(port(), host),
  'a socket with options': (host) => new Socket().connect({ host, port: port() }),
  TLS: (host) => connectTls({ host, port: port() }),
  'a lookup of its own': (host) => connect({ host, port: port(), lookup: dns.lookup }),
  'without happy eyeballs': (host) => connect({ host, port: port(), autoSelectFamily: false }),
}

for (const [way, open] of Object.entries(ways))
  test(`PROMISE-GUARDED-SOCKETS: no connection to a refused address by ${way}`, async (context) => {
    names(context, {
      'inside.test': [[forbidden]],
      'mixed.test': [['127.0.0.1', forbidden]],
      'link.test': [['169.254.169.254']],
      'mapped.test': [['::ffff:a9fe:a9fe']],
      '127.66': [[forbidden]],
    })
    const before = visits
    for (const host of [
      forbidden,
      '127.66',
      '0x7f000042',
      '::ffff:127.0.0.66',
      'denied.test',
      'inside.test',
      'mixed.test',
    ])
      assert.equal((await failure(open(host))).code, 'network.address_refused', host)
    for (const host of ['169.254.169.254', '2852039166', '0xa9fea9fe', '::ffff:a9fe:a9fe', 'fe80::1', 'fd00:ec2::254'])
      assert.equal((await failure(open(host))).code, 'network.address_refused', host)
    for (const host of ['metadata.google.internal', 'link.test', 'mapped.test'])
      assert.equal((await failure(open(host))).code, 'network.address_refused', host)
    assert.equal(visits, before)
  })

test('PROMISE-GUARDED-SOCKETS: a name that changes its answer is judged by the address that is connected to', async (context) => {
  names(context, { 'rebind.test': [['127.0.0.1'], [forbidden]] })
  await requireAllowedHost('rebind.test')
  const before = visits
  assert.equal((await failure(connect({ host: 'rebind.test', port: port() }))).code, 'network.address_refused')
  await using http = new HttpClient()
  await assert.rejects(http.request({ url: `http://rebind.test:${port()}/` }), { code: 'network.address_refused' })
  assert.equal(visits, before)
})

test('PROMISE-GUARDED-SOCKETS: clients that know nothing of it are guarded: http, fetch, redirects', async (context) => {
  names(context, { 'inside.test': [[forbidden]] })
  const before = visits
  const plain = get(`http://inside.test:${port()}/`)
  const [error] = (await once(plain, 'error')) as [Fault]
  assert.equal(error.code, 'network.address_refused')
  const fetched: Error = await fetch(`http://${forbidden}:${port()}/`).then(
    () => assert.fail('reached'),
    (thrown: Error) => thrown,
  )
  assert.equal((fetched.cause as Fault).code, 'network.address_refused')
  const redirecting = createServer(
    (socket) =>
      void socket.end(`HTTP/1.1 302 Found\r\nlocation: http://${forbidden}:${port()}/\r\ncontent-length: 0\r\n\r\n`),
  )
  await once(redirecting.listen(0, '127.0.0.1'), 'listening')
  await assert.rejects(fetch(`http://127.0.0.1:${portOf(redirecting)}/`))
  redirecting.close()
  assert.equal(visits, before)
})

test('PROMISE-GUARDED-SOCKETS: sockets in the file system are refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leat-sock-'))
  const path = join(folder, 's')
  let reached = 0
  const server = createServer(() => void reached++)
  await once(server.listen(path), 'listening')
  assert.equal((await failure(connect(path))).code, 'network.address_refused')
  assert.equal((await failure(new Socket().connect({ path }))).code, 'network.address_refused')
  server.close()
  assert.equal(reached, 0)
  await rm(folder, { recursive: true })
})

test('what is allowed is reached: other addresses, the platform itself, and its own tunnels', async () => {
  const says = async (socket: Socket) =>
    Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>)).toString()
  assert.match(await says(connect(port(), '127.0.0.1')), /open$/)
  assert.match(await says(connect({ port: port(), host: 'localhost', family: 4 })), /open$/)
  assert.equal(await (await fetch(`http://127.0.0.1:${port()}/`)).text(), 'open')
  assert.match(await says(asOperator(() => connect(port(), forbidden))), /secret$/)
  assert.match(await says(new OperatorSocket().connect(port(), forbidden)), /secret$/)
  process.env['LEAT_NETWORK_DENY'] = 'private'
  const dismiss = admitOwnPort(port())
  assert.match(await says(connect(port(), '127.0.0.1')), /open$/)
  dismiss()
  assert.equal((await failure(connect(port(), '127.0.0.1'))).code, 'network.address_refused')
  process.env['LEAT_NETWORK_DENY'] = forbidden
})

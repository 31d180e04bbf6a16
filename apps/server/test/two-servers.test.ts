import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@leat/control-plane/embedded-postgres'
import { openDatabase, type OpenDatabase } from '@leat/control-plane/work'
import { ServerProcess } from './server-process.ts'

/* Two servers with folders of their own on one PostgreSQL, as behind a balancer: each request may go to the other one. */

let folder: string
let servers: readonly [ServerProcess, ServerProcess]
let addresses: readonly [string, string]
let open: OpenDatabase
let token: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leat two servers '))
  const [first, second] = [join(folder, 'first'), join(folder, 'second')]
  const env = { LEAT_MASTER_KEY: randomBytes(32).toString('base64'), LEAT_STORE: join(folder, 'segments') }
  const start = (data: string, more: Record<string, string> = {}): ServerProcess =>
    new ServerProcess(['start', '--data', data, '--port', '0', '--no-worker'], { ...env, ...more })
  const one = start(first)
  const address = await one.address()
  const { url } = await startEmbeddedPostgres(first)
  const two = start(second, { DATABASE_URL: url })
  servers = [one, two]
  addresses = [address, await two.address()]
  open = openDatabase({ url, connections: 2 })
  const key = (await readFile(join(first, 'service-key'), 'utf8')).trim()
  token = await newToken(key)
})
after(async () => {
  await open.close()
  await servers[1].end('SIGTERM')
  await servers[0].end('SIGTERM')
  await rm(folder, { recursive: true, force: true })
})

async function newToken(key: string): Promise<string> {
  const answer = await fetch(`${addresses[0]}/api/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${key}` },
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

async function call<T>(server: 0 | 1, method: string, path: string, body?: object, as = token) {
  const response = await fetch(`${addresses[server]}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { status: response.status, body: (await response.json()) as T }
}

const credential = (name: string) => ({
  name,
  credentials_type: 's3',
  // Nobody listens there.
  credentials: { access_key: 'A', secret_key: 'B', endpoint: 'http://127.0.0.1:1' },
})

async function create(server: 0 | 1, name: string): Promise<number> {
  const { status, body } = await call<{ id: number }>(server, 'POST', '/data_credentials', credential(name))
  assert.equal(status, 200, JSON.stringify(body))
  return body.id
}

test('PROMISE-ANY-SERVER: a token that one server gave is good for the other, and is ended for both by a logout', async () => {
  const key = (await readFile(join(folder, 'first', 'service-key'), 'utf8')).trim()
  const other = await newToken(key)
  assert.equal((await call(1, 'GET', '/users/current', undefined, other)).status, 200)
  assert.equal((await call(0, 'POST', '/token/logout', undefined, other)).status, 200)
  assert.equal((await call(1, 'GET', '/users/current', undefined, other)).status, 401)
})

test('PROMISE-ANY-SERVER: the answer of a probe in the background is given by the server that did not run it', async () => {
  const id = await create(0, 'probed')
  const begun = await call<{ request_id: number }>(0, 'POST', `/data_credentials/${id}/probe/tree?async=true`, {
    depth: 1,
  })
  const path = `/data_credentials/${id}/probe/tree?request_id=${begun.body.request_id}`
  const ask = () => call<{ status: string; result: { fault_code?: string } }>(1, 'POST', path, { depth: 1 })
  let answer = await ask()
  for (; answer.body.status === 'running'; answer = await ask()) await pause(20)
  assert.equal(answer.body.status, 'failed')
  assert.match(answer.body.result.fault_code ?? '', /^s3\./)
})

test('PROMISE-ANY-SERVER: a create that is repeated at the other server is made once when its answer was lost, and again when it was not', async () => {
  const onPurpose = [await create(0, 'on purpose'), await create(1, 'on purpose'), await create(0, 'on purpose')]
  assert.equal(new Set(onPurpose).size, 3)

  // The first server is held at its insert until its client has gone.
  const holder = await open.pool.connect()
  await holder.query('begin')
  await holder.query('lock table leat.data_credential in exclusive mode')
  const [host, port] = addresses[0].replace('http://', '').split(':')
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  const body = JSON.stringify(credential('answer lost'))
  socket.write(
    `POST /api/data_credentials HTTP/1.1\r\nHost: leat\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  const blocked = `select 1 from pg_locks where not granted and relation = 'leat.data_credential'::regclass`
  while ((await open.pool.query(blocked)).rows.length === 0) await pause(5)
  socket.resetAndDestroy()
  const repeated = create(1, 'answer lost')
  await holder.query('commit')
  holder.release()
  const id = await repeated
  const { rows } = await open.pool.query(`select id from leat.data_credential where name = 'answer lost'`)
  assert.deepEqual(rows, [{ id }])
})

test('PROMISE-ANY-SERVER: limits count the requests to all servers', async () => {
  interface Limits {
    readonly day: { readonly common: { readonly count: number } }
  }
  const counted = async (server: 0 | 1): Promise<number> =>
    (await call<Limits>(server, 'GET', '/limits')).body.day.common.count
  const before = await counted(0)
  for (let index = 0; index < 10; index++) await call(1, 'GET', '/users/current')
  assert.ok((await counted(1)) >= before + 11)
  while ((await counted(0)) < before + 12) await pause(20)
})

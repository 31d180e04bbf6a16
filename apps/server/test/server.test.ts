import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@leat/control-plane/embedded-postgres'
import { openDatabase } from '@leat/control-plane/work'
import { commandOf, isRunning, postmasterPid, ServerProcess } from './server-process.ts'

async function folder(t: TestContext): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), 'leat server '))
  t.after(async () => {
    const pid = await postmasterPid(data)
    if (pid !== null && (await commandOf(pid)).includes('postgres')) process.kill(pid, 'SIGINT')
    while (pid !== null && (await isRunning(pid))) await pause(50)
    await rm(data, { recursive: true, force: true })
  })
  return data
}

function start(
  t: TestContext,
  data: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): ServerProcess {
  const server = new ServerProcess(['start', '--data', data, '--port', '0', '--workers', '1', ...args], env)
  t.after(() => server.child.kill('SIGKILL'))
  return server
}

/** The address of the embedded database of a running server. */
async function databaseUrl(data: string): Promise<string> {
  return (await startEmbeddedPostgres(data)).url
}

/** Another program that listens at the port as soon as it is free. */
async function listeningAt(port: number): Promise<ReturnType<typeof createServer>> {
  for (;;) {
    const server = createServer()
    const listens = await new Promise<boolean>((done) => {
      server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true))
    })
    if (listens) return server
    await pause(5)
  }
}

async function ended(pids: readonly number[]): Promise<void> {
  for (const pid of pids) while (await isRunning(pid)) await pause(20)
}

test('PROMISE-START-STOP: starts on an empty folder, answers, keeps the key, drains on SIGTERM, and starts again', async (t) => {
  const data = await folder(t)
  const first = start(t, data)
  const ready = await first.said('server ready')
  t.diagnostic(`first start: ready after ${String(ready['ms'])} ms`)
  const address = await first.address()
  assert.equal((await fetch(`${address}/health/live`)).status, 200)
  assert.equal((await fetch(`${address}/health/ready`)).status, 200)
  assert.equal((await fetch(`${address}/api/openapi.json`)).status, 200)
  const key = (await readFile(join(data, 'service-key'), 'utf8')).trim()
  assert.ok(first.stdout.includes(key), 'the key is shown at the first start')
  assert.equal((await stat(join(data, 'service-key'))).mode & 0o777, 0o600)
  const postgres = (await postmasterPid(data)) as number
  const workers = await first.workers()
  assert.equal(workers.length, 1)
  assert.deepEqual(await first.end('SIGTERM'), { code: 0, signal: null })
  await ended(workers)
  assert.equal(await isRunning(postgres), false, 'the embedded database was stopped')

  const second = start(t, data)
  t.diagnostic(`second start: ready after ${String((await second.said('server ready'))['ms'])} ms`)
  assert.equal(second.stdout.includes('leat_sk'), false, 'the key is not shown again')
  assert.deepEqual(await second.end('SIGINT'), { code: 0, signal: null })
})

test('PROMISE-KILL-9: a killed server takes its workers with it, and the next one adopts its database', async (t) => {
  const data = await folder(t)
  const first = start(t, data)
  await first.said('server ready')
  const postgres = await postmasterPid(data)
  const workers = await first.workers()
  await first.end('SIGKILL')
  await ended(workers)
  const second = start(t, data)
  const ready = await second.said('server ready')
  assert.equal(ready['database'], 'adopted')
  assert.equal(await postmasterPid(data), postgres)
  assert.equal((await fetch(`${await second.address()}/health/ready`)).status, 200)
  assert.equal((await second.end('SIGTERM')).code, 0)
  assert.equal(await isRunning(postgres as number), false, 'an adopted database is stopped too')
})

test('PROMISE-SELF-HEAL: a dead worker is replaced, and so is a dead database', async (t) => {
  const data = await folder(t)
  const server = start(t, data)
  await server.said('server ready')
  await server.said('leader elected')
  const [worker] = await server.workers()
  process.kill(worker as number, 'SIGKILL')
  await server.said('worker ended')
  while ((await server.workers()).length === 0) await pause(50)
  const said = server.lines
  process.kill((await postmasterPid(data)) as number, 'SIGKILL')
  await server.said('database restarted', said)
  await server.said('leader elected', said)
  const address = await server.address()
  while ((await fetch(`${address}/health/ready`)).status !== 200) await pause(50)
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('PROMISE-SELF-HEAL: a server whose dead database loses its port to another program begins anew at its own address', async (t) => {
  const data = await folder(t)
  const server = start(t, data)
  const address = await server.address()
  const pid = (await postmasterPid(data)) as number
  const port = Number(new URL(await databaseUrl(data)).port)
  const said = server.lines
  process.kill(pid, 'SIGKILL')
  const other = await listeningAt(port)
  t.after(() => other.close())
  await server.said('database moved', said)
  assert.equal((await server.said('server ready', said))['address'], address)
  while ((await fetch(`${address}/health/ready`)).status !== 200) await pause(50)
  assert.notEqual(Number(new URL(await databaseUrl(data)).port), port)
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('a worker of its own joins the server on the same folder, and refuses without one', async (t) => {
  const data = await folder(t)
  const alone = new ServerProcess(['worker', '--data', data], {})
  assert.equal((await alone.exited).code, 1)
  assert.match(alone.stderr, /^leat: No server runs on the data folder .*Start one with "leat start"/m)
  const server = start(t, data, ['--no-worker'])
  await server.said('server ready')
  assert.deepEqual(await server.workers(), [])
  const worker = new ServerProcess(['worker', '--data', data], {})
  t.after(() => worker.child.kill('SIGKILL'))
  await worker.said('worker ready')
  assert.equal((await worker.end('SIGTERM')).code, 0)
  const elsewhere = await databaseUrl(data)
  const stranger = new ServerProcess(['worker', '--data', join(data, 'other')], {
    DATABASE_URL: elsewhere.replace(/\/postgres$/, '/template1'),
  })
  assert.equal((await stranger.exited).code, 1)
  assert.match(stranger.stderr, /^leat: No Leat server has used this database yet/m)
  assert.equal((await server.end('SIGTERM')).code, 0)
})

test('PROMISE-STOP-CLEAN: a second signal ends at once, with the database', async (t) => {
  const data = await folder(t)
  const server = start(t, data)
  await server.said('server ready')
  const postgres = (await postmasterPid(data)) as number
  const workers = await server.workers()
  server.child.kill('SIGTERM')
  server.child.kill('SIGINT')
  const { code, signal } = await server.exited
  assert.ok(code === 0 || code === 130, `code ${code}, signal ${signal}:\n${server.stderr}`)
  await ended([...workers, postgres])
  const again = start(t, data)
  await again.said('server ready')
  assert.equal((await again.end('SIGTERM')).code, 0)
})

test('PROMISE-STOP-CLEAN: SIGINT during a run stops the database too, whatever its connections are doing', async (t) => {
  const data = await folder(t)
  const input = join(data, 'input')
  await mkdir(input)
  const lines = '{"id":1,"text":"some text that takes its place"}\n'.repeat(400_000)
  await Promise.all([1, 2, 3, 4].map((part) => writeFile(join(input, `${part}.json`), lines)))
  const server = start(t, data, [], { LEAT_LOCAL_FOLDERS: data })
  const address = await server.address()
  const postgres = (await postmasterPid(data)) as number
  const key = (await readFile(join(data, 'service-key'), 'utf8')).trim()
  const post = async (method: string, path: string, token: string, body?: object) => {
    const response = await fetch(`${address}/api${path}`, {
      method,
      headers: { authorization: token, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return (await response.json()) as { id: number; access_token: string }
  }
  const token = `Bearer ${(await post('POST', '/token', `Basic ${key}`)).access_token}`
  const source = { name: 'In', source_type: 'local_file', source_config: { path: input, file_format: 'json' } }
  const { id } = await post('POST', '/data_sources', token, source)
  // As the connection of a worker that was killed in the middle of a statement: it lives on until the statement ends.
  const url = new URL(await databaseUrl(data))
  url.searchParams.set('application_name', `leat ${server.child.pid}`)
  const killed = openDatabase({ url: url.href, connections: 1 })
  const sleeping = killed.pool.query('select pg_sleep(600)').catch(() => undefined)
  const activating = post('PUT', `/data_sources/${id}/activate`, token).catch(() => undefined)
  await server.said('job started')
  assert.equal((await server.end('SIGINT')).code, 0, server.stderr)
  assert.equal(await isRunning(postgres), false)
  await Promise.all([activating, sleeping])
  await killed.close()
})

/** True when a PostgreSQL server (or the program that makes its folder) works on this data folder. */
async function usesFolder(data: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const commands = await Promise.all(pids.map(commandOf))
  return commands.some((command) => command.includes(join(data, 'postgres')))
}

for (const signals of [['SIGINT'], ['SIGTERM', 'SIGINT']] as const) {
  test(`PROMISE-STOP-CLEAN: ${signals.join(' and ')} during the start leaves no database behind`, async (t) => {
    for (const moment of ['initdb', 'cluster', 'postmaster.pid', 'service-key'] as const) {
      const data = await folder(t)
      const server = start(t, data)
      const reached = {
        initdb: () => usesFolder(data),
        cluster: () => exists(join(data, 'postgres', 'cluster')),
        'postmaster.pid': () => exists(join(data, 'postgres', 'cluster', 'postmaster.pid')),
        'service-key': () => exists(join(data, 'service-key')),
      }[moment]
      while (!(await reached())) await pause(5)
      for (const signal of signals) server.child.kill(signal)
      const { code } = await server.exited
      assert.ok(signals.length === 1 ? code === 0 : code === 0 || code === 130, `${moment}: ${code}\n${server.stderr}`)
      const deadline = Date.now() + 20_000
      while (await usesFolder(data)) {
        assert.ok(Date.now() < deadline, `${moment}: a database still works on the folder`)
        await pause(20)
      }
    }
  })
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

test('what the operator can put right is one clear line and an exit code', async (t) => {
  const busy = createServer().listen(0, '127.0.0.1')
  t.after(() => busy.close())
  await new Promise((resolve) => busy.once('listening', resolve))
  const { port } = busy.address() as { port: number }
  const data = await folder(t)
  assert.match(
    await start(t, data, ['--port', String(port)]).refusal(),
    new RegExp(`^leat: 127.0.0.1:${port} is in use by another program .*--port`),
  )
  assert.equal(await postmasterPid(data), null, 'the database that was started for it was stopped again')

  const file = join(data, 'a-file')
  await writeFile(file, '')
  assert.match(
    await start(t, join(file, 'data')).refusal(),
    /^leat: The data folder .*a-file\/data cannot be used \(ENOTDIR: a part of the path is a file\)/,
  )
  assert.match(
    await start(t, data, ['--store', join(file, 'store')]).refusal(),
    /^leat: The segment store .*a-file\/store cannot be used \(ENOTDIR: a part of the path is a file\).*LEAT_STORE/,
  )
  const down = { DATABASE_URL: 'postgres://leat:s3cret@127.0.0.1:1/leat' }
  const line = await start(t, data, [], down).refusal()
  assert.match(line, /^leat: PostgreSQL at 127.0.0.1:1\/leat cannot be used: connect ECONNREFUSED.*Check DATABASE_URL/)
  assert.equal(line.includes('s3cret'), false)
  assert.match(
    await start(t, data, [], { LEAT_MASTER_KEY: Buffer.alloc(32, 1).toString('base64') }).refusal(),
    /LEAT_MASTER_KEY|master key/,
  )
  assert.match(await start(t, data, ['--prot', '1']).refusal(), /^leat: flag .*--prot/)
})

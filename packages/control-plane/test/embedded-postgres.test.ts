import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/database/embedded-postgres.ts'
import { readPostmaster } from '../src/database/postmaster.ts'

const root = process.getuid?.() === 0
const nobody = 65534
const script = fileURLToPath(new URL('processes/start-postgres.ts', import.meta.url))
const folders: string[] = []

async function folder(parent = tmpdir()): Promise<string> {
  const path = await mkdtemp(join(parent, 'leat-pg-'))
  folders.push(path)
  return path
}

after(async () => {
  for (const path of folders) {
    const running = await readPostmaster(join(path, 'postgres', 'cluster'))
    if (running) await stop(path)
    await rm(path, { recursive: true, force: true })
  }
})

async function stop(path: string): Promise<void> {
  const server = await startEmbeddedPostgres(path)
  await server.stop()
}

interface Started {
  readonly how: string
  readonly pid: number
  readonly url: string
  readonly child: ChildProcess
}

/** Another process that starts or adopts the server; `as` runs it as a plain user. */
async function inProcess(path: string, as?: number): Promise<Started> {
  const child = spawn(process.execPath, [script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...(as === undefined ? {} : { uid: as, gid: as }),
  })
  const lines = createInterface({ input: child.stdout! })
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => assert.fail('the process ended')),
  ])) as [string]
  return { ...(JSON.parse(line) as Omit<Started, 'child'>), child }
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** PostgreSQL has said that it does not start while processes of the killed server live. */
async function refusedStart(path: string): Promise<void> {
  while (!(await readFile(join(path, 'postgres', 'server.log'), 'utf8')).includes('shared memory block'))
    await pause(20)
}

async function query<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<T>(text)).rows
  } finally {
    await client.end()
  }
}

test('PROMISE-POSTGRES-ADOPT: the server of a killed process is adopted, with what was committed', async () => {
  const path = await folder()
  const first = await inProcess(path)
  assert.equal(first.how, 'started')
  await query(first.url, 'create table kept as select 42 as answer')
  await kill(first.child)
  const second = await inProcess(path)
  assert.deepEqual([second.how, second.pid, second.url], ['adopted', first.pid, first.url])
  assert.deepEqual(await query(second.url, 'select answer from kept'), [{ answer: 42 }])
  await kill(second.child)
})

test('PROMISE-POSTGRES-ADOPT: a killed server starts again with what was committed, on the same port', async () => {
  const path = await folder()
  const first = await startEmbeddedPostgres(path)
  await query(first.url, 'create table kept as select 43 as answer')
  process.kill(first.pid, 'SIGKILL')
  const second = await startEmbeddedPostgres(path)
  assert.equal(second.how, 'started')
  assert.notEqual(second.pid, first.pid)
  assert.equal(second.url, first.url)
  // Not one that anybody's outgoing connection may take while the server is down.
  const outgoing = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => null)
  if (outgoing !== null) assert.ok(Number(new URL(first.url).port) < Number(outgoing.split(/\s+/)[0]))
  assert.deepEqual(await query(second.url, 'select answer from kept'), [{ answer: 43 }])
})

test('PROMISE-POSTGRES-ADOPT: a killed server keeps its port also when its processes take their time to end', async () => {
  const path = await folder()
  const first = await startEmbeddedPostgres(path)
  const busy = new pg.Client({ connectionString: first.url })
  busy.on('error', () => undefined)
  await busy.connect()
  const { rows } = await busy.query<{ pid: number }>('select pg_backend_pid() as pid')
  // A stopped process holds the shared memory, as one that is still writing does: the first tries to start are refused.
  process.kill(rows[0]!.pid, 'SIGSTOP')
  process.kill(first.pid, 'SIGKILL')
  const starting = startEmbeddedPostgres(path)
  await refusedStart(path)
  process.kill(rows[0]!.pid, 'SIGKILL')
  const second = await starting
  assert.equal(second.url, first.url)
  await second.stop()
})

test('a killed server is stopped already: nobody waits for it', async () => {
  const path = await folder()
  const first = await startEmbeddedPostgres(path)
  process.kill(first.pid, 'SIGKILL')
  while (await readFile(`/proc/${first.pid}/cmdline`, 'utf8').catch(() => '')) await pause(10)
  assert.equal(await first.stop({ now: true }), true)
})

test('PROMISE-POSTGRES-ONE: several starters at once share one server on a new folder', async () => {
  const path = await folder()
  const started = await Promise.all([inProcess(path), inProcess(path), inProcess(path)])
  assert.equal(new Set(started.map((one) => one.pid)).size, 1)
  assert.equal(new Set(started.map((one) => one.url)).size, 1)
  assert.equal(started.filter((one) => one.how === 'started').length, 1)
  await Promise.all(started.map((one) => kill(one.child)))
})

test('a stale pid file is no obstacle, also when its number belongs to another process now', async () => {
  const path = await folder()
  const first = await startEmbeddedPostgres(path)
  const pidFile = join(path, 'postgres', 'cluster', 'postmaster.pid')
  const text = await readFile(pidFile, 'utf8')
  await first.stop()
  const { uid, gid } = await stat(join(path, 'postgres', 'cluster'))
  // As the server's own user: PostgreSQL asks whether a process of that user has the number.
  const other = spawn('sleep', ['60'], root ? { uid, gid } : {})
  for (const pid of ['2147483000', String(other.pid), String(process.pid)]) {
    await writeFile(pidFile, text.replace(/^\d+/, pid))
    await chown(pidFile, uid, gid)
    const again = await startEmbeddedPostgres(path)
    assert.equal(again.how, 'started')
    await again.stop()
  }
  other.kill()
})

test('stop ends the server, unless another process uses it', async () => {
  const path = await folder()
  const server = await startEmbeddedPostgres(path)
  const other = new pg.Client({ connectionString: server.url })
  other.on('error', () => undefined)
  await other.connect()
  assert.equal(await server.stop({ unlessUsed: true }), false)
  await other.end()
  const url = new URL(server.url)
  url.searchParams.set('application_name', 'leat 1')
  const own = new pg.Client({ connectionString: url.href })
  own.on('error', () => undefined)
  await own.connect()
  assert.equal(await server.stop({ unlessUsed: true, ours: 'leat 2' }), false)
  assert.equal(await server.stop({ unlessUsed: true, ours: 'leat 1', now: true }), true)
  assert.equal(await readPostmaster(join(path, 'postgres', 'cluster')), null)
})

test('PROMISE-POSTGRES-CLOSED: only this machine, only with the password, and fsync is on', async () => {
  const path = await folder()
  const server = await startEmbeddedPostgres(path)
  const settings = await query<{ name: string; setting: string }>(
    server.url,
    "select name, setting from pg_settings where name in ('listen_addresses', 'fsync', 'synchronous_commit', 'full_page_writes') order by 1",
  )
  assert.deepEqual(
    settings.map((one) => one.setting),
    ['on', 'on', '127.0.0.1', 'on'],
  )
  const wrong = new URL(server.url)
  wrong.password = 'wrong'
  await assert.rejects(query(wrong.href, 'select 1'), /password authentication failed/)
  const cluster = join(path, 'postgres', 'cluster')
  assert.equal((await stat(cluster)).mode & 0o777, 0o700)
  assert.equal((await stat(join(cluster, 'leat-password'))).mode & 0o777, 0o600)
})

test(
  'as root, below a closed folder',
  { skip: root ? false : 'needs root; the plain user below stands for it' },
  async () => {
    const closed = await folder(homedir())
    const path = join(closed, 'data')
    await mkdir(path, { mode: 0o700 })
    folders.push(path)
    const server = await startEmbeddedPostgres(path)
    assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }])
    assert.equal((await stat(join(path, 'postgres', 'cluster'))).uid, nobody)
    await server.stop()
  },
)

test('as a plain user', async () => {
  const path = await folder()
  if (root) await chown(path, nobody, nobody)
  const started = await inProcess(path, root ? nobody : undefined)
  assert.deepEqual(await query(started.url, 'select 1 as one'), [{ one: 1 }])
  await kill(started.child)
  // Root takes over what a plain user began, as that user.
  if (root) assert.equal((await startEmbeddedPostgres(path)).pid, started.pid)
})

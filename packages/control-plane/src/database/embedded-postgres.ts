import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Fault, OperatorSocket } from '@leat/connector-kit'
import pg from 'pg'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { choosePort } from './postgres-port.ts'
import { choosePostgresIdentity, type PostgresIdentity } from './postgres-identity.ts'
import { looksLikePostgres, readPostmaster, releaseRecycledPid, type Postmaster } from './postmaster.ts'

export interface EmbeddedPostgres {
  /** For `openDatabase`; holds the random password of this cluster. */
  readonly url: string
  readonly pid: number
  /** started: this call started the server. adopted: it was already running on this folder. */
  readonly how: 'started' | 'adopted'
  /** Fast shutdown: open transactions roll back and the data is checkpointed; after 2 s at once, see `now`. True when it was stopped. */
  stop(options?: StopOptions): Promise<boolean>
}

export interface StopOptions {
  /** The server keeps running while somebody else has a connection (a second Leat on the same folder). */
  readonly unlessUsed?: boolean
  /** `application_name` of connections that are not somebody else's: those of killed workers live on until their statement ends. */
  readonly ours?: string
  /** Immediate shutdown: nothing committed is lost, but the next start replays the log. */
  readonly now?: boolean
}

const user = 'leat'
const database = 'postgres'
const startAttempts = 40
const patienceMs = 20_000
const fastShutdownMs = 2000
/** Tries at the port of the last start, where somebody else may stay for a while. */
const portTries = 5

/** What `startEmbeddedPostgres` has begun in this process and not handed over yet, with the signal that ends it cleanly. */
const begun = new Map<ChildProcess, NodeJS.Signals>()

/** Ends what calls of `startEmbeddedPostgres` that are still going have spawned: for a process that cannot wait for them. */
export function abandonPostgresStarts(): void {
  for (const [child, signal] of begun) child.kill(signal)
}

/**
 * A real PostgreSQL server in `<data>/postgres`, started or adopted. Any number of processes may call this at the same time for the same
 * folder: the cluster is made aside and put in place by one atomic rename, and PostgreSQL's own lock lets one server win; the others adopt it.
 *
 *   postgres/cluster        data, mode 0700; holds the random password (`leat-password`, mode 0600) and the port that was used last
 *   postgres/server.log     what the server says
 *
 * The server listens on 127.0.0.1 only, outlives a killed Leat, and is found again through `postmaster.pid`.
 * Throws `config` when it cannot run here, `transient` when it does not become ready; both carry the end of its log.
 */
export async function startEmbeddedPostgres(dataFolder: string): Promise<EmbeddedPostgres> {
  const home = join(resolve(dataFolder), 'postgres')
  const cluster = join(home, 'cluster')
  await mkdir(home, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  const binaries = await findPostgresBinaries()
  const identity = await choosePostgresIdentity({ cluster, home, programs: binaries.folder })
  const place: Place = { home, cluster, binaries, identity }
  if (!(await exists(join(cluster, 'PG_VERSION')))) await createCluster(place)
  const password = (await readFile(join(cluster, 'leat-password'), 'utf8').catch(unreadable(cluster))).trim()

  const deadline = Date.now() + patienceMs
  let said = ''
  let taken = 0
  for (let attempt = 0; attempt < startAttempts && Date.now() < deadline; attempt++) {
    const running = await readPostmaster(cluster)
    if (running && (await looksLikePostgres(running.pid))) {
      if (await answers(running, cluster, password, deadline)) return handle(running, cluster, password, 'adopted')
    }
    if (running) await releaseRecycledPid(cluster, running)
    const started = await startServer(place, await choosePort(cluster, taken < portTries))
    if (started.postmaster && (await answers(started.postmaster, cluster, password, deadline))) {
      started.handOver?.()
      return handle(started.postmaster, cluster, password, 'started')
    }
    said = started.said
    if (portTaken.test(said)) taken++
    if (/could not|permission denied|No space left|incompatible|FATAL/i.test(said) && !temporary.test(said)) break
    await pause(100)
  }
  throw new Fault({
    kind: /No space left/i.test(said) ? 'config' : 'transient',
    code: 'database.not_started',
    message: `The built-in PostgreSQL in ${cluster} did not start. It said:\n${said || '(nothing)'}\nSee ${join(home, 'server.log')}.`,
  })
}

/** Another starter won, the port was taken meanwhile, or processes of a killed server are still ending: worth another round. */
const temporary =
  /lock file|Address already in use|could not bind|could not create any TCP|shared memory block|is another postmaster|starting up/i

const portTaken = /Address already in use|could not create any TCP/i

interface Place {
  readonly home: string
  readonly cluster: string
  readonly binaries: PostgresBinaries
  readonly identity: PostgresIdentity
}

async function createCluster({ home, cluster, binaries, identity }: Place): Promise<void> {
  const aside = join(home, `cluster.new-${process.pid}-${randomBytes(4).toString('hex')}`)
  const passwordFile = join(home, `.password-${randomBytes(8).toString('hex')}`)
  const password = randomBytes(24).toString('base64url')
  try {
    await mkdir(aside, { mode: 0o700 })
    await writeFile(passwordFile, password + '\n', { mode: 0o600 })
    if (identity.owner)
      await Promise.all([aside, passwordFile].map((path) => chown(path, identity.owner!.uid, identity.owner!.gid)))
    const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C'
    const initdb = [
      binaries.initdb,
      '-D',
      aside,
      '-U',
      user,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '-E',
      'UTF8',
      `--locale=${locale}`,
      '--no-sync',
      '--no-instructions',
      '--set',
      'timezone=UTC',
      '--set',
      'log_timezone=UTC',
    ]
    await program(initdb, identity)
    await writeFile(join(aside, 'leat-password'), password + '\n', { mode: 0o600 })
    if (identity.owner) await chown(join(aside, 'leat-password'), identity.owner.uid, identity.owner.gid)
    // One pass over everything is quicker than a sync of each of the thousand files as they are written.
    await program([binaries.initdb, '-D', aside, '--sync-only'], identity)
    await rename(aside, cluster).catch((error: NodeJS.ErrnoException) => {
      // Somebody else's cluster is in place already: theirs counts.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await Promise.all([rm(passwordFile, { force: true }), rm(aside, { recursive: true, force: true })])
  }
}

/** Runs a program to its end; a failure carries what it said. */
async function program(command: readonly string[], identity: PostgresIdentity): Promise<void> {
  const [file, ...args] = [...identity.prefix, ...command]
  const child = spawn(file!, args, {
    ...identity.spawn,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: serverEnvironment,
  })
  begun.set(child, 'SIGTERM')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said = (said + chunk).slice(-2000)))
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done)).finally(
    () => begun.delete(child),
  )
  if (code === 0) return
  throw new Fault({
    kind: 'config',
    code: 'database.not_created',
    message: `PostgreSQL could not create its data folder (exit code ${code}):\n${said.trim()}\nFree some space or choose another LEAT_DATA, or set DATABASE_URL.`,
  })
}

/** Nothing of our own environment (keys, PG* variables) reaches the server. */
const serverEnvironment = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: process.platform === 'linux' ? 'C.UTF-8' : 'C',
  TZ: 'UTC',
}

/** Spawns the server and waits until it is ready or has ended. */
async function startServer(
  { home, cluster, binaries, identity }: Place,
  port: number,
): Promise<{ postmaster: Postmaster | null; said: string; handOver?: () => void }> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '96MB',
    max_connections: '100',
    synchronous_commit: 'on',
    fsync: 'on',
    wal_compression: 'on',
    // After a kill, one call instead of one for each of a thousand files: half of the time that a restart takes.
    recovery_init_sync_method: process.platform === 'linux' ? 'syncfs' : 'fsync',
    max_wal_size: '512MB',
    jit: 'off',
    log_line_prefix: '%m [%p] ',
    log_checkpoints: 'off',
  }
  const command = [
    ...identity.prefix,
    binaries.postgres,
    '-D',
    cluster,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]
  const logFile = join(home, 'server.log')
  const log = await open(logFile, 'a', 0o600)
  const from = (await log.stat()).size
  try {
    // A session of its own: Ctrl-C in the terminal goes to Leat only, which stops the server after its last transaction.
    const child = spawn(command[0]!, command.slice(1), {
      ...identity.spawn,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: serverEnvironment,
    })
    child.unref()
    begun.set(child, 'SIGQUIT')
    const failed = new Promise<Error | null>((done) => child.once('error', done).once('exit', () => done(null)))
    let ended: { error: Error | null } | undefined
    void failed.then((error) => (ended = { error }))
    while (!ended) {
      const found = await readPostmaster(cluster)
      if (found?.pid === child.pid && found?.ready)
        return { postmaster: found, said: '', handOver: () => void begun.delete(child) }
      await pause(10)
    }
    begun.delete(child)
    return { postmaster: null, said: ended.error?.message ?? (await tail(logFile, from)) }
  } finally {
    await log.close()
  }
}

async function tail(file: string, from: number): Promise<string> {
  const text = await readFile(file)
  return text.subarray(from).toString('utf8').trim().slice(-2000)
}

/** True when the server at this port takes our password and serves exactly this folder. */
async function answers(server: Postmaster, cluster: string, password: string, deadline: number): Promise<boolean> {
  while (Date.now() < deadline) {
    const client = new pg.Client({
      stream: () => new OperatorSocket(),
      host: '127.0.0.1',
      port: server.port,
      user,
      password,
      database,
      connectionTimeoutMillis: 5000,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const { rows } = await client.query<{ folder: string }>("select current_setting('data_directory') as folder")
      return resolve(rows[0]!.folder) === cluster
    } catch (error) {
      const starting = (error as { code?: string }).code === '57P03'
      if (!starting) return false
      await pause(50)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  return false
}

function handle(server: Postmaster, cluster: string, password: string, how: EmbeddedPostgres['how']): EmbeddedPostgres {
  const url = `postgres://${user}:${password}@127.0.0.1:${server.port}/${database}`
  return {
    url,
    pid: server.pid,
    how,
    stop: (options) => stopServer(server.pid, cluster, url, options ?? {}),
  }
}

/** https://www.postgresql.org/docs/18/server-shutdown.html */
async function stopServer(pid: number, cluster: string, url: string, options: StopOptions): Promise<boolean> {
  if (options.unlessUsed && (await usedByOthers(url, options.ours ?? null))) return false
  // One that was killed leaves its pid file behind.
  const isGone = async (): Promise<boolean> => (await readPostmaster(cluster))?.pid !== pid || !isAlive(pid)
  const ended = async (withinMs: number): Promise<boolean> => {
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await pause(10)) if (await isGone()) return true
    return false
  }
  if (await isGone()) return true
  if (!options.now) {
    tell(pid, 'SIGINT')
    if (await ended(fastShutdownMs)) return true
  }
  tell(pid, 'SIGQUIT')
  return ended(10_000)
}

/** It may have ended a moment ago: by another who stops it, or by its own. */
function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

async function usedByOthers(url: string, ours: string | null): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 1000,
    query_timeout: 1000,
    stream: () => new OperatorSocket(),
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query(
      "select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name is distinct from $1 limit 1",
      [ours],
    )
    return rows.length > 0
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      return unreadable(path)(error)
    },
  )
}

function unreadable(path: string) {
  return (cause: NodeJS.ErrnoException): never => {
    throw new Fault({
      kind: 'config',
      code: 'database.folder_unreadable',
      message: `${path} cannot be read (${cause.code}). It belongs to the user that started Leat first: start it as that user (or root), or choose another LEAT_DATA.`,
      cause,
    })
  }
}

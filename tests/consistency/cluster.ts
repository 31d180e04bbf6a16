import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase, type OpenDatabase } from '@leat/control-plane/work'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@leat/control-plane/embedded-postgres'
import { NexlaClient } from '@leat/sdk'
import {
  childrenOf,
  isRunning,
  postmasterPid,
  postmasterPort,
  ServerProcess,
} from '../../apps/server/test/server-process.ts'
import type { S3Server } from '../../tools/peers/versitygw.ts'
import { freePort } from '../../tools/platform.ts'
import { endProcessesOf, kill, within } from './processes.ts'

export interface ClusterSettings {
  readonly servers: number
  /** Of each server; 0 when the suite starts workers of its own. */
  readonly workers: number
  /** embedded: in the data folder of the only server, which looks after it. apart: shared by all, and looked after by the suite. */
  readonly postgres: 'embedded' | 'apart'
  /** Segments in this bucket server; absent: in a folder of the only server. */
  readonly store?: Pick<S3Server, 'endpoint' | 'accessKey' | 'secretKey' | 'dir'>
  /** Segments in one folder of this machine that all servers use. */
  readonly sharedStore?: boolean
  readonly leaseSeconds: number
  /** More environment of the servers. */
  readonly env?: Readonly<Record<string, string>>
  /** More of the first server alone. */
  readonly firstEnv?: Readonly<Record<string, string>>
  /** Prepares the folder before anything starts. */
  readonly prepare?: () => Promise<void>
  /** Folder for everything; a temporary one unless given. */
  readonly base?: string
}

interface Member {
  readonly data: string
  readonly port: number
  process: ServerProcess
  /** The process that runs now has begun to listen. */
  ready: boolean
}

export const storeUrl = 's3://segments/leat'

/** One platform under test: servers as a user starts them, a PostgreSQL, a segment store. What dies is started again, as by a process manager. */
export class Cluster implements AsyncDisposable {
  /** Those that run now: who is interrupted ends them. */
  static readonly running = new Set<Cluster>()
  readonly base: string
  readonly env: Readonly<Record<string, string>>
  readonly settings: ClusterSettings
  readonly #members: Member[] = []
  #postgres: EmbeddedPostgres | undefined
  #database: OpenDatabase | undefined
  #following: Promise<void> | undefined
  #stopping = false
  #raising: Promise<unknown> = Promise.resolve()
  /** The last log lines of all servers, for the report of a failure. */
  readonly log: string[] = []

  private constructor(settings: ClusterSettings, base: string) {
    this.settings = settings
    this.base = base
    const { store } = settings
    this.env = {
      LEAT_LOCAL_FOLDERS: join(base, 'files'),
      LEAT_LEASE_SECONDS: String(settings.leaseSeconds),
      LEAT_MASTER_KEY: randomBytes(32).toString('base64'),
      LEAT_WORKERS: String(settings.workers),
      ...(store && {
        LEAT_STORE: storeUrl,
        AWS_ENDPOINT_URL_S3: store.endpoint,
        AWS_ACCESS_KEY_ID: store.accessKey,
        AWS_SECRET_ACCESS_KEY: store.secretKey,
        AWS_REGION: 'us-east-1',
      }),
      ...(settings.sharedStore && { LEAT_STORE: join(base, 'segments') }),
      ...settings.env,
    }
  }

  static async start(settings: ClusterSettings): Promise<Cluster> {
    const base = settings.base ?? (await mkdtemp(join(tmpdir(), 'leat-consistency-')))
    const cluster = new Cluster(settings, base)
    Cluster.running.add(cluster)
    try {
      await settings.prepare?.()
      await mkdir(cluster.files, { recursive: true })
      if (settings.postgres === 'apart') await cluster.#startPostgres()
      for (let index = 0; index < settings.servers; index++) await cluster.#addServer(index)
      if (settings.postgres === 'embedded') await cluster.#startPostgres()
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Where local files of flows lie. */
  get files(): string {
    return join(this.base, 'files')
  }

  get databaseUrl(): string {
    return this.#database!.url
  }

  get database(): OpenDatabase {
    return this.#database!
  }

  /** Folder that holds the keys of the segment store. */
  get storeFolder(): string {
    const { store } = this.settings
    if (store) return join(store.dir, 'segments', 'leat')
    return join(this.settings.sharedStore ? this.base : this.data(0), 'segments')
  }

  /** Data folder of a server. */
  data(index = 0): string {
    return this.#members[index]!.data
  }

  async client(index = 0): Promise<NexlaClient> {
    const key = (await readFile(join(this.data(0), 'service-key'), 'utf8')).trim()
    const { port } = this.#members[index]!
    return new NexlaClient({ service_key: key, base_url: `http://127.0.0.1:${port}/api`, max_retries: 12 })
  }

  /** `http://127.0.0.1:<port>` */
  address(index: number): string {
    return `http://127.0.0.1:${this.#members[index]!.port}`
  }

  serverPid(index: number): number {
    return this.#members[index]!.process.child.pid ?? 0
  }

  get serverCount(): number {
    return this.#members.length
  }

  async workerPids(index: number): Promise<readonly number[]> {
    const postgres = await this.postgresPid()
    return (await childrenOf(this.serverPid(index))).filter((pid) => pid !== postgres)
  }

  async postgresPid(): Promise<number | null> {
    return postmasterPid(this.settings.postgres === 'apart' ? this.base : this.data(0))
  }

  /** Also starts the PostgreSQL again after it was killed; one that is looked after by a server comes back by itself. */
  async killPostgres(): Promise<boolean> {
    const pid = await this.postgresPid()
    if (pid === null || !kill(pid)) return false
    if (this.settings.postgres === 'apart') {
      this.#raising = this.#raising.then(() => this.#startPostgres()).catch(() => undefined)
    }
    return true
  }

  /** Starts a PostgreSQL apart that has ended by itself. */
  async revivePostgres(): Promise<void> {
    const pid = await this.postgresPid()
    if (this.settings.postgres === 'apart' && (pid === null || !(await isRunning(pid)))) await this.#startPostgres()
  }

  killServer(index: number): boolean {
    return kill(this.serverPid(index))
  }

  /** False while it starts. */
  isReady(index: number): boolean {
    return this.#members[index]!.ready
  }

  /** Ends the servers, the database, and everything on disk: in good order if it can be had, else by force. At most half a minute. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    Cluster.running.delete(this)
    await within(12_000, Promise.all(this.#members.map(({ process }) => process.end('SIGTERM'))))
    await within(10_000, this.#raising)
    await within(5000, (async (): Promise<unknown> => this.#postgres?.stop({ now: true }))())
    await endProcessesOf(this.base)
    await within(3000, (async (): Promise<unknown> => [await this.#following, await this.#database?.close()])())
    if (this.settings.base === undefined) await rm(this.base, { recursive: true, force: true, maxRetries: 5 })
  }

  async #startPostgres(): Promise<void> {
    const folder = this.settings.postgres === 'apart' ? this.base : this.data(0)
    this.#postgres = await startEmbeddedPostgres(folder)
    this.#database ??= openDatabase({ url: this.#postgres.url, connections: 3, name: 'consistency suite' })
    this.#following ??= this.#followDatabase(folder)
  }

  /** A PostgreSQL that was killed comes back at another port when its own is taken meanwhile. */
  async #followDatabase(folder: string): Promise<void> {
    while (!this.#stopping) {
      await pause(200)
      const port = await postmasterPort(folder)
      const url = new URL(this.#database!.url)
      if (port === null || this.#stopping || url.port === String(port)) continue
      url.port = String(port)
      const old = this.#database!
      this.#database = openDatabase({ url: url.href, connections: 3, name: 'consistency suite' })
      await old.close().catch(() => undefined)
    }
  }

  async #addServer(index: number): Promise<void> {
    const data = join(this.base, `server-${index}`)
    const port = await freePort()
    const member: Member = { data, port, process: this.#spawn(data, port, index), ready: false }
    this.#members.push(member)
    await member.process.address()
  }

  #spawn(data: string, port: number, index: number): ServerProcess {
    const server = new ServerProcess(['start', '--data', data, '--port', String(port)], {
      ...this.env,
      ...(index === 0 && this.settings.firstEnv),
      ...(this.#database && this.settings.postgres === 'apart' && { DATABASE_URL: this.#database.url }),
    })
    server.onLine = (line) => {
      if (line['event'] === 'server ready' && this.#members[index]) this.#members[index].ready = true
      if (line['level'] === 'debug') return
      this.log.push(JSON.stringify({ server: index, ...line }).slice(0, 600))
      if (this.log.length > 400) this.log.splice(0, 200)
    }
    // As a process manager: its workers may still be ending.
    server.child.once('exit', () => void this.#startAgain(index))
    return server
  }
  async #startAgain(index: number): Promise<void> {
    const member = this.#members[index]
    if (member) member.ready = false
    await pause(50)
    if (member && !this.#stopping) member.process = this.#spawn(member.data, member.port, index)
  }
}

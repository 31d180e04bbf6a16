import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../packages/control-plane/src/database/embedded-postgres.ts'
import { DestinationCreate, NexlaClient, SourceCreate } from '../packages/sdk/src/index.ts'
import { startPlatform, type Platform } from './platform.ts'

/** What a platform holds at one moment. Server and workers together, Linux only. */
export interface Holdings {
  readonly runs: number
  readonly residentMb: number
  readonly descriptors: number
  /** Files below the scratch folders, and files of ours in the folder for temporary files. */
  readonly temporaryFiles: number
  /** Files in the segment store that no row knows, neither as a segment or quarantine nor as garbage that waits for its end. */
  readonly orphans: number
}

interface Flow {
  readonly source: number
  readonly sink: number
  readonly input: string
}

/** Many small runs on one platform: files of one record from folder to folder, through a nexset. */
export class SmallRuns implements AsyncDisposable {
  readonly #platform: Platform
  readonly #client: NexlaClient
  readonly #flows: readonly Flow[]
  readonly #database: pg.Pool
  readonly #base: string
  #runs = 0

  private constructor(parts: {
    platform: Platform
    client: NexlaClient
    flows: readonly Flow[]
    database: pg.Pool
    base: string
  }) {
    this.#platform = parts.platform
    this.#client = parts.client
    this.#flows = parts.flows
    this.#database = parts.database
    this.#base = parts.base
  }

  /** A platform of its own with so many flows side by side, each after its first run. */
  static async start(flows: number): Promise<SmallRuns> {
    const base = await mkdtemp(path.join(os.tmpdir(), 'leat-small-runs-'))
    const folders = { data: path.join(base, 'data'), tmp: path.join(base, 'tmp') }
    await Promise.all(Object.values(folders).map((folder) => mkdir(folder)))
    const platform = await startPlatform({ data: folders.data, env: { LEAT_LOCAL_FOLDERS: base, TMPDIR: folders.tmp } })
    const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
    const made: Flow[] = []
    for (let index = 0; index < flows; index++) made.push(await makeFlow(client, base, index))
    const database = new pg.Pool({ connectionString: (await startEmbeddedPostgres(folders.data)).url, max: 1 })
    return new SmallRuns({ platform, client, flows: made, database, base })
  }

  /** Runs each flow so many times, one file a run, and waits until every record is delivered. */
  async run(times: number): Promise<void> {
    await Promise.all(this.#flows.map((flow) => this.#runFlow(flow, times)))
    this.#runs += times * this.#flows.length
    for (const { sink } of this.#flows)
      await until(async () => {
        const { rows } = await this.#database.query<{ left: string }>(
          `select (select coalesce(max(last_seq), 0) from segment g where g.data_set_id = s.data_set_id) - s.cursor_seq as left from data_sink s where s.id = $1`,
          [sink],
        )
        return Number(rows[0]?.left) === 0
      })
  }

  async #runFlow({ source, input }: Flow, times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      await writeFile(path.join(input, `${this.#runs}-${time}.json`), `{"n":${time},"name":"small"}\n`)
      await this.#client.sources.run(source)
      await until(async () => {
        const { rows } = await this.#database.query<{ open: string }>(
          `select count(*) as open from run where data_source_id = $1 and finished_at is null`,
          [source],
        )
        return Number(rows[0]?.open) === 0
      })
    }
  }

  async look(): Promise<Holdings> {
    const pids = [this.#platform.process.pid!, ...(await this.#platform.workers())]
    const each = await Promise.all(pids.map(processHoldings))
    const scratch = await filesBelow(path.join(this.#platform.data, 'scratch'))
    const temporary = await filesBelow(path.join(this.#base, 'tmp'))
    return {
      runs: this.#runs,
      residentMb: Math.round(each.reduce((sum, one) => sum + one.residentMb, 0)),
      descriptors: each.reduce((sum, one) => sum + one.descriptors, 0),
      temporaryFiles: scratch.length + temporary.length,
      orphans: await this.#lastingOrphans(),
    }
  }

  /** A file that is written now has no row yet; it counts when it still has none a little later. */
  async #lastingOrphans(): Promise<number> {
    const first = await this.#orphans()
    if (first.length === 0) return 0
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const later = new Set(await this.#orphans())
    return first.filter((key) => later.has(key)).length
  }

  async #orphans(): Promise<readonly string[]> {
    const store = path.join(this.#platform.data, 'segments')
    const { rows } = await this.#database.query<{ key: string }>(
      'select store_key as key from segment union select store_key from quarantine union select store_key from garbage',
    )
    const known = new Set(rows.map(({ key }) => key))
    return (await filesBelow(store)).map((file) => path.relative(store, file)).filter((key) => !known.has(key))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.end()
    await this.#platform.stop()
    await rm(this.#base, { recursive: true, force: true })
  }
}

async function makeFlow(client: NexlaClient, base: string, index: number): Promise<Flow> {
  const input = path.join(base, `in-${index}`)
  await mkdir(input)
  await writeFile(path.join(input, 'first.json'), '{"n":0,"name":"first"}\n')
  const source = await client.sources.create(
    SourceCreate({
      name: `small ${index}`,
      source_type: 'local_file',
      source_config: { path: input, file_format: 'json', stable_after_ms: 0 },
    }),
  )
  await client.sources.activate(source.id)
  const nexsets = await client.nexsets.list({ per_page: 1000 })
  const nexset = nexsets.find((candidate) => candidate.data_source_id === source.id)
  if (nexset === undefined) throw new Error(`flow ${index} has no nexset`)
  const sink = await client.destinations.create(
    DestinationCreate({
      name: `small ${index}`,
      sink_type: 'local_file',
      data_set_id: nexset.id,
      sink_config: { path: path.join(base, `out-${index}`), data_format: 'json' },
    }),
  )
  await client.destinations.activate(sink.id)
  return { source: source.id, sink: sink.id, input }
}

async function processHoldings(pid: number): Promise<{ residentMb: number; descriptors: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const descriptors = await readdir(`/proc/${pid}/fd`)
  return { residentMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024, descriptors: descriptors.length }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  // A file that goes while it is looked at was not left behind.
  const there = await Promise.all(
    files.map((file) =>
      stat(file).then(
        () => true,
        () => false,
      ),
    ),
  )
  return files.filter((_, index) => there[index])
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('a small run did not end within a minute')
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

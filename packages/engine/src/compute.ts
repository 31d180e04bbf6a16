import { DuckDBInstance, type DuckDBConnection, type DuckDBResultReader } from '@duckdb/node-api'
import { Fault } from '@leat/connector-kit'
import { quoteLiteral, type SqlSession } from '@leat/formats'

/**
 * The one port through which the engine reaches its compute. DuckDB is its first implementation; another engine that reads the
 * same Parquet segments (Spark, Flink) would be a second.
 */
export interface Compute extends AsyncDisposable {
  /**
   * A connection of its own. `parsing`: for text out of a pipe or on its way to a slower reader, where a second thread mostly waits for the first and
   * burns its core on it. The number of threads holds for the whole instance: while anyone parses, those who scan make do with as many.
   */
  session(work?: 'parsing' | 'scanning'): Promise<ComputeSession>
  /**
   * Work that fills the memory and the cores of a worker by itself: one after another. Around it (waiting for a source, storing, committing) jobs
   * overlap, so that no core waits for a disk or a database. Rejects with the signal's reason when that comes first.
   */
  alone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export interface ComputeSession extends SqlSession, AsyncDisposable {
  /** One thread runs its statements: several files of one reading are opened one after the other, each at the end of the one before. */
  readonly sequential: boolean
  /** Runs a `COPY … TO` and returns the number of rows that it wrote. */
  copy(sql: string): Promise<number>
  /** Ends the running statement with an error; the session stays usable. */
  interrupt(): void
}

export interface ComputeSettings {
  /** Threads for scanning Parquet files. */
  readonly threads: number
  /** Threads for parsing text out of a pipe; the cores of the machine shared among its workers. Default: `threads`. */
  readonly parsingThreads?: number
  /** DuckDB's buffer limit in MB; resident memory is about 150 MB above it. */
  readonly memoryMb: number
  /** Folder for temporary files and spilling. */
  readonly scratch: string
  /** Folders besides `scratch` that statements may read: the local segment store or the cache of a remote one. */
  readonly folders: readonly string[]
}

export async function openDuckDb(settings: ComputeSettings): Promise<Compute> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(settings.threads),
    memory_limit: `${settings.memoryMb}MB`,
    temp_directory: settings.scratch,
    // Nothing may be downloaded while data moves: json and parquet are built in.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  await confine(instance, [settings.scratch, ...settings.folders])
  let last: Promise<unknown> = Promise.resolve()
  let parsing = 0
  let threads = settings.threads
  return {
    async alone(work, signal) {
      const turn = last.then(() => {
        signal.throwIfAborted()
        return work()
      })
      last = turn.catch(() => undefined)
      return await turn
    },
    async session(work = 'scanning') {
      const connection = await instance.connect()
      await connection.run("SET TimeZone = 'UTC'")
      if (work === 'parsing') parsing++
      const wanted = parsing > 0 ? (settings.parsingThreads ?? settings.threads) : settings.threads
      if (wanted !== threads) {
        threads = wanted
        await connection.run(`SET threads = ${wanted}`)
      }
      const sequential = work === 'parsing' && wanted === 1
      return new DuckDbSession(connection, sequential, () => void (work === 'parsing' && parsing--))
    },
    async [Symbol.asyncDispose]() {
      instance.closeSync()
    },
  }
}

/** The second wall behind the check of SQL: no statement reaches a file elsewhere, the network or an extension. It cannot be undone. */
async function confine(instance: DuckDBInstance, folders: readonly string[]): Promise<void> {
  const connection = await instance.connect()
  await connection.run(`SET allowed_directories = [${folders.map((folder) => quoteLiteral(`${folder}/`)).join(', ')}]`)
  await connection.run('SET enable_external_access = false')
  connection.closeSync()
}

class DuckDbSession implements ComputeSession {
  readonly sequential: boolean
  readonly #connection: DuckDBConnection
  readonly #onClose: () => void
  constructor(connection: DuckDBConnection, sequential: boolean, onClose: () => void) {
    this.sequential = sequential
    this.#connection = connection
    this.#onClose = onClose
  }

  async run(sql: string): Promise<void> {
    await translated(() => this.#connection.run(sql))
  }

  async copy(sql: string): Promise<number> {
    const result = await translated(() => this.#connection.run(sql))
    return Number(result.rowsChanged)
  }

  async rows(sql: string): Promise<readonly Record<string, unknown>[]> {
    const reader: DuckDBResultReader = await translated(() => this.#connection.runAndReadAll(sql))
    return reader.getRowObjectsJson()
  }

  interrupt(): void {
    this.#connection.interrupt()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.closeSync()
    this.#onClose()
  }
}

/** A full disk is the operator's matter and must not look like bad data; everything else stays DuckDB's own error. */
async function translated<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (thrown) {
    throw diskFull(thrown) ?? thrown
  }
}

/** The fault for a write that found no space, or null. */
export function diskFull(thrown: unknown): Fault | null {
  const code = (thrown as { code?: unknown } | null)?.code
  const text = thrown instanceof Error ? thrown.message : ''
  if (code !== 'ENOSPC' && !/no space left on device|ENOSPC/i.test(text)) return null
  return new Fault({
    kind: 'transient',
    code: 'store.disk_full',
    message:
      'The disk that holds the data folder is full. Nothing was lost: free some space (or lower the retention of nexsets) and the run continues by itself.',
    cause: thrown,
  })
}

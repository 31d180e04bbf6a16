import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { parquetReadObjects, asyncBufferFromFile } from 'hyparquet'
import type { NexlaClient } from '@leat/sdk'
import type { Cluster } from './cluster.ts'
import { addVerdicts, judge, judgeQuarantine, type Verdict } from './judge.ts'
import { folderPut, Stream, type PutFile } from './stream.ts'

/** files -> nexset -> filtered nexset -> files: everything that a record can go through. */
export interface Flow {
  readonly stream: Stream
  readonly sourceId: number
  /** Known after the first data. */
  readonly nexsetId: number
  readonly childId: number
  readonly sinkId: number
  /** The unfiltered nexset has a sink too. */
  readonly plainSinkId: number
}

export interface Ends {
  readonly put: PutFile
  readonly source: { readonly type: string; readonly config: Record<string, unknown> }
  readonly credentialId?: number
  readonly sink: (folder: string) => { readonly type: string; readonly config: Record<string, unknown> }
  /** Folder on this machine in which a reader finds what a sink has published. */
  readonly published: (folder: string) => string
}

export function localEnds(cluster: Cluster, name: string): Ends {
  const folder = (part: string): string => join(cluster.files, name, part)
  return {
    put: folderPut(folder('in')),
    source: { type: 'local_file', config: { path: folder('in'), file_format: 'json', stable_after_ms: 0 } },
    sink: (part) => ({ type: 'local_file', config: { path: folder(part), data_format: 'json' } }),
    published: folder,
  }
}

/** Creates the source, not active yet; `cron` lets it look for new files by itself. */
export async function createSource(client: NexlaClient, name: string, ends: Ends, cron?: string): Promise<number> {
  const { type, config } = ends.source
  const source = await client.sources.create({
    name,
    source_type: type,
    source_config: { ...config, ...(cron === undefined ? {} : { 'start.cron': cron }) },
    ...(ends.credentialId === undefined ? {} : { data_credentials_id: ends.credentialId }),
  } as never)
  return source.id
}

/** Hangs the followers below the nexset that the source has made by now. */
export async function addFollowers(
  client: NexlaClient,
  name: string,
  ends: Ends,
  nexsetId: number,
): Promise<{ childId: number; sinkId: number; plainSinkId: number }> {
  const child = await client.nexsets.create({
    name: `${name} kept`,
    parent_data_set_id: nexsetId,
    transform: { version: 1, operations: [{ operation: 'filter', condition: 'seq % 4 != 0' }] },
  } as never)
  await client.nexsets.activate(child.id)
  const sink = async (nexset: number, folder: string): Promise<number> => {
    const { type, config } = ends.sink(folder)
    const created = await client.destinations.create({
      name: `${name} ${folder}`,
      sink_type: type,
      sink_config: config,
      data_set_id: nexset,
      ...(ends.credentialId === undefined ? {} : { data_credentials_id: ends.credentialId }),
    } as never)
    await client.destinations.activate(created.id)
    return created.id
  }
  return { childId: child.id, sinkId: await sink(child.id, 'out'), plainSinkId: await sink(nexsetId, 'all') }
}

/** A flow with followers. The first file makes the nexset; somebody must be working. */
export async function startFlow(
  cluster: Cluster,
  name: string,
  ends: Ends,
  options: { readonly cron?: string; readonly first: { readonly records: number; readonly bad?: number } },
): Promise<Flow> {
  const client = await cluster.client()
  const stream = new Stream(name, ends.put)
  await stream.write(options.first)
  const sourceId = await createSource(client, name, ends, options.cron)
  await client.sources.activate(sourceId)
  const nexsetId = await until('the source has a nexset', async () => {
    const { rows } = await cluster.database.pool.query('select id from data_set where data_source_id = $1', [sourceId])
    return (rows[0] as { id: number } | undefined)?.id
  })
  return { stream, sourceId, nexsetId, ...(await addFollowers(client, name, ends, nexsetId)) }
}

/** Everything that was written has been read, and all followers have passed it. Null, or what is still open. */
export async function openWork(
  cluster: Cluster,
  { sourceId, stream }: Pick<Flow, 'sourceId' | 'stream'>,
): Promise<string | null> {
  const { rows } = await cluster.database.pool.query(
    `select (select count(*)::int from unit where data_source_id = $1 and status = 'DONE') as read,
       (select count(*)::int from run where data_source_id = $1 and status in ('QUEUED', 'RUNNING')) as runs,
       (select count(*)::int from (
         select c.cursor_seq, p.next_seq from data_set c join data_set p on p.id = c.parent_data_set_id where p.data_source_id = $1
         union all select s.cursor_seq, p.next_seq from data_sink s join data_set p on p.id = s.data_set_id
           where p.data_source_id = $1 or p.parent_data_set_id in (select id from data_set where data_source_id = $1)
       ) f where f.cursor_seq < f.next_seq - 1) as behind,
       (select count(*)::int from staged_token t join data_sink s on s.id = t.data_sink_id join data_set p on p.id = s.data_set_id
         where t.settled_at is null and (p.data_source_id = $1 or p.parent_data_set_id in (select id from data_set where data_source_id = $1))) as staged`,
    [sourceId],
  )
  const { read, runs, behind, staged } = rows[0] as Record<'read' | 'runs' | 'behind' | 'staged', number>
  if (read >= stream.files && runs + behind + staged === 0) return null
  const { rows: problems } = await cluster.database.pool.query(
    `select problem from data_source where id = $1 and problem is not null
     union all select problem from data_sink where problem is not null union all select problem from data_set where problem is not null`,
    [sourceId],
  )
  const said = (problems as { problem: { message: string } }[]).map(({ problem }) => problem.message).join(' · ')
  return `${read} of ${stream.files} files read, ${runs} runs going, ${behind} followers behind, ${staged} deliveries open${said && `: ${said}`}`
}

/** What readers find at the ends of the flow, read without the platform. */
export async function judgeFlow(
  cluster: Cluster,
  flow: Pick<Flow, 'stream' | 'sourceId'>,
  ends: Ends,
  unfinished = false,
): Promise<Verdict> {
  const { stream } = flow
  const { records, bad } = stream
  const due = { stream: stream.name, records, unfinished }
  return addVerdicts([
    await judge(publishedRows(ends.published('out')), { ...due, filtered: true }),
    await judge(publishedRows(ends.published('all')), due),
    ...(unfinished || bad === 0 ? [] : [judgeQuarantine(await quarantined(cluster, flow.sourceId), stream.name, bad)]),
  ])
}

/** Rows of the files below a folder, in the order of their names: each name begins with the range that it holds. */
async function* publishedRows(folder: string): AsyncGenerator<unknown> {
  await mkdir(folder, { recursive: true })
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && !`${entry.parentPath}/`.includes('/.leat-staging/'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted((left, right) => (basename(left) < basename(right) ? -1 : 1))
  for (const file of files) {
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      if (line === '') continue
      yield parsed(line)
    }
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line
  }
}

const compressors = { ZSTD: (bytes: Uint8Array): Uint8Array => zstdDecompressSync(bytes) }

/** Raw bytes of the refused records of a source, from the quarantine files themselves. */
async function quarantined(cluster: Cluster, sourceId: number): Promise<readonly string[]> {
  const { rows } = await cluster.database.pool.query(
    `select store_key from quarantine where node_kind = 'data_source' and node_id = $1`,
    [sourceId],
  )
  const raw: string[] = []
  for (const { store_key } of rows as { store_key: string }[]) {
    const file = await asyncBufferFromFile(join(cluster.storeFolder, store_key))
    for (const row of await parquetReadObjects({ file, columns: ['raw'], utf8: false, compressors }))
      raw.push(Buffer.from(row['raw'] as Uint8Array).toString())
  }
  return raw
}

/** Waits until everything has been delivered; a failure says what is still open. */
export async function settled(cluster: Cluster, flow: Pick<Flow, 'sourceId' | 'stream'>, seconds = 60): Promise<void> {
  let open: string | null = null
  try {
    await until('everything is delivered', async () => (open = await openWork(cluster, flow)) === null, seconds)
  } catch (error) {
    throw new Error(`not everything was delivered within ${seconds} s: ${open ?? 'unknown'}`, { cause: error })
  }
}

/** Waits until `what` is there, at most a minute unless told otherwise. */
export async function until<T>(
  name: string,
  what: () => Promise<T | undefined | null | false>,
  seconds = 60,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  let failure: unknown
  while (Date.now() < deadline) {
    try {
      const value = await what()
      if (value !== undefined && value !== null && value !== false) return value
    } catch (error) {
      failure = error // a database that is being restarted
    }
    await pause(40)
  }
  throw new Error(`not reached within ${seconds} s: ${name}`, { cause: failure })
}

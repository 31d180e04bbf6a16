import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { parquetReadObjects, asyncBufferFromFile } from 'hyparquet'
import { stagingFolders } from '@leat/connector-kit/files'
import type { NexlaClient } from '@leat/sdk'
import type { Cluster } from './cluster.ts'
import { addVerdicts, judge, judgeQuarantine, type Verdict } from './judge.ts'
import { folderPut, Stream, type PutFile } from './stream.ts'

/** What was written into a flow: all that the judge has to know. */
export interface Written {
  readonly name: string
  readonly records: number
  readonly bad: number
  /** Files that a source lists; absent when it does not read files. */
  readonly files?: number
  /** What of it has not arrived yet although it has to; absent when the files tell. */
  unread?(): Promise<string | null>
  /** False for a record that may be there or not: nobody has said that it was taken. Absent: all have to be there. */
  isCertain?(seq: number): boolean
}

/** source -> nexset -> filtered nexset -> destination: everything that a record can go through. */
export interface Flow<Origin extends Written = Written> {
  readonly stream: Origin
  readonly sourceId: number
  /** Known after the first data. */
  readonly nexsetId: number
  readonly childId: number
  readonly sinkId: number
  /** The unfiltered nexset has a sink too. */
  readonly plainSinkId: number
}

/** Where records come from. */
export interface Inlet {
  readonly type: string
  readonly config: Record<string, unknown>
  readonly template?: object
  readonly credentialId?: number
}

/** Where they go, and how somebody reads them there without the platform. */
export interface Outlet {
  readonly credentialId?: number
  readonly sink: (part: string) => {
    readonly type: string
    readonly config: Record<string, unknown>
    readonly create_destination?: boolean
  }
  readonly rows: (part: string) => AsyncIterable<unknown>
}

export interface Ends {
  readonly source: Inlet
  readonly outlet: Outlet
}

export interface FileEnds extends Ends {
  readonly put: PutFile
}

export function localEnds(cluster: Cluster, name: string): FileEnds {
  const folder = (part: string): string => join(cluster.files, name, part)
  return {
    put: folderPut(folder('in')),
    source: { type: 'local_file', config: { path: folder('in'), file_format: 'json', stable_after_ms: 0 } },
    outlet: {
      sink: (part) => ({ type: 'local_file', config: { path: folder(part), data_format: 'json' } }),
      rows: (part) => publishedRows(folder(part)),
    },
  }
}

/** Creates the source, not active yet; `cron` lets it look for new files by itself. */
export async function createSource(client: NexlaClient, name: string, inlet: Inlet, cron?: string): Promise<number> {
  const { type, config, template, credentialId } = inlet
  const source = await client.sources.create({
    name,
    source_type: type,
    source_config: { ...config, ...(cron === undefined ? {} : { 'start.cron': cron }) },
    ...(template && { template_config: template }),
    ...(credentialId === undefined ? {} : { data_credentials_id: credentialId }),
  } as never)
  return source.id
}

/** Hangs the followers below the nexset that the source has made by now. */
export async function addFollowers(
  client: NexlaClient,
  name: string,
  outlet: Outlet,
  nexsetId: number,
): Promise<{ childId: number; sinkId: number; plainSinkId: number }> {
  const child = await client.nexsets.create({
    name: `${name} kept`,
    parent_data_set_id: nexsetId,
    transform: { version: 1, operations: [{ operation: 'filter', condition: 'seq % 4 != 0' }] },
  } as never)
  await client.nexsets.activate(child.id)
  const sink = async (nexset: number, folder: string): Promise<number> => {
    const { type, config, create_destination = false } = outlet.sink(folder)
    const created = await client.destinations.create({
      name: `${name} ${folder}`,
      sink_type: type,
      sink_config: config,
      create_destination,
      data_set_id: nexset,
      ...(outlet.credentialId === undefined ? {} : { data_credentials_id: outlet.credentialId }),
    } as never)
    await client.destinations.activate(created.id)
    return created.id
  }
  return { childId: child.id, sinkId: await sink(child.id, 'out'), plainSinkId: await sink(nexsetId, 'all') }
}

/** A flow of files with followers. The first file makes the nexset; somebody must be working. */
export async function startFlow(
  cluster: Cluster,
  name: string,
  ends: FileEnds,
  options: { readonly cron?: string; readonly first: { readonly records: number; readonly bad?: number } },
): Promise<Flow<Stream>> {
  const stream = new Stream(name, ends.put)
  await stream.write(options.first)
  return follow(cluster, stream, ends, options.cron)
}

/** A flow of anything, with followers; `begin` brings the first data about when the source is active. */
export async function follow<Origin extends Written>(
  cluster: Cluster,
  stream: Origin,
  ends: Ends,
  cron?: string,
  begin?: (sourceId: number, client: NexlaClient) => Promise<unknown>,
): Promise<Flow<Origin>> {
  const client = await cluster.client()
  const { name } = stream
  const sourceId = await createSource(client, name, ends.source, cron)
  await client.sources.activate(sourceId)
  await begin?.(sourceId, client)
  const nexsetId = await until('the source has a nexset', async () => {
    const { rows } = await cluster.database.pool.query(
      'select id from data_set where data_source_id = $1 and schema is not null',
      [sourceId],
    )
    return (rows[0] as { id: number } | undefined)?.id
  })
  return { stream, sourceId, nexsetId, ...(await addFollowers(client, name, ends.outlet, nexsetId)) }
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
  const isRead = stream.files === undefined || read >= stream.files
  const unread = isRead && runs + behind + staged === 0 ? ((await stream.unread?.()) ?? null) : null
  if (isRead && runs + behind + staged === 0 && unread === null) return null
  const { rows: problems } = await cluster.database.pool.query(
    `select problem from data_source where id = $1 and problem is not null
     union all select problem from data_sink where problem is not null union all select problem from data_set where problem is not null`,
    [sourceId],
  )
  const said = (problems as { problem: { message: string } }[]).map(({ problem }) => problem.message).join(' · ')
  const what = unread ?? `${read} of ${stream.files ?? 'some'} units read`
  return `${what}, ${runs} runs going, ${behind} followers behind, ${staged} deliveries open${said && `: ${said}`}`
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
  const isCertain = stream.isCertain?.bind(stream)
  const due = { stream: stream.name, records, unfinished, ...(isCertain && { isCertain }) }
  return addVerdicts([
    await judge(ends.outlet.rows('out'), { ...due, filtered: true }),
    await judge(ends.outlet.rows('all'), due),
    ...(unfinished || bad === 0 ? [] : [judgeQuarantine(await quarantined(cluster, flow.sourceId), stream.name, bad)]),
  ])
}

/** Rows of the files below a folder, in the order of their names: each name begins with the range that it holds. */
export async function* publishedRows(folder: string): AsyncGenerator<unknown> {
  await mkdir(folder, { recursive: true })
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter(
      (entry) => entry.isFile() && !stagingFolders.some((staging) => `${entry.parentPath}/`.includes(`/${staging}/`)),
    )
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
    const file = await asyncBufferFromFile(join(cluster.storeFolder, store_key)).catch(() => null)
    // What a row points at and is not there was lost: the judge counts it.
    if (file === null) continue
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

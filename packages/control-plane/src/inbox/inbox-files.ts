import { createReadStream } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { SegmentStore } from '@leat/engine'
import type { JobQueue } from '../jobs/job-queue.ts'
import { execute, query, queryOne, type Sql, transact, type Database } from '../ledger/sql.ts'
import { startRunIn } from '../runs/start-run.ts'
import { syncFolder } from './folder-log.ts'
import { blocksOf, Totals } from './group.ts'
import type { SealedFile } from './inbox-log.ts'
import { ownerLives } from './owner.ts'
import { readGroups } from './read-groups.ts'

/** Held by whoever brings files of dead processes in and by whoever removes files: a file that was just removed must not come back. */
const lock = `select pg_advisory_xact_lock(hashtext('leat.inbox.files'))`

export function inboxFolderOf(dataFolder: string): string {
  return join(dataFolder, 'inbox')
}

/** Makes a sealed file known, and starts the sources that have records in it. */
export async function registerInboxFile(database: Database, queue: JobQueue, file: SealedFile): Promise<void> {
  const sources = await transact(database, (tx) => insertFile(tx, file))
  // Each in a transaction of its own: one source's lock must not make the others wait. What is missed here, `wakeInbox` finds.
  for (const id of sources) await startIfActive(database, queue, id)
}

async function insertFile(tx: Sql, file: SealedFile): Promise<readonly number[]> {
  const inserted = await queryOne<{ id: number }>(
    tx,
    `insert into inbox_file (place, name, bytes) values ($1, $2, $3) on conflict (name) do nothing returning id`,
    [file.place, file.name, file.bytes],
  )
  if (!inserted) return []
  // A source that was deleted meanwhile takes its records with it.
  const rows = await query<{ id: number }>(
    tx,
    `insert into inbox_part (file_id, data_source_id, flags, records, bytes)
     select $1, p.source, p.flags, p.records, p.bytes from unnest($2::bigint[], $3::int[], $4::bigint[], $5::bigint[]) as p(source, flags, records, bytes)
     join data_source s on s.id = p.source returning data_source_id as id`,
    [
      inserted.id,
      file.parts.map((part) => part.sourceId),
      file.parts.map((part) => part.flags),
      file.parts.map((part) => part.records),
      file.parts.map((part) => part.bytes),
    ],
  )
  return [...new Set(rows.map((row) => row.id))]
}

async function startIfActive(database: Database, queue: JobQueue, id: number): Promise<boolean> {
  return transact(database, async (tx) => {
    const active = await queryOne(
      tx,
      `select id from data_source where id = $1 and status = 'ACTIVE' for no key update`,
      [id],
    )
    if (!active) return false
    return (await startRunIn(tx, queue, id, 'push')).started
  })
}

/**
 * Active sources with records that nobody has begun to read for a while get a run: the server that sealed the file died before it could start
 * one, or the last run failed. Returns how many.
 */
export async function wakeInbox(database: Database, queue: JobQueue): Promise<number> {
  const waiting = await query<{ id: number }>(
    database,
    `select distinct p.data_source_id as id from inbox_part p join inbox_file f on f.id = p.file_id join data_source s on s.id = p.data_source_id
     where s.status = 'ACTIVE' and f.created_at < now() - interval '5 seconds'
       and not exists (select 1 from unit u where u.data_source_id = p.data_source_id and u.key = ${unitKey} and u.status = 'DONE')
       and not exists (select 1 from run r where r.data_source_id = p.data_source_id and r.status in ('QUEUED', 'RUNNING'))
       and not exists (select 1 from run r where r.data_source_id = p.data_source_id and r.status = 'FAILED' and r.finished_at > now() - interval '60 seconds')`,
  )
  let started = 0
  for (const { id } of waiting) if (await startIfActive(database, queue, id)) started++
  return started
}

/** Key of the unit of a part, in SQL over `inbox_part p` and `inbox_file f`. */
export const unitKey = `(f.name || case when p.flags = 0 then '' else '#' || p.flags end)`

/**
 * Brings in what processes that ended without sealing have left in the inbox folder: every group that is whole. Returns the records found.
 * `starting`: this process has not opened a file of its own yet.
 */
export async function recoverFolder(
  database: Database,
  queue: JobQueue,
  folder: string,
  options: { readonly starting: boolean },
): Promise<number> {
  const names = await namesIn(folder)
  if (names.length === 0) return 0
  const left: string[] = []
  for (const name of names) {
    const own = options.starting && name.endsWith(`.${process.pid}-0`)
    if (own || !(await ownerLives(name))) left.push(name)
  }
  let records = 0
  const sources = new Set<number>()
  for (const name of left) {
    await transact(database, async (tx) => {
      await query(tx, lock)
      const known = await queryOne(tx, 'select id from inbox_file where name = $1', [name])
      if (known) return
      const sealed = await readSealed(folder, name)
      if (sealed === null) return
      if (sealed.parts.length === 0) return rm(join(folder, name), { force: true })
      for (const id of await insertFile(tx, sealed)) sources.add(id)
      records += sealed.parts.reduce((sum, part) => sum + part.records, 0)
    })
  }
  for (const id of sources) await startIfActive(database, queue, id)
  return records
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [] as string[])).filter((name) => /\.\d+-\d+$/.test(name)).toSorted()
}

/** Null when the file is gone. Its bytes are made durable first: a killed process may have died between write and sync. */
async function readSealed(folder: string, name: string): Promise<SealedFile | null> {
  const path = join(folder, name)
  const handle = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (handle === null) return null
  await using _ = handle
  await handle.datasync()
  const totals = new Totals()
  let bytes = 0
  for await (const group of readGroups(createReadStream(path, { highWaterMark: 4 << 20 }), 'may be torn', name)) {
    bytes += group.length
    for (const { head } of blocksOf(group)) totals.add(head)
  }
  return { place: 'folder', name, bytes, parts: totals.parts }
}

export interface SweptInbox {
  readonly files: number
}

/**
 * Removes files whose every part was read, then their rows and the rows of their units. In this order, and durably: a file without rows would be
 * taken for one that a dead process left behind, and be read again.
 */
export async function sweepInbox(
  database: Database,
  folder: string,
  store: () => Promise<SegmentStore>,
): Promise<SweptInbox> {
  const files = await transact(database, async (tx) => {
    await query(tx, lock)
    const done = await query<{ id: number; place: 'folder' | 'store'; name: string }>(
      tx,
      `select f.id, f.place, f.name from inbox_file f where f.created_at < now() - interval '1 second' and not exists (
         select 1 from inbox_part p where p.file_id = f.id and not exists (
           select 1 from unit u join run r on r.id = u.run_id
           where u.data_source_id = p.data_source_id and u.key = ${unitKey} and u.status = 'DONE' and r.status not in ('QUEUED', 'RUNNING')))
       order by f.id limit 500`,
    )
    if (done.length === 0) return 0
    const local = done.filter((file) => file.place === 'folder')
    for (const file of local) await rm(join(folder, file.name), { force: true })
    if (local.length > 0) await syncFolder(folder).catch(() => undefined)
    for (const file of done) if (file.place === 'store') await (await store()).remove(file.name)
    const ids = done.map((file) => file.id)
    await execute(
      tx,
      `delete from unit u using inbox_part p join inbox_file f on f.id = p.file_id
       where f.id = any($1::bigint[]) and u.data_source_id = p.data_source_id and u.key = ${unitKey}`,
      [ids],
    )
    await execute(tx, 'delete from inbox_file where id = any($1::bigint[])', [ids])
    return done.length
  })
  return { files }
}

import type { ResourceKind } from '@leat/contract'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/connection.ts'
import type { Call } from './call.ts'
import type { Delivery } from './delivery.ts'

/** Deliveries of this process by replay row: it knows them sooner than the table does. */
const deliveries = new Map<number, Delivery>()
const lifetimeMs = 60_000
/** Another server that lives has told of its answer by then; one that died never will. */
const patienceMs = 1000

/**
 * Creates something unless the same member asked for the same within the last minute and may not have got the answer: then the id of what
 * was created is returned. The public client repeats a POST after a lost connection, and must not get two resources.
 *
 * The note that it was created commits with the resource, and an equal request waits at the lock until then: a process that dies in between
 * leaves neither, two that race leave one. A repeat after an answer that arrived creates anew.
 */
export async function createOnce(
  db: Database,
  call: Call,
  kind: ResourceKind,
  create: (tx: DatabaseTransaction) => Promise<number>,
): Promise<number> {
  const { fingerprint } = call
  if (!fingerprint) return db.transaction().execute(create)
  const done = await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${fingerprint.readInt32BE(0)}::int, ${fingerprint.readInt32BE(4)}::int)`.execute(
      tx,
    )
    const earlier = await earlierAnswer(tx, fingerprint, call.delivery.arrivedAt)
    if (earlier) return earlier
    const resourceId = await create(tx)
    const row = await tx
      .insertInto('create_replay')
      .values({ fingerprint, resource_kind: kind, resource_id: resourceId })
      .returning('id')
      .executeTakeFirstOrThrow()
    return { rowId: row.id, resourceId }
  })
  follow(db, done.rowId, call.delivery)
  return done.resourceId
}

interface EarlierRow {
  readonly id: number
  readonly resource_id: number
  readonly resource_kind: string
  readonly state: string
  /** ms that the commit came after this request arrived; null while the answer is not written. */
  readonly committed_after_ms: number | null
  readonly age_ms: number
}

async function earlierAnswer(
  tx: DatabaseTransaction,
  fingerprint: Buffer,
  arrivedAt: number,
): Promise<{ rowId: number; resourceId: number } | null> {
  const row = await settledRow(tx, fingerprint, arrivedAt)
  if (!row) return null
  const here = deliveries.get(row.id)
  // A request that came before the first answer was written cannot have been meant as another create.
  const together = here === undefined ? (row.committed_after_ms ?? 0) > 0 : arrivedAt < here.writtenAt
  const arrived = here === undefined ? row.state === 'written' : here.state === 'written' || here.state === 'delivered'
  if (!together && arrived) return null
  const table = tableOf[row.resource_kind as ResourceKind]
  const alive = await tx.selectFrom(table).select('id').where('id', '=', row.resource_id).executeTakeFirst()
  return alive ? { rowId: row.id, resourceId: row.resource_id } : null
}

/** The last equal create; when another server is answering it just now, what becomes of its answer. */
async function settledRow(
  tx: DatabaseTransaction,
  fingerprint: Buffer,
  arrivedAt: number,
): Promise<EarlierRow | undefined> {
  for (;;) {
    const waited = performance.now() - arrivedAt
    const { rows } = await sql<EarlierRow>`
      select id, resource_id, resource_kind, state,
        extract(epoch from committed_at - (clock_timestamp() - ${waited}::double precision * interval '1 millisecond')) * 1000 as committed_after_ms,
        extract(epoch from clock_timestamp() - created_at) * 1000 as age_ms
      from create_replay
      where fingerprint = ${fingerprint} and created_at > now() - ${lifetimeMs}::double precision * interval '1 millisecond'
      order by id desc limit 1`.execute(tx)
    const row = rows[0]
    const unknown = row !== undefined && row.state === 'pending' && !deliveries.has(row.id)
    if (!unknown || Number(row.age_ms) > patienceMs) return row
    await pause(20)
  }
}

const tableOf = {
  data_credentials: 'data_credential',
  data_sources: 'data_source',
  data_sets: 'data_set',
  data_sinks: 'data_sink',
  flows: 'flow_node',
} as const satisfies Record<ResourceKind, string>

function follow(db: Database, rowId: number, delivery: Delivery): void {
  deliveries.set(rowId, delivery)
  const committedAt = performance.now()
  // While the database is away the map still knows; without it the note expires after a minute.
  let noted: Promise<unknown> = Promise.resolve()
  const note = (work: () => Promise<unknown>): void => {
    noted = noted.then(work).catch(() => undefined)
  }
  delivery.onWritten(() => note(() => written(db, rowId, performance.now() - committedAt)))
  delivery.onEnd((delivered) => {
    if (!delivered) note(() => db.updateTable('create_replay').set({ state: 'lost' }).where('id', '=', rowId).execute())
    note(() => forgetOld(db))
    setTimeout(() => {
      if (deliveries.get(rowId) === delivery) deliveries.delete(rowId)
    }, lifetimeMs).unref()
  })
}

/**
 * Noted with the moment of the commit: whoever asked another server before that cannot have had the answer. When the answer was on the wire is no
 * measure for others: a client may have it, and ask again, before this process hears that it was written.
 */
async function written(db: Database, rowId: number, agoMs: number): Promise<void> {
  await sql`update create_replay set state = 'written', committed_at = clock_timestamp() - ${agoMs}::double precision * interval '1 millisecond'
    where id = ${rowId}`.execute(db)
}

async function forgetOld(db: Database): Promise<void> {
  await db
    .deleteFrom('create_replay')
    .where('created_at', '<', sql<string>`now() - interval '10 minutes'`)
    .execute()
}

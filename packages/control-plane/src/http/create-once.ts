import type { ResourceKind } from '@leat/contract'
import { sql } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/connection.ts'
import type { Call } from './call.ts'
import type { Delivery } from './delivery.ts'

/** Deliveries of this process by replay row, until their end is in the table. */
const deliveries = new Map<number, Delivery>()
const lifetimeMs = 60_000

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

async function earlierAnswer(
  tx: DatabaseTransaction,
  fingerprint: Buffer,
  arrivedAt: number,
): Promise<{ rowId: number; resourceId: number } | null> {
  const row = await tx
    .selectFrom('create_replay')
    .select(['id', 'resource_id', 'resource_kind', 'delivered'])
    .where('fingerprint', '=', fingerprint)
    .where('created_at', '>', sql<string>`now() - ${lifetimeMs}::double precision * interval '1 millisecond'`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return null
  const here = deliveries.get(row.id)
  // A request that came before the first answer was written cannot have been meant as another create.
  const together = here !== undefined && arrivedAt < here.writtenAt
  if (!together && (row.delivered || here?.state === 'delivered' || here?.state === 'written')) return null
  const table = tableOf[row.resource_kind as ResourceKind]
  const alive = await tx.selectFrom(table).select('id').where('id', '=', row.resource_id).executeTakeFirst()
  return alive ? { rowId: row.id, resourceId: row.resource_id } : null
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
  delivery.onEnd((delivered) => {
    // While the database is away the map still knows; without it the note expires after a minute.
    void remember(db, rowId, delivered).catch(() => undefined)
    setTimeout(() => {
      if (deliveries.get(rowId) === delivery) deliveries.delete(rowId)
    }, lifetimeMs).unref()
  })
}

async function remember(db: Database, rowId: number, delivered: boolean): Promise<void> {
  if (delivered) await db.updateTable('create_replay').set({ delivered: true }).where('id', '=', rowId).execute()
  await db
    .deleteFrom('create_replay')
    .where('created_at', '<', sql<string>`now() - interval '10 minutes'`)
    .execute()
}

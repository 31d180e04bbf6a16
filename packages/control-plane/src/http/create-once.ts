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
const patienceMs = 3000

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
      .returning(['id', databaseMs.as('database_ms')])
      .executeTakeFirstOrThrow()
    return { rowId: row.id, resourceId, decided: momentOf(row) }
  })
  follow(db, done, call.delivery)
  return done.resourceId
}

/** A moment on the database's clock, and when this process heard of it, on its own. */
interface Moment {
  readonly databaseMs: number
  readonly seenAt: number
}

const databaseMs = sql<string>`extract(epoch from clock_timestamp()) * 1000`

function momentOf(row: { readonly database_ms: string }): Moment {
  return { databaseMs: Number(row.database_ms), seenAt: performance.now() }
}

/** What a request comes to: the resource, the note of it, and when that was known. */
interface Decision {
  readonly rowId: number
  readonly resourceId: number
  readonly decided: Moment
}

interface EarlierRow {
  readonly id: number
  readonly resource_id: number
  readonly resource_kind: string
  readonly state: string
  /** ms that the commit came after this request arrived; null while the answer is not written. */
  readonly committed_after_ms: number | null
  readonly age_ms: number
  readonly database_ms: string
}

async function earlierAnswer(
  tx: DatabaseTransaction,
  fingerprint: Buffer,
  arrivedAt: number,
): Promise<Decision | null> {
  const row = await settledRow(tx, fingerprint, arrivedAt)
  if (!row) return null
  const decided = momentOf(row)
  const here = deliveries.get(row.id)
  // A request that came before the first answer was written cannot have been meant as another create.
  const together = here === undefined ? (row.committed_after_ms ?? 0) > 0 : arrivedAt < here.writtenAt
  const arrived = here === undefined ? row.state === 'written' : here.state === 'written' || here.state === 'delivered'
  if (!together && arrived) return null
  const table = tableOf[row.resource_kind as ResourceKind]
  const alive = await tx.selectFrom(table).select('id').where('id', '=', row.resource_id).executeTakeFirst()
  return alive ? { rowId: row.id, resourceId: row.resource_id, decided } : null
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
        extract(epoch from clock_timestamp() - created_at) * 1000 as age_ms,
        ${databaseMs} as database_ms
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
  data_maps: 'data_map',
  flows: 'flow_node',
} as const satisfies Record<ResourceKind, string>

function follow(db: Database, { rowId, decided }: Decision, delivery: Delivery): void {
  deliveries.set(rowId, delivery)
  // News travels: counted like this, the commit is never placed later than it was, however slow the network or this process is.
  const committedMs = decided.databaseMs + performance.now() - decided.seenAt
  // While the database is away the map still knows; without it the note expires after a minute.
  let noted: Promise<unknown> = Promise.resolve()
  const note = (work: () => Promise<unknown>): void => {
    noted = noted.then(work).catch(() => undefined)
  }
  delivery.onWritten(() => note(() => written(db, rowId, committedMs)))
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
 * measure for others: a client may have it, and ask again, before this process hears that it was written. Neither is the moment of this note.
 */
async function written(db: Database, rowId: number, committedMs: number): Promise<void> {
  await sql`update create_replay set state = 'written', committed_at = to_timestamp(${committedMs / 1000}::double precision)
    where id = ${rowId}`.execute(db)
}

async function forgetOld(db: Database): Promise<void> {
  await db
    .deleteFrom('create_replay')
    .where('created_at', '<', sql<string>`now() - interval '10 minutes'`)
    .execute()
}

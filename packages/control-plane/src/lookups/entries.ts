import type { JsonObject } from '@leat/connector-kit'
import type { LookupEntry } from '@leat/contract'
import { sql, type RawBuilder } from 'kysely'
import type { Database, DatabaseTransaction } from '../database/connection.ts'
import { invalid, notFound } from '../http/problem.ts'
import type { EntryKeys } from './entry-keys.ts'

/** Rows of one INSERT. */
const batch = 5_000

export interface LockedLookup {
  readonly owner_id: number
  readonly name: string
  readonly map_primary_key: string
  readonly entry_count: number
}

/** Whoever changes entries holds this: changes of one lookup follow each other, none is lost, and the count is right. */
export async function lockLookup(tx: DatabaseTransaction, id: number): Promise<LockedLookup> {
  const row = await tx
    .selectFrom('data_map')
    .select(['owner_id', 'name', 'map_primary_key', 'entry_count'])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!row) throw notFound('data_maps', id)
  return row
}

/** Adds entries and replaces those that are there. Returns how many there are now. */
export async function putEntries(
  tx: DatabaseTransaction,
  id: number,
  { entry_count }: Pick<LockedLookup, 'entry_count'>,
  entries: ReadonlyMap<string, LookupEntry>,
): Promise<number> {
  let count = entry_count
  const all = [...entries]
  for (let begin = 0; begin < all.length; begin += batch) {
    const some = all.slice(begin, begin + batch)
    const keys = some.map(([key]) => key)
    const { rows } = await sql<{ known: number }>`
      with known as (select count(*) as known from data_map_entry where data_map_id = ${id} and key = any(${keys}::text[])),
      put as (
        insert into data_map_entry (data_map_id, key, entry)
        select ${id}, key, entry::json from unnest(${keys}::text[], ${some.map(([, entry]) => JSON.stringify(entry))}::text[]) as t (key, entry)
        on conflict (data_map_id, key) do update set entry = excluded.entry)
      select known from known`.execute(tx)
    count += some.length - rows[0]!.known
  }
  await noteCount(tx, id, count)
  return count
}

/** Returns how many there were. */
export async function removeEntries(
  tx: DatabaseTransaction,
  id: number,
  { entry_count }: LockedLookup,
  keys: EntryKeys,
): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom('data_map_entry').where(matching(id, keys)).executeTakeFirstOrThrow()
  const removed = Number(numDeletedRows)
  if (removed > 0) await noteCount(tx, id, entry_count - removed)
  return removed
}

async function noteCount(tx: DatabaseTransaction, id: number, count: number): Promise<void> {
  await tx.updateTable('data_map').set({ entry_count: count, updated_at: new Date() }).where('id', '=', id).execute()
}

/** How many entries match, and how many bytes they have as JSON. */
export async function measureEntries(
  db: Database,
  id: number,
  keys: EntryKeys,
): Promise<{ readonly count: number; readonly bytes: number }> {
  return db
    .selectFrom('data_map_entry')
    .select([sql<number>`count(*)`.as('count'), sql<number>`coalesce(sum(octet_length(entry::text)), 0)`.as('bytes')])
    .where(matching(id, keys))
    .executeTakeFirstOrThrow()
}

/** Entries in the order of their keys. */
export async function findEntries(
  db: Database,
  id: number,
  keys: EntryKeys,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<LookupEntry[]> {
  const rows = await db
    .selectFrom('data_map_entry')
    .select('entry')
    .where(matching(id, keys))
    .orderBy('key')
    .limit(limit)
    .offset(offset)
    .execute()
  return rows.map((row) => row.entry)
}

/** The entries whose key is `from` or follows it in the order of keys; from the first when it is null. */
export async function entriesFrom(
  db: Database,
  id: number,
  from: string | null,
  limit: number,
): Promise<{ readonly key: string; readonly entry: JsonObject }[]> {
  let rows = db.selectFrom('data_map_entry').select(['key', 'entry']).where('data_map_id', '=', id)
  if (from !== null) rows = rows.where('key', '>=', from)
  return rows.orderBy('key').limit(limit).execute()
}

export async function copyEntries(tx: DatabaseTransaction, from: number, to: number): Promise<void> {
  await sql`insert into data_map_entry (data_map_id, key, entry)
    select ${to}, key, entry from data_map_entry where data_map_id = ${from}`.execute(tx)
}

/**
 * One LIKE for each pattern: each that begins with a text is then a range of the index. The number of them is filled up to a power of two, so that there
 * are few different statements.
 */
function matching(id: number, { exact, patterns }: EntryKeys): RawBuilder<boolean> {
  const places = patterns.length === 0 ? 0 : 2 ** Math.ceil(Math.log2(patterns.length))
  const likes = Array.from({ length: places }, (_, place) => sql`key like ${patterns[place] ?? patterns[0]}`)
  const ways = [sql`key = any(${exact}::text[])`, ...likes]
  return sql<boolean>`data_map_id = ${id} and (${sql.join(ways, sql` or `)})`
}

/** Gives each entry the key that its field `primaryKey` holds. Throws a 400 when one has none, or two have the same. */
export async function rekeyEntries(tx: DatabaseTransaction, id: number, primaryKey: string): Promise<void> {
  await refuseKeys(tx, id, primaryKey)
  // Not one UPDATE: a new key may still be the old key of another entry.
  await sql`create temporary table rekeyed (key text, entry json) on commit drop`.execute(tx)
  await sql`insert into rekeyed select entry ->> ${primaryKey}, entry from data_map_entry where data_map_id = ${id}`.execute(
    tx,
  )
  await tx.deleteFrom('data_map_entry').where('data_map_id', '=', id).execute()
  await sql`insert into data_map_entry (data_map_id, key, entry) select ${id}, key, entry from rekeyed`.execute(tx)
}

async function refuseKeys(tx: DatabaseTransaction, id: number, primaryKey: string): Promise<void> {
  const { rows } = await sql<{ key: string; found: number }>`
    (select key, 0 as found from data_map_entry where data_map_id = ${id} and (
       coalesce(json_typeof(entry -> ${primaryKey}) not in ('string', 'number', 'boolean'), true)
       or octet_length(entry ->> ${primaryKey}) not between 1 and 1024) limit 1)
    union all
    (select entry ->> ${primaryKey}, count(*) from data_map_entry where data_map_id = ${id} group by 1 having count(*) > 1 limit 1)`.execute(
    tx,
  )
  const wrong = rows[0]
  if (wrong === undefined) return
  const why =
    wrong.found === 0
      ? `the entry ${JSON.stringify(wrong.key)} holds no key in that field (a text, a number or true or false)`
      : `${wrong.found} entries have the key ${JSON.stringify(wrong.key)} in that field`
  throw invalid([
    {
      field: 'map_primary_key',
      value: primaryKey,
      message: `"map_primary_key" is "${primaryKey}", and ${why}. Correct or delete these entries first.`,
    },
  ])
}

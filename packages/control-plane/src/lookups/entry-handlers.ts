import { audit } from '../audit/record.ts'
import type { Database, DatabaseTransaction } from '../database/connection.ts'
import type { Call, SomeHandlers } from '../http/call.ts'
import { offsetOf, setPageHeaders } from '../http/paging.ts'
import { invalid } from '../http/problem.ts'
import type { Platform } from '../platform.ts'
import { findEntries, lockLookup, measureEntries, putEntries, removeEntries } from './entries.ts'
import { byKey, readEntryKeys } from './entry-keys.ts'

/** Of one answer to a client that did not ask for pages. */
const most = { count: 10_000, bytes: 16 * 1024 * 1024 }
const pageSize = 100

type Operations = 'upsert_lookup_entries' | 'get_lookup_entries' | 'delete_lookup_entries'

export function lookupEntryHandlers({ db }: Platform): SomeHandlers<Operations> {
  return {
    async upsert_lookup_entries({ params: { id }, body }, call) {
      return changeEntries(db, call, id, async (tx, before) => {
        const entries = byKey(body.entries, before.map_primary_key, 'entries')
        const count = await putEntries(tx, id, before, entries)
        return { count, told: { entries_upserted: entries.size }, answer: [...entries.values()] }
      })
    },

    async get_lookup_entries({ params: { id, entry_keys }, query }, call) {
      const keys = readEntryKeys(entry_keys)
      const { count, bytes } = await measureEntries(db, id, keys)
      if (query.page === undefined && query.per_page === undefined) {
        if (count > most.count || bytes > most.bytes) throw tooMany(entry_keys, count, bytes)
        return findEntries(db, id, keys, { limit: most.count, offset: 0 })
      }
      const page = { page: query.page ?? 1, per_page: query.per_page ?? pageSize }
      setPageHeaders(call, page, count)
      return findEntries(db, id, keys, { limit: page.per_page, offset: offsetOf(page) })
    },

    async delete_lookup_entries({ params: { id, entry_keys } }, call) {
      const keys = readEntryKeys(entry_keys)
      const removed = await changeEntries(db, call, id, async (tx, before) => {
        const entries = await removeEntries(tx, id, before, keys)
        return { count: before.entry_count - entries, told: { entries_deleted: entries }, answer: entries }
      })
      return { code: '200', message: `${removed} ${removed === 1 ? 'entry was' : 'entries were'} deleted.` }
    },
  }
}

interface EntryChange<T> {
  /** Entries of the lookup after it. */
  readonly count: number
  /** What the audit log says besides. */
  readonly told: Readonly<Record<string, number>>
  readonly answer: T
}

/** Changes the entries of a lookup that nobody else changes meanwhile, and notes it. */
function changeEntries<T>(
  db: Database,
  call: Call,
  id: number,
  change: (tx: DatabaseTransaction, before: Awaited<ReturnType<typeof lockLookup>>) => Promise<EntryChange<T>>,
): Promise<T> {
  return db.transaction().execute(async (tx) => {
    const before = await lockLookup(tx, id)
    const { count, told, answer } = await change(tx, before)
    await audit(tx, call, {
      kind: 'data_maps',
      id,
      event: 'update',
      ownerId: before.owner_id,
      before: { map_entry_count: before.entry_count },
      after: { map_entry_count: count, ...told },
    })
    return answer
  })
}

function tooMany(keys: string, count: number, bytes: number) {
  return invalid([
    {
      field: 'entry_keys',
      value: keys.slice(0, 80),
      message: `${count} entries with ${bytes} bytes match, and one answer holds at most ${most.count} entries and ${most.bytes} bytes. Ask for pages (?page=1&per_page=1000), or for fewer keys.`,
    },
  ])
}

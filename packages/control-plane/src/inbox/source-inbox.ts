import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Inbox, InboxPart } from '@leat/connector-kit'
import type { SegmentStore } from '@leat/engine'
import type { Database } from '../database/connection.ts'
import { query } from '../ledger/sql.ts'
import { unitKey } from './inbox-files.ts'
import { linesOf, readGroups } from './read-groups.ts'

export interface SourceInboxSettings {
  readonly database: Database
  readonly folder: string
  readonly store: () => Promise<SegmentStore>
}

const pageSize = 1000

/** What was pushed to one source, as its connector reads it. */
export function sourceInbox(settings: SourceInboxSettings, sourceId: number): Inbox {
  return {
    list: () => parts(settings, sourceId),
    open: (part, offset) => linesAfter(settings, sourceId, part, offset),
  }
}

interface PartRow {
  readonly file_id: number
  readonly place: 'folder' | 'store'
  readonly name: string
  readonly file_bytes: number
  readonly key: string
  readonly flags: number
  readonly records: number
  readonly bytes: number
  readonly created_at: string
}

async function* parts({ database }: SourceInboxSettings, sourceId: number): AsyncGenerator<InboxPart> {
  let after = { file: 0, flags: -1 }
  for (;;) {
    const rows = await query<PartRow>(
      database,
      `select p.file_id, f.place, f.name, f.bytes as file_bytes, ${unitKey} as key, p.flags, p.records, p.bytes, f.created_at
       from inbox_part p join inbox_file f on f.id = p.file_id
       where p.data_source_id = $1 and (p.file_id, p.flags) > ($2, $3) order by p.file_id, p.flags limit $4`,
      [sourceId, after.file, after.flags, pageSize],
    )
    for (const row of rows)
      yield {
        key: row.key,
        bytes: row.bytes,
        records: row.records,
        received_at: Date.parse(row.created_at),
        place: { kind: row.place, name: row.name, bytes: row.file_bytes, flags: row.flags },
      }
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) return
    after = { file: last.file_id, flags: last.flags }
  }
}

async function* linesAfter(
  settings: SourceInboxSettings,
  sourceId: number,
  part: Pick<InboxPart, 'place'>,
  offset: number,
): AsyncGenerator<Uint8Array> {
  const { kind, name, bytes, flags } = part.place
  const stored =
    kind === 'store'
      ? (await settings.store()).open(name)
      : createReadStream(join(settings.folder, name), { end: bytes - 1, highWaterMark: 4 << 20 })
  let left = offset
  for await (const lines of linesOf(readGroups(stored, 'is whole', name), sourceId, flags)) {
    if (left >= lines.length) left -= lines.length
    else {
      yield left === 0 ? lines : lines.subarray(left)
      left = 0
    }
  }
}

import type { Lookup } from '@leat/contract'
import type { Selectable } from 'kysely'
import { loadBases } from '../access/resource-base.ts'
import type { Caller } from '../auth/tokens.ts'
import type { Database } from '../database/connection.ts'
import type { DataMapTable } from '../database/tables/lookups.ts'

export async function presentLookups(
  db: Database,
  caller: Caller,
  rows: readonly Selectable<DataMapTable>[],
): Promise<Lookup[]> {
  const base = await loadBases(db, caller, 'data_maps', rows)
  return rows.map((row) => {
    const { owner, org, access_roles } = base(row)
    return {
      id: row.id,
      name: row.name,
      description: row.description ?? '',
      owner: owner!,
      org,
      access_roles,
      map_primary_key: row.map_primary_key,
      data_type: row.data_type,
      data_format: null,
      data_defaults: row.data_defaults,
      emit_data_default: row.emit_data_default,
      map_entry_count: row.entry_count,
      public: false,
      public_map: false,
      managed: false,
      use_versioning: false,
      data_sink_id: null,
      data_set_id: null,
      copied_from_id: row.copied_from_id,
      tags: row.tags,
      created_at: row.created_at,
      updated_at: row.updated_at,
    }
  })
}

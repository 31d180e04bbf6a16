import type { Credential } from '@leat/contract'
import type { Selectable } from 'kysely'
import { loadBases } from '../access/resource-base.ts'
import type { Caller } from '../auth/tokens.ts'
import { connectorBrief } from '../connector-brief.ts'
import type { DataCredentialTable } from '../database/tables/credentials.ts'
import type { Platform } from '../platform.ts'

export type CredentialRow = Selectable<DataCredentialTable>

/** Rows in their wire form. The sealed part never gets here: `non_secure` is what may be shown. */
export async function presentCredentials(
  platform: Platform,
  caller: Caller,
  rows: readonly Omit<CredentialRow, 'sealed'>[],
): Promise<Credential[]> {
  const base = await loadBases(platform.db, caller, 'data_credentials', rows)
  const uses = await usesOf(
    platform,
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({
    ...base(row),
    id: row.id,
    name: row.name,
    description: row.description,
    credentials_type: row.credentials_type,
    credentials_version: '1',
    managed: false,
    ...connectorBrief(platform.registry, row.credentials_type),
    api_keys: [],
    credentials_non_secure_data: row.non_secure,
    verified_status: row.verified_status as Credential['verified_status'],
    verified_at: row.verified_at,
    template_config: row.template_config,
    vendor: null,
    auth_template: null,
    referenced_resource_ids: uses(row.id),
    config_warnings: row.config_warnings,
    copied_from_id: row.copied_from_id,
    tags: row.tags,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }))
}

async function usesOf(platform: Platform, ids: readonly number[]) {
  if (ids.length === 0) return () => ({})
  const [sources, sinks] = await Promise.all([
    platform.db
      .selectFrom('data_source')
      .select(['id', 'data_credentials_id'])
      .where('data_credentials_id', 'in', ids)
      .orderBy('id')
      .execute(),
    platform.db
      .selectFrom('data_sink')
      .select(['id', 'data_credentials_id'])
      .where('data_credentials_id', 'in', ids)
      .orderBy('id')
      .execute(),
  ])
  const of = (rows: readonly { id: number; data_credentials_id: number | null }[], id: number) =>
    rows.filter((row) => row.data_credentials_id === id).map((row) => row.id)
  return (id: number): Record<string, number[]> => ({ data_sources: of(sources, id), data_sinks: of(sinks, id) })
}

import type { NexsetBrief, Role, Source } from '@leat/contract'
import { sql, type Selectable } from 'kysely'
import { atLeast } from '../access/roles.ts'
import { loadBases } from '../access/resource-base.ts'
import type { Caller } from '../auth/tokens.ts'
import { connectorBrief } from '../connector-brief.ts'
import { credentialsById } from '../credentials/credential-handlers.ts'
import type { DataSourceTable } from '../database/tables/sources.ts'
import { hookKeysOf } from '../hooks/hook-keys.ts'
import { shownConfig } from '../config-secrets.ts'
import type { Platform } from '../platform.ts'
import { ingestMode, usualMethod } from './ingest-method.ts'

export type SourceRow = Selectable<DataSourceTable>

/** Rows in their wire form: fields whose default in the public client is a list, an object or a boolean are never null. */
export async function presentSources(
  platform: Platform,
  caller: Caller,
  rows: readonly SourceRow[],
): Promise<Source[]> {
  const ids = rows.map((row) => row.id)
  const [base, credentials, nexsets, runs, hooks] = await Promise.all([
    loadBases(platform.db, caller, 'data_sources', rows),
    credentialsById(
      platform,
      caller,
      rows.flatMap((row) => row.data_credentials_id ?? []),
    ),
    nexsetsOf(platform, ids),
    latestRuns(platform, ids),
    hooksOf(platform, ids),
  ])
  return rows.map((row) => {
    const shown = base(row)
    const connector = platform.registry.get(row.source_type)
    const credential = row.data_credentials_id === null ? undefined : credentials.get(row.data_credentials_id)
    return {
      ...shown,
      id: row.id,
      name: row.name,
      description: row.description,
      status: row.status,
      source_type: row.source_type,
      connector_type: row.source_type,
      ...connectorBrief(platform.registry, row.source_type),
      managed: false,
      auto_generated: row.data_sink_id !== null,
      data_sink_id: row.data_sink_id,
      ingest_method: row.ingest_method ?? usualMethod(connector),
      source_format: text(row.source_config['file_format']),
      source_config: shownConfig(platform.registry, 'source', row.source_type, row.source_config),
      template_config: row.template_config,
      poll_schedule: row.start_cron,
      code_container_id: row.code_container_id,
      data_credentials_id: row.data_credentials_id,
      ...(credential ? { data_credentials: credential } : {}),
      data_sets: nexsets.filter((one) => one.data_source_id === row.id).map(({ data_source_id: _, ...brief }) => brief),
      ...hooks(row.id, shown.access_roles),
      run_ids: runs.filter((run) => run.data_source_id === row.id).map(({ id, created_at }) => ({ id, created_at })),
      ...(ingestMode(connector, row.ingest_method) === 'stream'
        ? { flow_type: 'streaming', ingestion_mode: 'STREAMING' }
        : { flow_type: 'batch', ingestion_mode: 'BATCH' }),
      has_template: row.template_config !== null,
      vendor_endpoint: null,
      vendor: null,
      config_warnings: row.config_warnings,
      problem: row.problem,
      copied_from_id: row.copied_from_id,
      tags: row.tags,
      created_at: row.created_at,
      updated_at: row.updated_at,
    }
  })
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

async function nexsetsOf(
  platform: Platform,
  ids: readonly number[],
): Promise<(NexsetBrief & { data_source_id: number | null })[]> {
  if (ids.length === 0) return []
  return platform.db
    .selectFrom('data_set')
    .select(['id', 'owner_id', 'org_id', 'name', 'description', 'data_source_id', 'created_at', 'updated_at'])
    .where('data_source_id', 'in', ids)
    .orderBy('id')
    .execute()
}

/** `hosted_url` and `api_keys` of webhooks. Keys are shown to those who may run the source; others see that there are some. */
async function hooksOf(platform: Platform, ids: readonly number[]) {
  if (ids.length === 0) return () => ({ api_keys: [] })
  const rows = await platform.db
    .selectFrom('hook')
    .select(['data_source_id', 'path'])
    .where('data_source_id', 'in', ids)
    .execute()
  const keys = await hookKeysOf(
    platform.db,
    platform.vault,
    rows.map((row) => row.data_source_id),
  )
  return (id: number, roles: readonly Role[]) => {
    const hook = rows.find((row) => row.data_source_id === id)
    const may = roles.some((role) => atLeast(role, 'operator'))
    const api_keys = keys
      .filter((key) => key.data_source_id === id)
      .map(({ data_source_id: _, api_key, ...key }) => ({ ...key, api_key: may ? api_key : null }))
    return { ...(hook ? { hosted_url: platform.hooks.url(hook.path) } : {}), api_keys }
  }
}

async function latestRuns(platform: Platform, ids: readonly number[]) {
  if (ids.length === 0) return []
  const { rows } = await sql<{ id: number; data_source_id: number; created_at: string }>`
    select r.id, r.data_source_id, r.created_at from unnest(${ids}::bigint[]) as s(id),
      lateral (select id, data_source_id, created_at from run where data_source_id = s.id order by id desc limit 10) r`.execute(
    platform.db,
  )
  return rows
}

import { DestinationType, type Nexset, type NexsetBrief, type SinkBrief } from '@leat/contract'
import type { Selectable } from 'kysely'
import { loadBases } from '../access/resource-base.ts'
import type { Caller } from '../auth/tokens.ts'
import type { DataSetTable } from '../database/tables/nexsets.ts'
import type { Platform } from '../platform.ts'
import { presentSources } from '../sources/present-source.ts'
import { outputSchema } from './output-schema.ts'

export type NexsetRow = Selectable<DataSetTable>

/** `withSource` adds the whole source, as the public API does for one nexset. */
export async function presentNexsets(
  platform: Platform,
  caller: Caller,
  rows: readonly NexsetRow[],
  withSource: boolean,
): Promise<Nexset[]> {
  const [base, parents, sinks, sources] = await Promise.all([
    loadBases(platform.db, caller, 'data_sets', rows),
    parentsOf(platform, rows),
    sinksOf(
      platform,
      rows.map((row) => row.id),
    ),
    withSource ? sourcesOf(platform, caller, rows) : [],
  ])
  return rows.map((row) => {
    const source = sources.find((one) => one.id === row.data_source_id)
    const parent = row.parent_data_set_id === null ? undefined : parents.get(row.parent_data_set_id)
    return {
      ...base(row),
      id: row.id,
      name: row.name,
      description: row.description,
      status: row.status,
      flow_type: 'batch',
      data_source_id: row.data_source_id,
      ...(source ? { data_source: source } : {}),
      parent_data_set_id: row.parent_data_set_id,
      parent_data_sets: parent ? [parent] : [],
      data_sinks: sinks.filter((one) => one.data_set_id === row.id).map(({ data_set_id: _, ...brief }) => brief),
      transform_id: row.transform_id,
      transform: row.transform,
      has_custom_transform: row.has_custom_transform,
      output_schema: outputSchema(row.id, row.schema, row.output_schema_annotations),
      output_schema_annotations: row.output_schema_annotations,
      output_schema_validation_enabled: row.output_schema_validation_enabled,
      output_validation_schema: row.output_validation_schema,
      custom_config: row.custom_config,
      version: 1,
      public: false,
      managed: false,
      retention_days: row.retention_days,
      problem: row.problem,
      copied_from_id: row.copied_from_id,
      tags: row.tags,
      created_at: row.created_at,
      updated_at: row.updated_at,
    }
  })
}

async function sourcesOf(platform: Platform, caller: Caller, rows: readonly NexsetRow[]) {
  const ids = rows.flatMap((row) => row.data_source_id ?? [])
  if (ids.length === 0) return []
  const rowsOfSources = await platform.db.selectFrom('data_source').selectAll().where('id', 'in', ids).execute()
  const presented = await presentSources(platform, caller, rowsOfSources)
  // Who may see a nexset may not thereby see the config of its source.
  return presented.filter((source) => source.access_roles?.length)
}

async function parentsOf(platform: Platform, rows: readonly NexsetRow[]): Promise<Map<number, NexsetBrief>> {
  const ids = rows.flatMap((row) => row.parent_data_set_id ?? [])
  if (ids.length === 0) return new Map()
  const found = await platform.db
    .selectFrom('data_set')
    .select(['id', 'owner_id', 'org_id', 'name', 'description', 'created_at', 'updated_at'])
    .where('id', 'in', ids)
    .execute()
  return new Map(found.map((row) => [row.id, row]))
}

const publicTypes: ReadonlySet<string> = new Set(Object.values(DestinationType))

async function sinksOf(
  platform: Platform,
  ids: readonly number[],
): Promise<(SinkBrief & { data_set_id: number | null })[]> {
  if (ids.length === 0) return []
  const rows = await platform.db
    .selectFrom('data_sink')
    .select(['id', 'name', 'owner_id', 'org_id', 'status', 'sink_type', 'data_set_id'])
    .where('data_set_id', 'in', ids)
    .orderBy('id')
    .execute()
  return rows.map(({ sink_type, ...row }) => ({ ...row, ...(publicTypes.has(sink_type) ? { sink_type } : {}) }))
}

/** The public client checks the sinks of a nexset against its own list of types, but needs the type when it reads a flow. */
export function isPublicSinkType(type: string): boolean {
  return publicTypes.has(type)
}

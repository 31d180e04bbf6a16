import { DestinationFormat, type Sink } from '@leat/contract'
import { sql, type Selectable } from 'kysely'
import { loadBases } from '../access/resource-base.ts'
import type { Caller } from '../auth/tokens.ts'
import { shownConfig } from '../config-secrets.ts'
import { connectorBrief } from '../connector-brief.ts'
import { credentialsById } from '../credentials/credential-handlers.ts'
import type { DataSinkTable } from '../database/tables/sinks.ts'
import { outputSchema } from '../nexsets/output-schema.ts'
import type { Platform } from '../platform.ts'

export type SinkRow = Selectable<DataSinkTable>

export async function presentSinks(platform: Platform, caller: Caller, rows: readonly SinkRow[]): Promise<Sink[]> {
  const ids = rows.map((row) => row.id)
  const [base, credentials, nexsets, origins, answers] = await Promise.all([
    loadBases(platform.db, caller, 'data_sinks', rows),
    credentialsById(
      platform,
      caller,
      rows.flatMap((row) => row.data_credentials_id ?? []),
    ),
    nexsetsById(
      platform,
      rows.flatMap((row) => row.data_set_id ?? []),
    ),
    sourcesOf(platform, ids),
    answerSourcesOf(platform, ids),
  ])
  return rows.map((row) => {
    const credential = row.data_credentials_id === null ? undefined : credentials.get(row.data_credentials_id)
    const nexset = row.data_set_id === null ? undefined : nexsets.get(row.data_set_id)
    return {
      ...base(row),
      id: row.id,
      name: row.name,
      description: row.description,
      status: row.status,
      sink_type: row.sink_type,
      connector_type: row.sink_type,
      ...connectorBrief(platform.registry, row.sink_type),
      managed: false,
      data_set_id: row.data_set_id,
      data_map_id: null,
      data_source_id: origins.get(row.id) ?? null,
      answer_source_id: answers.get(row.id) ?? null,
      sink_format: formatOf(row.sink_config['data_format'] ?? row.sink_config['file_format']),
      sink_config: shownConfig(platform.registry, 'sink', row.sink_type, row.sink_config),
      template_config: row.template_config,
      sink_schedule: null,
      in_memory: false,
      create_destination: row.create_destination,
      ...(nexset ? { data_set: nexset } : {}),
      data_credentials_id: row.data_credentials_id,
      ...(credential ? { data_credentials: credential } : {}),
      flow_type: 'batch',
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

const formats: ReadonlySet<string> = new Set(Object.values(DestinationFormat))

/** The public client refuses any other text than its seven. */
function formatOf(value: unknown): DestinationFormat | null {
  const name = typeof value === 'string' ? value.toLowerCase() : ''
  if (formats.has(name)) return name as DestinationFormat
  if (name === 'tsv') return 'delimited'
  return name === 'jsonl' || name === 'ndjson' ? 'json' : null
}

async function nexsetsById(platform: Platform, ids: readonly number[]) {
  if (ids.length === 0) return new Map<number, NonNullable<Sink['data_set']>>()
  const rows = await platform.db
    .selectFrom('data_set')
    .select(['id', 'name', 'description', 'status', 'schema', 'output_schema_annotations', 'created_at', 'updated_at'])
    .where('id', 'in', ids)
    .execute()
  return new Map(
    rows.map(({ schema, output_schema_annotations, ...row }) => [
      row.id,
      { ...row, output_schema: outputSchema(row.id, schema, output_schema_annotations), version: 1 },
    ]),
  )
}

/** Where the answers of a destination are kept. */
async function answerSourcesOf(platform: Platform, ids: readonly number[]): Promise<Map<number | null, number>> {
  if (ids.length === 0) return new Map()
  const rows = await platform.db
    .selectFrom('data_source')
    .select(['id', 'data_sink_id'])
    .where('data_sink_id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.data_sink_id, row.id]))
}

async function sourcesOf(platform: Platform, ids: readonly number[]): Promise<Map<number, number | null>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: number; source: number | null }>`
    select n.data_sink_id as id, o.data_source_id as source from flow_node n join flow_node o on o.id = n.origin_node_id
    where n.data_sink_id = any(${ids}::bigint[])`.execute(platform.db)
  return new Map(rows.map((row) => [row.id, row.source]))
}

import { type Connector, type JsonObject, type LookupReference, normaliseConfig } from '@leat/connector-kit'
import { sql } from 'kysely'
import { withTemplate } from '../with-template.ts'
import type { DatabaseTransaction } from '../database/connection.ts'
import type { ConnectorRegistry } from '../registry.ts'

/** The lookups that a source of this config reads. */
export function lookupsIn(connector: Connector, options: JsonObject): readonly LookupReference[] {
  return connector.source?.lookups?.(options) ?? []
}

/** The sources that read a lookup, at most five of them. */
export async function lookupUsers(
  tx: DatabaseTransaction,
  registry: ConnectorRegistry,
  orgId: number,
  id: number,
): Promise<{ readonly id: number; readonly name: string }[]> {
  const readers = registry.all().filter(({ source }) => source?.lookups !== undefined)
  if (readers.length === 0) return []
  const rows = await tx
    .selectFrom('data_source')
    .select(['id', 'name', 'source_type', 'source_config', 'template_config'])
    .where('org_id', '=', orgId)
    .where(
      'source_type',
      'in',
      readers.map(({ type }) => type),
    )
    .where(sql<boolean>`source_config::text like ${`%${id}%`}`)
    .orderBy('id')
    .execute()
  const reads = (row: (typeof rows)[number]): boolean => {
    const connector = registry.get(row.source_type)!
    const { source_type: _repeated, ...config } = withTemplate(
      connector,
      'source',
      row.source_config,
      row.template_config,
    )
    const { value } = normaliseConfig(connector.source!.options, connector.aliases?.source, config)
    return lookupsIn(connector, value).some((lookup) => lookup.id === id)
  }
  return rows.filter(reads).slice(0, 5)
}

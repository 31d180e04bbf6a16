import type { AuditEntry, ResourceKind } from '@leat/contract'
import { sql } from 'kysely'
import { tables } from '../access/roles.ts'
import { ownersById } from '../access/resource-base.ts'
import type { Database } from '../database/connection.ts'
import type { Call, SomeHandlers } from '../http/call.ts'
import { type Page, offsetOf, setPageHeaders } from '../http/paging.ts'
import type { Platform } from '../platform.ts'

interface AuditFilter extends Page {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly event_filter?: string | undefined
  readonly change_filter?: string | undefined
}

/** Newest first. `from` and `to` are UTC days, both included. */
async function auditLog(
  db: Database,
  call: Call,
  kind: ResourceKind,
  id: number,
  filter: AuditFilter,
): Promise<AuditEntry[]> {
  let found = db
    .selectFrom('audit_entry')
    .where('org_id', '=', call.caller.orgId)
    .where('item_type', '=', tables[kind].item)
    .where('item_id', '=', id)
  if (filter.from !== undefined) found = found.where('created_at', '>=', sql<string>`${filter.from.slice(0, 10)}::date`)
  if (filter.to !== undefined) found = found.where('created_at', '<', sql<string>`${filter.to.slice(0, 10)}::date + 1`)
  if (filter.event_filter !== undefined) found = found.where('event', '=', filter.event_filter)
  if (filter.change_filter !== undefined) found = found.where(sql<boolean>`object_changes ? ${filter.change_filter}`)
  const { total } = await found.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow()
  const rows = await found.selectAll().orderBy('id', 'desc').limit(filter.per_page).offset(offsetOf(filter)).execute()
  setPageHeaders(call, filter, total)
  const people = await ownersById(
    db,
    rows.flatMap((row) => [row.user_id ?? 0, row.owner_id ?? 0]),
  )
  return rows.map((row) => {
    const user = people.get(row.user_id ?? 0)
    return {
      id: row.id,
      item_type: row.item_type,
      item_id: row.item_id,
      event: row.event,
      change_summary: row.change_summary,
      object_changes: row.object_changes as Record<string, unknown[]>,
      association_resource: row.association_resource,
      request_ip: row.request_ip ?? '',
      request_user_agent: row.request_user_agent ?? '',
      request_url: row.request_url ?? '',
      user: { id: row.user_id, email: user?.email ?? null, full_name: user?.full_name ?? null },
      org_id: row.org_id,
      owner_id: row.owner_id ?? row.user_id ?? 0,
      owner_email: people.get(row.owner_id ?? 0)?.email ?? '',
      created_at: row.created_at,
    }
  })
}

type Operations = `get_${'credential' | 'source' | 'nexset' | 'sink' | 'lookup' | 'flow'}_audit_log`

export function auditHandlers({ db }: Platform): SomeHandlers<Operations> {
  return {
    get_credential_audit_log: ({ params, query }, call) => auditLog(db, call, 'data_credentials', params.id, query),
    get_source_audit_log: ({ params, query }, call) => auditLog(db, call, 'data_sources', params.id, query),
    get_nexset_audit_log: ({ params, query }, call) => auditLog(db, call, 'data_sets', params.id, query),
    get_sink_audit_log: ({ params, query }, call) => auditLog(db, call, 'data_sinks', params.id, query),
    get_lookup_audit_log: ({ params, query }, call) => auditLog(db, call, 'data_maps', params.id, query),
    get_flow_audit_log: ({ params, query }, call) => auditLog(db, call, 'flows', params.id, query),
  }
}

import type { ResourceKind } from '@leat/contract'
import { tables } from '../access/roles.ts'
import { jsonb } from '../database/column.ts'
import type { Database } from '../database/connection.ts'
import type { Call } from '../http/call.ts'

export interface AuditEvent {
  readonly kind: ResourceKind
  readonly id: number
  /** create, update, delete, activate, pause, copy, upload, run, share … */
  readonly event: string
  readonly ownerId: number
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  /** Fields whose values are secret: that they changed is written, the values are not. */
  readonly secretFields?: readonly string[]
}

/** Part of the transaction of the change. */
export async function audit(tx: Database, call: Call, event: AuditEvent): Promise<void> {
  const changes = changesOf(event)
  await tx
    .insertInto('audit_entry')
    .values({
      org_id: call.caller.orgId,
      owner_id: event.ownerId,
      item_type: tables[event.kind].item,
      item_id: event.id,
      event: event.event,
      change_summary: jsonb(Object.keys(changes).map((field) => `${field} changed`)),
      object_changes: jsonb(changes),
      request_ip: call.request.ip,
      request_user_agent: call.request.userAgent,
      request_url: call.request.url,
      user_id: call.caller.userId,
    })
    .execute()
}

function changesOf(event: AuditEvent): Record<string, readonly unknown[]> {
  const { before = {}, after = {}, secretFields = [] } = event
  const changes: Record<string, readonly unknown[]> = {}
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[field] ?? null, after[field] ?? null]
    if (JSON.stringify(old) !== JSON.stringify(now)) changes[field] = [old, now]
  }
  for (const field of secretFields) changes[field] = ['(secret)', '(secret)']
  return changes
}

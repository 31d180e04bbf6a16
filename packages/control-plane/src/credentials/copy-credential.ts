import { sql } from 'kysely'
import { audit } from '../audit/record.ts'
import type { Database } from '../database/connection.ts'
import type { Call } from '../http/call.ts'

/** The sealed bytes are copied as they are; the copy belongs to the caller. */
export async function copyCredential(tx: Database, call: Call, id: number): Promise<number> {
  const { rows } = await sql<{ id: number; name: string }>`
    insert into data_credential (org_id, owner_id, name, description, credentials_type, sealed, non_secure, template_config, vendor_id, auth_template_id, tags,
      config_warnings, verified_status, verified_at, copied_from_id)
    select org_id, ${call.caller.userId}, 'Copy of ' || name, description, credentials_type, sealed, non_secure, template_config, vendor_id, auth_template_id, tags,
      config_warnings, verified_status, verified_at, id
    from data_credential where id = ${id} and org_id = ${call.caller.orgId} returning id, name`.execute(tx)
  const copy = rows[0]!
  await audit(tx, call, {
    kind: 'data_credentials',
    id: copy.id,
    event: 'copy',
    ownerId: call.caller.userId,
    after: { name: copy.name, copied_from_id: id },
  })
  return copy.id
}

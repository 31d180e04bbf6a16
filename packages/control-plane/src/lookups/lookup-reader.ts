import { Fault, type ConnectContext } from '@leat/connector-kit'
import { rolesOn } from '../access/roles.ts'
import type { Actor } from '../auth/tokens.ts'
import type { Database } from '../database/connection.ts'
import { entriesFrom } from './entries.ts'

/** Entries that a connector gets at once: up to 16 MB of them. */
const pageSize = 1000

type ReadLookup = NonNullable<ConnectContext['lookup']>

/** What a source reads of lookups in a run: what its owner may read at that moment. */
export function ownersLookups(
  db: Database,
  { org_id, owner_id }: { readonly org_id: number; readonly owner_id: number },
): ReadLookup {
  return async (id, from) => {
    const member = await db
      .selectFrom('org_member')
      .select('is_admin')
      .where('org_id', '=', org_id)
      .where('user_id', '=', owner_id)
      .where('status', '=', 'ACTIVE')
      .executeTakeFirst()
    const owner = { userId: owner_id, orgId: org_id, isAdmin: member?.is_admin ?? false }
    return read(db, owner, 'the owner of the source has not', id, from)
  }
}

/** What a member reads of lookups in a probe. */
export function callersLookups(db: Database, caller: Actor): ReadLookup {
  return (id, from) => read(db, caller, 'you have not', id, from)
}

async function read(db: Database, actor: Actor, who: string, id: number, from: string | null) {
  const role = (await rolesOn(db, actor, 'data_maps', [id])).get(id)
  if (role === undefined)
    throw new Fault({
      kind: 'config',
      code: 'lookup.missing',
      message: `There is no lookup ${id} in this organisation. Make one with POST /data_maps, or name one that GET /data_maps shows.`,
    })
  if (role === null)
    throw new Fault({
      kind: 'config',
      code: 'lookup.forbidden',
      message: `Lookup ${id} needs the role "collaborator", which ${who}. Its owner can give it: PUT /data_maps/${id}/accessors.`,
    })
  return entriesFrom(db, id, from, pageSize)
}

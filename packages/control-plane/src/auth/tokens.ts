import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '../database/connection.ts'
import { sql } from 'kysely'

/** Seconds. Above 3600, the margin at which the public client asks for a new token before each call. */
export const tokenLifetime = 86_400

/** A member of an organisation, for whom something is done. */
export interface Actor {
  readonly userId: number
  readonly orgId: number
  /** Admins of the organisation may do everything in it. */
  readonly isAdmin: boolean
}

/** Whoever makes a request. */
export interface Caller extends Actor {
  /** For logout. */
  readonly tokenHash: Buffer
}

export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

export function newServiceKey(): string {
  return `leat_sk_${randomBytes(32).toString('base64url')}`
}

export async function issueToken(
  db: Database,
  member: { readonly orgId: number; readonly userId: number },
): Promise<string> {
  const token = `leat_at_${randomBytes(32).toString('base64url')}`
  await db
    .insertInto('access_token')
    .values({
      token_hash: digest(token),
      org_id: member.orgId,
      user_id: member.userId,
      expires_at: new Date(Date.now() + tokenLifetime * 1000),
    })
    .execute()
  await db
    .deleteFrom('access_token')
    .where('expires_at', '<', sql<string>`now() - interval '1 day'`)
    .execute()
  return token
}

/** missing: no token was sent, or one that nobody issued. expired: it is over, was ended by logout, or its member is not active any more. */
export type TokenCheck = Caller | 'missing' | 'expired'

export async function checkToken(db: Database, authorization: string | undefined): Promise<TokenCheck> {
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) return 'missing'
  const tokenHash = digest(token)
  const row = await db
    .selectFrom('access_token as t')
    .innerJoin('org_member as m', (join) =>
      join.onRef('m.org_id', '=', 't.org_id').onRef('m.user_id', '=', 't.user_id'),
    )
    .innerJoin('app_user as u', 'u.id', 't.user_id')
    .innerJoin('org as o', 'o.id', 't.org_id')
    .select(['t.user_id', 't.org_id', 'm.is_admin'])
    .select(
      sql<boolean>`t.revoked_at is null and t.expires_at > now() and m.status = 'ACTIVE' and u.status = 'ACTIVE' and o.status = 'ACTIVE'`.as(
        'valid',
      ),
    )
    .where('t.token_hash', '=', tokenHash)
    .executeTakeFirst()
  if (!row) return 'missing'
  return row.valid ? { userId: row.user_id, orgId: row.org_id, isAdmin: row.is_admin, tokenHash } : 'expired'
}

export async function revokeToken(db: Database, caller: Caller): Promise<void> {
  await db
    .updateTable('access_token')
    .set({ revoked_at: new Date() })
    .where('token_hash', '=', caller.tokenHash)
    .execute()
}

/** The member behind a service key, or null. */
export async function memberOfServiceKey(db: Database, key: string): Promise<{ orgId: number; userId: number } | null> {
  const row = await db
    .updateTable('service_key as k')
    .set({ last_used_at: new Date() })
    .from('org_member as m')
    .whereRef('m.org_id', '=', 'k.org_id')
    .whereRef('m.user_id', '=', 'k.user_id')
    .where('m.status', '=', 'ACTIVE')
    .where('k.key_hash', '=', digest(key))
    .where('k.revoked_at', 'is', null)
    .returning(['k.org_id', 'k.user_id'])
    .executeTakeFirst()
  return row ? { orgId: row.org_id, userId: row.user_id } : null
}

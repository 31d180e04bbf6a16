import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Database } from '../database/connection.ts'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt)
const cost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }

/** `scrypt$<N>$<salt>$<hash>`, base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  return `scrypt$${cost.N}$${salt.toString('base64')}$${(await derive(password, salt, 32, cost)).toString('base64')}`
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, n, salt, hash] = stored.split('$')
  if (n === undefined || salt === undefined || hash === undefined) return false
  const expected = Buffer.from(hash, 'base64')
  return timingSafeEqual(
    expected,
    await derive(password, Buffer.from(salt, 'base64'), expected.length, { ...cost, N: Number(n) }),
  )
}

let decoy: Promise<string> | undefined

/** The member with this login in their default organisation, or null. An unknown email takes as long as a wrong password. */
export async function memberOfPassword(
  db: Database,
  email: string,
  password: string,
): Promise<{ orgId: number; userId: number } | null> {
  const row = await db
    .selectFrom('app_user as u')
    .innerJoin('org_member as m', (join) =>
      join.onRef('m.user_id', '=', 'u.id').onRef('m.org_id', '=', 'u.default_org_id'),
    )
    .select(['u.id', 'u.default_org_id', 'u.password_hash'])
    .where('u.email', '=', email)
    .where('u.status', '=', 'ACTIVE')
    .where('m.status', '=', 'ACTIVE')
    .executeTakeFirst()
  decoy ??= hashPassword(randomBytes(9).toString('base64'))
  const right = await verifyPassword(password, row?.password_hash ?? (await decoy))
  return row?.password_hash && right ? { orgId: row.default_org_id, userId: row.id } : null
}

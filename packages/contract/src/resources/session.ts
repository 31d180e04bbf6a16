import { z } from 'zod'
import { timestamp } from '../values.ts'
import { organizationBrief } from './common.ts'

/** `expires_in` in seconds; keep it above 3600, the margin at which the client asks again. */
export const tokenResponse = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().positive(),
  user: z.looseObject({ id: z.int(), full_name: z.string(), email: z.string(), impersonated: z.boolean() }).optional(),
  org_membership: z.looseObject({ status: z.string(), 'is_admin?': z.boolean() }).optional(),
  org: organizationBrief.optional(),
})

export const orgMembership = z.object({
  id: z.int(),
  name: z.string(),
  org_membership_status: z.string(),
  'is_admin?': z.boolean().optional(),
  isAdmin: z.boolean().optional(),
})

export const user = z.object({
  id: z.int(),
  email: z.string(),
  full_name: z.string(),
  impersonated: z.boolean(),
  default_org: z.object({ id: z.int(), name: z.string() }),
  status: z.string(),
  account_locked: z.boolean(),
  org_memberships: z.array(orgMembership),
  super_user: z.boolean().optional(),
  user_tier: z.string().nullish(),
  created_at: timestamp.optional(),
  updated_at: timestamp.optional(),
  /** The organisation that the token works in. */
  current_org: organizationBrief.optional(),
})

export const loggedOut = z.object({ message: z.string() })

export type TokenResponse = z.output<typeof tokenResponse>
export type User = z.output<typeof user>

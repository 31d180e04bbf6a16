import type { Generated, Id, Nullable, NullableTime, Time, TimeByDefault } from '../column.ts'

export interface OrgTable {
  id: Id
  name: string
  email_domain: Nullable<string>
  email: Nullable<string>
  description: Nullable<string>
  client_identifier: Nullable<string>
  status: Generated<string>
  created_at: TimeByDefault
  updated_at: TimeByDefault
}

export interface AppUserTable {
  id: Id
  email: string
  full_name: string
  password_hash: Nullable<string>
  default_org_id: number
  status: Generated<string>
  created_at: TimeByDefault
  updated_at: TimeByDefault
}

export interface OrgMemberTable {
  org_id: number
  user_id: number
  is_admin: Generated<boolean>
  status: Generated<string>
}

export interface ServiceKeyTable {
  id: Id
  org_id: number
  user_id: number
  key_hash: Buffer
  name: Generated<string>
  created_at: TimeByDefault
  last_used_at: NullableTime
  revoked_at: NullableTime
}

export interface AccessTokenTable {
  token_hash: Buffer
  org_id: number
  user_id: number
  created_at: TimeByDefault
  expires_at: Time
  revoked_at: NullableTime
}

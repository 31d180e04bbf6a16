import type { Generated, Id, NullableTime, TimeByDefault } from '../column.ts'

/** The URL of a source that records are posted to. */
export interface HookTable {
  data_source_id: number
  /** Last step of the URL. */
  path: string
  created_at: TimeByDefault
}

export interface HookKeyTable {
  id: Id
  data_source_id: number
  name: string
  sealed: Buffer
  /** ACTIVE, REVOKED */
  status: Generated<string>
  expires_at: NullableTime
  created_at: TimeByDefault
  updated_at: TimeByDefault
}

import type { Id, Nullable, TimeByDefault } from '../column.ts'

/** Written by SQL of its own, under row locks (credentials/shared-state.ts). */
export interface CredentialStateTable {
  data_credential_id: number
  name: string
  sealed: Nullable<Buffer>
  updated_at: TimeByDefault
}

export interface ConsentTable {
  state_digest: Buffer
  data_credential_id: number
  redirect_uri: string
  pending: Buffer
  created_at: TimeByDefault
}

/** Answer of a probe that runs in the background, for every server. */
export interface ProbeTaskTable {
  id: Id
  user_id: number
  data_credential_id: number
  /** Null while it runs. */
  sealed: Nullable<Buffer>
  created_at: TimeByDefault
}

/** Written by SQL of its own (http/request-limits.ts). */
export interface RequestCountTable {
  user_id: number
  /** second, day */
  span: string
  index: number
  class: string
  requests: number
}

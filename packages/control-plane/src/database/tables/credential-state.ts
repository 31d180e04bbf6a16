import type { Nullable, TimeByDefault } from '../column.ts'

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

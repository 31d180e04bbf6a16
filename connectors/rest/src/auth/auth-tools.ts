import type { SharedState } from '@leat/connector-kit'
import type { HttpClient } from '@leat/connector-kit/http'

/** What strategies work with that need tokens. */
export interface AuthTools {
  readonly client: HttpClient
  /** Tokens of this credential, for the whole cluster; absent: for this connection. */
  readonly shared: SharedState | undefined
}

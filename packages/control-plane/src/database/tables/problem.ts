/** The last failure of a node, as the API shows it; gone after the next success. Times are ISO 8601. */
export interface Problem {
  readonly code: string
  readonly message: string
  /** The key of the config that it is about. */
  readonly field?: string
  readonly at: string
  readonly retry_at?: string | null
  readonly attempt?: number
}

import type { JsonObject, Tree } from '@leat/connector-kit'

/** Tries a connection as a run would. Every method throws the fault that the run would meet; nothing is changed. */
export interface ConnectionTester {
  check(target: ProbeTarget): Promise<void>
  tree(
    target: ProbeTarget,
    request: { readonly depth: number; readonly path?: string; readonly database?: string; readonly table?: string },
  ): Promise<Tree>
  /** `response` is the text of the first lines, or `{columns, data}` for tables. */
  sample(
    target: ProbeTarget,
    sourceConfig: JsonObject,
  ): Promise<{ readonly contentType: string; readonly response: string | JsonObject }>
}

export interface ProbeTarget {
  readonly type: string
  /** As the user gave them, opened. */
  readonly credentials: JsonObject
  readonly signal: AbortSignal
}

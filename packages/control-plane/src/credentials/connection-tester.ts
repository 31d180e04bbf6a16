import {
  Fault,
  type ConnectContext,
  type DryRequest,
  type Json,
  type JsonObject,
  type SourceMode,
  type Tree,
} from '@leat/connector-kit'

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
    mode?: SourceMode,
  ): Promise<{ readonly contentType: string; readonly response: string | JsonObject }>
  /** The requests that a run would begin with. Asks nobody. */
  dryRun(
    target: ProbeTarget,
    sourceConfig: JsonObject,
    how: { readonly mode: SourceMode | undefined; readonly since: number | null; readonly checkpoint: Json },
  ): Promise<readonly DryRequest[]>
  /** What a run of this source, or a delivery to this sink, does first: finds the place that its config names. A `PlaceFault` names the nearest one. */
  preflight(target: ProbeTarget, part: 'source' | 'sink', config: JsonObject): Promise<void>
}

/** The place that a config names is not there, but one of a similar name is. */
export class PlaceFault extends Fault {
  readonly nearest: string

  constructor(fault: Fault, nearest: string) {
    const { kind, code, field } = fault
    super({
      kind,
      code,
      message: `${fault.message} Did you mean "${nearest}"?`,
      ...(field === undefined ? {} : { field }),
      cause: fault,
    })
    this.nearest = nearest
  }
}

/** What a driver is lent: `shared` of a stored credential, `lookup` of those in whose name it is tried. */
export interface ProbeTarget extends Pick<ConnectContext, 'shared' | 'lookup' | 'signal'> {
  readonly type: string
  /** As the user gave them, opened. */
  readonly credentials: JsonObject
}

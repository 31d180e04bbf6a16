import type { PartTotals } from './group.ts'
import type { Settled } from './group-commit.ts'
import type { InboxLog, Register } from './inbox-log.ts'

/** Bytes of one source that this server has accepted, since it started. */
interface Taken {
  /** Not known to the database yet. */
  unregistered: number
  /** Known to the database: only ever grows, so that a look can tell what was added since it began. */
  registered: number
}

/**
 * An inbox that knows how much each source has in it, at once: the database learns of a file a second later, and a limit that waited for that would
 * let through whatever a sender can send in a second.
 */
export class MeasuredInbox implements InboxLog {
  readonly #log: InboxLog
  readonly #taken = new Map<number, Taken>()

  constructor(open: (register: Register) => InboxLog, register: Register) {
    this.#log = open(async (file) => {
      await register(file)
      for (const part of file.parts) this.#registered(part)
    })
  }

  get pendingBytes(): number {
    return this.#log.pendingBytes
  }

  append(sourceId: number, flags: number, records: number, lines: Uint8Array, settled: Settled): void {
    const taken = this.#of(sourceId)
    const bytes = bytesOf(lines)
    taken.unregistered += bytes
    this.#log.append(sourceId, flags, records, lines, (failure) => {
      if (failure !== null) taken.unregistered -= bytes
      settled(failure)
    })
  }

  /**
   * To be called before the database is asked how much of a source waits. The function that it gives adds to that answer what this server has
   * accepted and the answer may lack; bytes that were registered while the database was asked are counted twice until the next look, never not at all.
   */
  look(sourceId: number): (inDatabase: number) => number {
    const taken = this.#of(sourceId)
    const before = taken.registered
    return (inDatabase) => inDatabase + taken.unregistered + taken.registered - before
  }

  hurry(): void {
    this.#log.hurry()
  }

  close(): Promise<void> {
    return this.#log.close()
  }

  #registered({ sourceId, bytes }: PartTotals): void {
    const taken = this.#of(sourceId)
    taken.unregistered -= bytes
    taken.registered += bytes
  }

  #of(sourceId: number): Taken {
    let taken = this.#taken.get(sourceId)
    if (taken === undefined) this.#taken.set(sourceId, (taken = { unregistered: 0, registered: 0 }))
    return taken
  }
}

/** What lines need in the inbox, with their last line end: what `max_waiting_bytes` counts. */
export function bytesOf(lines: Uint8Array): number {
  return lines.length + 1
}

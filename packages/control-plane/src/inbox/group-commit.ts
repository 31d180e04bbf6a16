import { GroupBuffer } from './group.ts'

/** Called once per append: null when the records are durable, else why they are not (then they may be sent again). */
export type Settled = (failure: Error | null) => void

export interface GroupCommitSettings {
  /** Makes a group durable. The buffer's memory is used again afterwards. */
  readonly write: (group: GroupBuffer) => Promise<void>
  /** Writes under way at the same time: 1 for a file, more where each has a long latency. */
  readonly parallel: number
  /** How long the first record of a group waits for others, ms. 0: until the event loop has read what has arrived. */
  readonly lingerMs: number
  /** A group of this size goes at once. */
  readonly fullBytes: number
}

const keptBytes = 4 << 20

/**
 * Makes many small appends durable together: whatever arrives while a write is under way is the next group. One sync per request would
 * allow a few thousand requests per second, one per group allows tens of thousands.
 */
export class GroupCommit {
  readonly #settings: GroupCommitSettings
  readonly #spare: GroupBuffer[] = []
  #group: GroupBuffer
  #settled: Settled[] = []
  #groupBytes = 0
  #writing = 0
  #scheduled: NodeJS.Timeout | NodeJS.Immediate | null = null
  #idle: (() => void)[] = []
  /** Bytes that were appended and are not durable. */
  pendingBytes = 0

  constructor(settings: GroupCommitSettings) {
    this.#settings = settings
    this.#group = new GroupBuffer(1 << 20)
  }

  append(sourceId: number, flags: number, records: number, lines: Uint8Array, settled: Settled): void {
    this.pendingBytes += lines.length
    this.#groupBytes += lines.length
    this.#group.append(sourceId, flags, records, lines)
    this.#settled.push(settled)
    if (this.#writing < this.#settings.parallel) this.#schedule()
  }

  /** Resolves when everything that was appended before has settled. */
  async flush(): Promise<void> {
    if (this.#writing === 0 && this.#group.empty) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#idle.push(resolve)
    await promise
  }

  #schedule(): void {
    const { lingerMs, fullBytes } = this.#settings
    if (this.#group.length >= fullBytes) return this.#start()
    if (this.#scheduled !== null) return
    this.#scheduled = lingerMs > 0 ? setTimeout(() => this.#start(), lingerMs) : setImmediate(() => this.#start())
  }

  #start(): void {
    if (this.#scheduled !== null) {
      if (this.#settings.lingerMs > 0) clearTimeout(this.#scheduled as NodeJS.Timeout)
      else clearImmediate(this.#scheduled as NodeJS.Immediate)
      this.#scheduled = null
    }
    if (this.#group.empty || this.#writing >= this.#settings.parallel) return
    const group = this.#group
    const settled = this.#settled
    const bytes = this.#groupBytes
    this.#groupBytes = 0
    this.#group = this.#spare.pop() ?? new GroupBuffer(1 << 20)
    this.#settled = []
    this.#writing++
    this.#settings.write(group).then(
      () => this.#end(group, settled, bytes, null),
      (error: unknown) => this.#end(group, settled, bytes, error instanceof Error ? error : new Error(String(error))),
    )
  }

  #end(group: GroupBuffer, settled: readonly Settled[], bytes: number, failure: Error | null): void {
    this.#writing--
    this.pendingBytes -= bytes
    group.clear(keptBytes)
    this.#spare.push(group)
    // The next write first: the answers below take their time.
    if (!this.#group.empty) this.#schedule()
    for (const one of settled) one(failure)
    if (this.#writing === 0 && this.#group.empty) for (const resolve of this.#idle.splice(0)) resolve()
  }
}

import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SegmentStore } from '@leat/engine'
import { Totals, type GroupBuffer } from './group.ts'
import { GroupCommit, type Settled } from './group-commit.ts'
import type { InboxLog, Register } from './inbox-log.ts'

export interface StoreLogSettings {
  readonly store: () => Promise<SegmentStore>
  readonly scratch: string
  readonly register: Register
}

/** Objects of the inbox stand here in the segment store. */
export const inboxPrefix = 'inbox/'

/**
 * The inbox of a server in a cluster: each group is one object in the segment store, and is acknowledged when the object is put and the database
 * knows it. Any worker can read it, and nothing is lost with the machine.
 */
export class StoreLog implements InboxLog {
  readonly #settings: StoreLogSettings
  readonly #commit: GroupCommit
  #closed = false

  constructor(settings: StoreLogSettings) {
    this.#settings = settings
    this.#commit = new GroupCommit({
      write: (group) => this.#put(group),
      parallel: 4,
      lingerMs: 25,
      fullBytes: 8 << 20,
    })
  }

  get pendingBytes(): number {
    return this.#commit.pendingBytes
  }

  append(sourceId: number, flags: number, records: number, lines: Uint8Array, settled: Settled): void {
    if (this.#closed) return settled(new Error('The inbox is closed: the server is about to end.'))
    this.#commit.append(sourceId, flags, records, lines, settled)
  }

  /** Every acknowledged group is readable already. */
  hurry(): void {}

  async close(): Promise<void> {
    this.#closed = true
    await this.#commit.flush()
  }

  async #put(group: GroupBuffer): Promise<void> {
    const { store, scratch, register } = this.#settings
    const bytes = group.finish()
    const now = new Date().toISOString()
    const name = `${now.replaceAll(/[-:]/g, '')}-${randomBytes(6).toString('hex')}`
    const key = `${inboxPrefix}${now.slice(0, 10)}/${name}`
    await mkdir(scratch, { recursive: true })
    const file = join(scratch, name)
    try {
      await writeFile(file, bytes)
      await (await store()).put(file, key)
    } finally {
      await rm(file, { force: true })
    }
    const totals = new Totals()
    group.addTo(totals)
    await register({ place: 'store', name: key, bytes: bytes.length, parts: totals.parts })
  }
}

import type { PartTotals } from './group.ts'
import type { Settled } from './group-commit.ts'

/** Where pushed records wait until they are read: durable, in the order of their acknowledgement. */
export interface InboxLog {
  /** Bytes that were taken and are not durable yet: what back-pressure is measured by. */
  readonly pendingBytes: number
  /** Complete JSON records, one per line, without the last line end. `settled` is called when they are durable, or with the reason why not. */
  append(sourceId: number, flags: number, records: number, lines: Uint8Array, settled: Settled): void
  /** Makes what was appended readable soon instead of after the usual pause. */
  hurry(): void
  /** Waits for what is under way and hands it over to be read. Appends after this fail. */
  close(): Promise<void>
}

/** A file of the inbox that nothing is added to any more. */
export interface SealedFile {
  readonly place: 'folder' | 'store'
  /** File name in the inbox folder, or key in the segment store. */
  readonly name: string
  readonly bytes: number
  readonly parts: readonly PartTotals[]
}

/** Makes a sealed file known to all workers. Repeating it changes nothing. */
export type Register = (file: SealedFile) => Promise<void>

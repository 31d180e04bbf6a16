import { crc32 } from 'node:zlib'

/*
 * The file format of the inbox, little endian. A group is what one commit makes durable; its blocks hold lines of NDJSON of one source each.
 *
 *   group = "LEAT" | crc32 of everything after this field | bytes of the blocks | block*
 *   block = source id (6 bytes) | flags (2) | records (4) | bytes of the lines (4) | lines
 *
 * A group whose end or checksum is wrong was never acknowledged: its process died while it wrote.
 */

const magic = 0x5441454c
export const groupHeaderBytes = 12
export const blockHeaderBytes = 16
const newline = 10

/** Set for records whose shape is looked at anew (`force_schema_detection`). */
export const freshShape = 1

export interface BlockHead {
  readonly sourceId: number
  readonly flags: number
  readonly records: number
  readonly bytes: number
}

/** Sums of one source in a file or group. */
export interface PartTotals {
  sourceId: number
  flags: number
  records: number
  bytes: number
}

/** Adds blocks to the sums of a file. */
export class Totals {
  readonly #parts = new Map<string, PartTotals>()

  add({ sourceId, flags, records, bytes }: BlockHead): void {
    const key = `${sourceId}/${flags}`
    const known = this.#parts.get(key)
    if (known === undefined) this.#parts.set(key, { sourceId, flags, records, bytes })
    else {
      known.records += records
      known.bytes += bytes
    }
  }

  get parts(): readonly PartTotals[] {
    return [...this.#parts.values()]
  }
}

/** Collects the lines of one group in memory that is used again and again. */
export class GroupBuffer {
  #bytes: Buffer
  #length = groupHeaderBytes
  /** Where the header of the last block stands; 0 when there is none. */
  #block = 0
  #source = -1
  #flags = -1
  readonly #heads: number[] = []

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
  }

  get length(): number {
    return this.#length
  }

  get empty(): boolean {
    return this.#block === 0
  }

  /** Appends complete records; the line end after the last one is added. */
  append(sourceId: number, flags: number, records: number, lines: Uint8Array): void {
    const needed = this.#length + blockHeaderBytes + lines.length + 1
    if (needed > this.#bytes.length) this.#grow(needed)
    if (this.#source !== sourceId || this.#flags !== flags) this.#begin(sourceId, flags)
    this.#bytes.set(lines, this.#length)
    this.#length += lines.length
    this.#bytes[this.#length++] = newline
    const head = this.#block
    this.#bytes.writeUInt32LE(this.#bytes.readUInt32LE(head + 8) + records, head + 8)
    this.#bytes.writeUInt32LE(this.#bytes.readUInt32LE(head + 12) + lines.length + 1, head + 12)
  }

  /** The group's bytes, valid until `clear`. */
  finish(): Buffer {
    this.#bytes.writeUInt32LE(magic, 0)
    this.#bytes.writeUInt32LE(this.#length - groupHeaderBytes, 8)
    const group = this.#bytes.subarray(0, this.#length)
    this.#bytes.writeUInt32LE(crc32(group.subarray(8)), 4)
    return group
  }

  addTo(totals: Totals): void {
    for (const head of this.#heads) totals.add(readBlockHead(this.#bytes, head))
  }

  /** Memory of an unusually large group is given back. */
  clear(keep: number): void {
    if (this.#bytes.length > keep) this.#bytes = Buffer.allocUnsafeSlow(keep)
    this.#length = groupHeaderBytes
    this.#block = 0
    this.#source = -1
    this.#flags = -1
    this.#heads.length = 0
  }

  #begin(sourceId: number, flags: number): void {
    this.#block = this.#length
    this.#heads.push(this.#block)
    this.#source = sourceId
    this.#flags = flags
    this.#bytes.writeUIntLE(sourceId, this.#block, 6)
    this.#bytes.writeUInt16LE(flags, this.#block + 6)
    this.#bytes.writeUInt32LE(0, this.#block + 8)
    this.#bytes.writeUInt32LE(0, this.#block + 12)
    this.#length += blockHeaderBytes
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

export function readBlockHead(bytes: Buffer, at: number): BlockHead {
  return {
    sourceId: bytes.readUIntLE(at, 6),
    flags: bytes.readUInt16LE(at + 6),
    records: bytes.readUInt32LE(at + 8),
    bytes: bytes.readUInt32LE(at + 12),
  }
}

/** Bytes of the blocks behind a group's header, or null when it is none. */
export function readGroupHead(head: Buffer): { readonly checksum: number; readonly bytes: number } | null {
  if (head.length < groupHeaderBytes || head.readUInt32LE(0) !== magic) return null
  return { checksum: head.readUInt32LE(4), bytes: head.readUInt32LE(8) }
}

/** True when a whole group (header and blocks) is as it was written. */
export function groupIsWhole(group: Buffer): boolean {
  const head = readGroupHead(group)
  return head !== null && group.length === groupHeaderBytes + head.bytes && crc32(group.subarray(8)) === head.checksum
}

/** The blocks of a whole group: head and lines. */
export function* blocksOf(group: Buffer): Generator<{ readonly head: BlockHead; readonly lines: Buffer }> {
  for (let at = groupHeaderBytes; at < group.length;) {
    const head = readBlockHead(group, at)
    const start = at + blockHeaderBytes
    yield { head, lines: group.subarray(start, start + head.bytes) }
    at = start + head.bytes
  }
}

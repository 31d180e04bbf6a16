import { fastRecordBytes } from '../limits.ts'
import type { Dialect } from './dialect.ts'
import { scanRecords } from './scan.ts'

/** Drops the skipped lines and the header; ends with a line end. */
export async function* normaliseCsv(bytes: AsyncIterable<Uint8Array>, dialect: Dialect): AsyncGenerator<Uint8Array> {
  let linesLeft = dialect.skipLines
  let headerLeft = dialect.header
  let held: Buffer | null = null
  let last: number | undefined
  for await (let chunk of bytes) {
    if (linesLeft > 0 || headerLeft) {
      held = held ? Buffer.concat([held, chunk]) : Buffer.from(chunk)
      for (; linesLeft > 0; linesLeft--) {
        const newline = held.indexOf(10)
        if (newline < 0) break
        held = held.subarray(newline + 1)
      }
      if (linesLeft > 0) continue
      if (headerLeft) {
        const end = headerEnd(held, dialect)
        if (end < 0 && held.length < fastRecordBytes) continue
        held = end < 0 ? held : held.subarray(end)
        headerLeft = false
      }
      chunk = held
      held = null
    }
    if (chunk.length === 0) continue
    last = chunk[chunk.length - 1]
    yield chunk
  }
  // A file that is only a header, without a line end, leaves nothing.
  if (last !== undefined && last !== 10 && !(last === 13 && dialect.lineEnd === '\r'))
    yield Buffer.from(dialect.lineEnd)
}

/** Index behind the first record that is not blank; -1 while it is not complete. */
function headerEnd(held: Buffer, dialect: Dialect): number {
  for (const record of scanRecords(held.toString('latin1'), dialect, false)) {
    if (!record.complete) return -1
    if (!record.blank) return record.next
  }
  return -1
}

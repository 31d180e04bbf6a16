import { Fault } from '@leat/connector-kit'
import { groupHeaderBytes, groupIsWhole, readGroupHead, blocksOf } from './group.ts'

/**
 * The whole groups at the start of a file or object. With `tail` "may be torn" it ends at the first group that is not whole (the process died
 * while it wrote it); with "is whole" that is a fault, because the records before it were acknowledged.
 */
export async function* readGroups(
  bytes: AsyncIterable<Uint8Array>,
  tail: 'may be torn' | 'is whole',
  name: string,
): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of bytes) {
    const part = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    held = held.length === 0 ? part : Buffer.concat([held, part])
    let at = 0
    for (;;) {
      const head = readGroupHead(held.subarray(at, at + groupHeaderBytes))
      if (head === null || held.length - at < groupHeaderBytes + head.bytes) break
      const group = held.subarray(at, at + groupHeaderBytes + head.bytes)
      if (!groupIsWhole(group)) return refuse(tail, name)
      yield group
      at += group.length
    }
    if (held.length - at >= groupHeaderBytes && readGroupHead(held.subarray(at, at + groupHeaderBytes)) === null)
      return refuse(tail, name)
    // Copied: the reader may fill its chunk again.
    held = Buffer.from(held.subarray(at))
  }
  if (held.length > 0) refuse(tail, name)
}

function refuse(tail: 'may be torn' | 'is whole', name: string): void {
  if (tail === 'may be torn') return
  throw new Fault({
    kind: 'data',
    code: 'inbox.damaged',
    message: `The inbox file ${name} is damaged: a checksum does not agree. What stands before the damage was read; the rest of the file is lost.`,
  })
}

/** The lines of one source, in the order in which they were acknowledged. */
export async function* linesOf(
  groups: AsyncIterable<Buffer>,
  sourceId: number,
  flags: number,
): AsyncGenerator<Uint8Array> {
  for await (const group of groups)
    for (const { head, lines } of blocksOf(group)) if (head.sourceId === sourceId && head.flags === flags) yield lines
}

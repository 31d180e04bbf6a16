import { Fault } from '@leat/connector-kit'
import { ByteQueue } from './byte-queue.ts'

/**
 * The frames of zstd data one by one, still compressed. Node's decompressor stops silently after the first frame, but
 * pzstd, `cat` and the seekable format write many. Source: RFC 8878, section 3.1. Skippable frames are left out.
 */
export async function* zstdFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<AsyncGenerator<Uint8Array>> {
  const queue = new ByteQueue(bytes)
  for (;;) {
    const magic = await queue.take(4)
    if (magic.length === 0) return
    if (magic.length < 4) throw broken('it ends inside of a frame')
    const number = magic.readUInt32LE(0)
    if (number >>> 4 === 0x184d2a5) await skip(queue)
    else if (number === 0xfd2fb528) yield frame(queue, magic)
    else throw broken('a frame does not begin as one')
  }
}

async function* frame(queue: ByteQueue, magic: Buffer): AsyncGenerator<Uint8Array> {
  yield magic
  const descriptor = await exactly(queue, 1)
  yield descriptor
  const flags = descriptor[0] ?? 0
  const single = (flags & 0x20) !== 0
  const header = (single ? 0 : 1) + [0, 1, 2, 4][flags & 3]! + [single ? 1 : 0, 2, 4, 8][flags >> 6]!
  yield await exactly(queue, header)
  for (;;) {
    const block = await exactly(queue, 3)
    yield block
    const word = block.readUIntLE(0, 3)
    const type = (word >> 1) & 3
    if (type === 3) throw broken('a block has a reserved type')
    yield await exactly(queue, type === 1 ? 1 : word >> 3)
    if (word & 1) break
  }
  if (flags & 4) yield await exactly(queue, 4)
}

async function skip(queue: ByteQueue): Promise<void> {
  for (let left = (await exactly(queue, 4)).readUInt32LE(0); left > 0;)
    left -= (await exactly(queue, Math.min(left, 1 << 20))).length
}

async function exactly(queue: ByteQueue, count: number): Promise<Buffer> {
  const bytes = await queue.take(count)
  if (bytes.length < count) throw broken('it ends inside of a frame')
  return bytes
}

function broken(why: string): Fault {
  return new Fault({
    kind: 'data',
    code: 'compression.broken',
    message: `The zstd data is broken: ${why}. What came before was read; deliver the complete file again.`,
  })
}

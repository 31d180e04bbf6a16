import { open } from 'node:fs/promises'

/** A stretch of the file that ends at a record boundary. */
export interface Block {
  readonly offset: number
  readonly length: number
}

/**
 * Cuts a byte stream into blocks of about `target` bytes that end at a boundary. A record longer than the target makes its
 * block longer. The last block may lack the final separator.
 */
export async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  target: number,
  lastBoundary: (text: Uint8Array) => number,
): AsyncGenerator<{ block: Block; bytes: Uint8Array }> {
  let pending: Uint8Array[] = []
  let size = 0
  let offset = 0
  for await (const chunk of chunks) {
    pending.push(chunk)
    size += chunk.length
    if (size < target) continue
    const bytes = Buffer.concat(pending)
    const cut = lastBoundary(bytes)
    // No boundary yet: look again when the data has doubled, so that one huge record costs linear time.
    if (cut <= 0) {
      pending = [bytes]
      target = Math.max(target, size * 2)
      continue
    }
    yield { block: { offset, length: cut }, bytes: bytes.subarray(0, cut) }
    offset += cut
    pending = [bytes.subarray(cut)]
    size = bytes.length - cut
  }
  if (size > 0) yield { block: { offset, length: size }, bytes: Buffer.concat(pending) }
}

export async function readBlock(path: string, block: Block): Promise<Uint8Array> {
  await using file = await open(path)
  const bytes = Buffer.allocUnsafe(block.length)
  for (let filled = 0; filled < block.length;) {
    const { bytesRead } = await file.read(bytes, filled, block.length - filled, block.offset + filled)
    if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
    filled += bytesRead
  }
  return bytes
}

import { open } from 'node:fs/promises'

/**
 * The bytes of a file that nobody changes, in pieces. A read stream would allocate a whole piece for each read, however little is left, copy what it got,
 * and so bring on collections of the whole heap.
 */
export async function* fileBytes(path: string, pieceBytes: number): AsyncGenerator<Buffer> {
  await using file = await open(path)
  let left = (await file.stat()).size
  while (left > 0) {
    const piece = Buffer.allocUnsafeSlow(Math.min(left, pieceBytes))
    const { bytesRead } = await file.read(piece, 0, piece.length)
    if (bytesRead === 0) throw new Error(`${path} has become shorter while it was read`)
    yield piece.subarray(0, bytesRead)
    left -= bytesRead
  }
}

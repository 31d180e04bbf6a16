import { uncompress } from 'snappy'
import { Fault } from '@leat/connector-kit'
import { ByteQueue } from './byte-queue.ts'
import { maskedCrc32c } from './crc32c.ts'

/** Source: google/snappy, framing_format.txt. */
const [compressed, uncompressed, identifier] = [0x00, 0x01, 0xff]
const chunkLimit = 65536

/** Bytes of a snappy stream in the framing format; every chunk's checksum is compared. Throws `data` faults after the good chunks. */
export async function* snappyFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue(bytes)
  for (let first = true; ; first = false) {
    const head = await queue.take(4)
    if (head.length === 0 && !first) return
    if (head.length < 4) throw broken('it ends inside of a chunk header')
    const [type = 0, low = 0, middle = 0, high = 0] = head
    const length = low | (middle << 8) | (high << 16)
    if (first && type !== identifier) throw broken('it does not begin with the stream identifier of the framing format')
    const body = await queue.take(length)
    if (body.length < length) throw broken('it ends inside of a chunk')
    if (type === identifier) {
      if (body.toString('latin1') !== 'sNaPpY') throw broken('the stream identifier is wrong')
    } else if (type === compressed || type === uncompressed) yield await readChunk(body, type)
    else if (type < 0x80) throw broken(`it contains a reserved chunk (type ${type})`)
  }
}

async function readChunk(body: Buffer, type: number): Promise<Uint8Array> {
  if (body.length < 4) throw broken('a chunk has no checksum')
  const data = type === uncompressed ? body.subarray(4) : await inflate(body.subarray(4))
  if (data.length > chunkLimit) throw broken('a chunk is larger than the format allows')
  if (maskedCrc32c(data) !== body.readUInt32LE(0)) throw broken('a checksum is wrong')
  return data
}

async function inflate(data: Buffer): Promise<Buffer> {
  // Memory is set aside for what the data says of itself: up to 4 GB for a few bytes.
  if (declaredLength(data) > chunkLimit) throw broken('a chunk is larger than the format allows')
  try {
    return (await uncompress(data, { asBuffer: true })) as Buffer
  } catch (cause) {
    throw broken('a chunk cannot be decompressed', cause)
  }
}

/** The varint that compressed data begins with: its length when decompressed. */
function declaredLength(data: Buffer): number {
  let length = 0
  for (let at = 0; at < 5; at++) {
    const byte = data[at] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) break
  }
  return length
}

function broken(why: string, cause?: unknown): Fault {
  return new Fault({
    kind: 'data',
    code: 'compression.broken',
    cause,
    message: `The snappy stream is broken: ${why}. What came before was read; deliver the complete file again.`,
  })
}

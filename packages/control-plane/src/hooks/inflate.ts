import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate as zlibInflate, zstdDecompress } from 'node:zlib'
import { ApiProblem } from '../http/api-problem.ts'
import { BodyProblem } from './body-records.ts'

const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(zlibInflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const

export function isCompressed(request: IncomingMessage): boolean {
  const encoding = request.headers['content-encoding']
  return encoding !== undefined && encoding !== 'identity'
}

/** The decompressed body, never more than `most` bytes: a small body may unpack to gigabytes. */
export async function inflate(request: IncomingMessage, body: Buffer, most: number): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? '').toLowerCase().trim()
  if (!Object.hasOwn(decoders, encoding))
    throw new ApiProblem(
      'media_type',
      `The body is encoded with "${encoding}". Use one of ${Object.keys(decoders).join(', ')}, or none.`,
    )
  try {
    return await decoders[encoding as keyof typeof decoders](body, { maxOutputLength: most })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ApiProblem(
        'body_too_large',
        `The body unpacks to more than ${most} bytes. Send fewer records in one request.`,
      )
    throw new BodyProblem(`The body cannot be unpacked with "${encoding}".`)
  }
}

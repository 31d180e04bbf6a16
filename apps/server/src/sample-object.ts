import { createWriteStream } from 'node:fs'
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Fault, type JsonObject, type ObjectPart } from '@leat/connector-kit'
import { decompress, detect, quotePath } from '@leat/formats'

export interface ObjectSample {
  readonly contentType: string
  readonly response: string | JsonObject
}

const headBytes = 64 * 1024
const lines = 20
const rows = 20
/** Parquet keeps its index at the end, so a sample reads the whole file. */
const parquetBytes = 256 * 1024 ** 2

/** The first lines of an object as text (decompressed), or the first rows of a Parquet file. Null when it is empty. */
export async function sampleObject(
  part: ObjectPart,
  options: JsonObject,
  signal: AbortSignal,
  scratch: string,
): Promise<ObjectSample | null> {
  const head = await firstBytes(part.open({ signal }), headBytes)
  if (head.length === 0) return null
  const detected = detect(part.origin, head, options)
  if (detected.format === 'parquet') return sampleParquet(part, signal, scratch)
  const contentType = detected.format === 'json' ? 'application/json' : 'text/csv'
  if (detected.compression === 'none' && detected.archive === 'none') return { contentType, response: firstLines(head) }
  for await (const { bytes } of decompress(part.open({ signal }), detected, part.origin)) {
    return { contentType, response: firstLines(await firstBytes(bytes, headBytes)) }
  }
  return null
}

async function firstBytes(bytes: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= limit) break
  }
  return Buffer.concat(chunks).subarray(0, limit)
}

/** Whole lines, unless one line is all there is. */
function firstLines(head: Uint8Array): string {
  const text = new TextDecoder().decode(head).replace(/^\uFEFF/, '')
  const all = text.split('\n')
  if (head.length >= headBytes && all.length > 1) all.pop()
  return all.slice(0, lines).join('\n')
}

async function sampleParquet(part: ObjectPart, signal: AbortSignal, scratch: string): Promise<ObjectSample> {
  if ((part.size ?? 0) > parquetBytes) {
    throw new Fault({
      kind: 'unsupported',
      code: 'sample.too_large',
      message: `${part.origin} is a Parquet file of ${part.size} bytes; samples read at most ${parquetBytes}. Choose a smaller file.`,
    })
  }
  await mkdir(scratch, { recursive: true })
  const folder = await mkdtemp(join(scratch, 'sample-'))
  try {
    const file = join(folder, 'sample.parquet')
    await pipeline(part.open({ signal }), createWriteStream(file))
    const { openDuckDb } = await import('@leat/engine')
    await using compute = await openDuckDb({ threads: 1, memoryMb: 256, scratch: folder, folders: [] })
    await using session = await compute.session()
    const found = await session.rows(`SELECT * FROM read_parquet(${quotePath(file)}) LIMIT ${rows}`)
    const columns = Object.keys(found[0] ?? {})
    return {
      contentType: 'application/json',
      response: { columns, data: found.map((row) => columns.map((column) => row[column])) } as JsonObject,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

import { Fault } from '@leat/connector-kit'
import { recordsAt } from './path-records.ts'
import type { JsonLayout } from './layout.ts'
import { splitRecords } from './splitter.ts'

type Bytes = AsyncIterable<Uint8Array>

/** Largest document that `json.path` reads: it is held in memory, several times its size. */
export const maximumDocumentBytes = 256 * 1024 * 1024

/** `Decoder.normalise` of a layout. */
export function normaliserOf(layout: JsonLayout): (bytes: Bytes) => Bytes {
  switch (layout.kind) {
    case 'lines':
      return (bytes) =>
        endWithNewline(layout.skip === 0 && layout.encoding.name === 'utf-8' ? bytes : layout.encoding.decode(bytes))
    case 'split':
      return (bytes) => splitRecords(layout.encoding.decode(bytes))
    case 'path':
      return (bytes) => byPath(layout.encoding.decode(bytes), layout)
  }
}

async function* endWithNewline(bytes: Bytes): AsyncGenerator<Uint8Array> {
  let last: number | undefined
  for await (const chunk of bytes) {
    if (chunk.length === 0) continue
    last = chunk[chunk.length - 1]
    yield chunk
  }
  if (last !== undefined && last !== 0x0a) yield Uint8Array.of(0x0a)
}

async function* byPath(bytes: Bytes, layout: Extract<JsonLayout, { kind: 'path' }>): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > maximumDocumentBytes)
      throw new Fault({
        kind: 'data',
        code: 'json.document_too_large',
        message: `The document is larger than ${maximumDocumentBytes / 1024 / 1024} MB, the most that json.path can read at once. Deliver smaller files, or an array of records or JSON lines without json.path: they have no limit.`,
      })
    chunks.push(chunk)
  }
  yield* recordsAt(Buffer.concat(chunks), layout.path, layout.additional)
}

import { createHash } from 'node:crypto'
import type {
  Batch,
  Connection,
  EncodedFile,
  Encoding,
  JsonObject,
  Schema,
  Writer,
  WriterRequest,
} from '../src/index.ts'
import { missing, never, type Subject } from './subject.ts'

export const suiteSchema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'scalar', name: 'BIGINT' } },
    { name: 'name', type: { kind: 'scalar', name: 'VARCHAR' } },
  ],
}

export function writerRequest(subject: Subject, epoch: number): WriterRequest {
  const { sink } = subject
  return { id: 'sink-1', epoch, options: subject.sinkOptions(), schema: sink.schema ?? suiteSchema, signal: never() }
}

export async function openWriter(subject: Subject, connection: Connection, epoch: number): Promise<Writer> {
  if (connection.openWriter === undefined)
    throw new Error('the connector declares a sink, but its connection has no openWriter')
  return connection.openWriter(writerRequest(subject, epoch))
}

export function encodingOf(subject: Subject): Encoding {
  return subject.sink.encoding ?? subject.connector.sink?.accepts[0] ?? missing('sink')
}

/** Rows of the suite: their ids begin at `from`. */
export function suiteRows(from: number, count: number): readonly JsonObject[] {
  return Array.from({ length: count }, (_, index) => ({ id: String(from + index), name: `row ${from + index} ü` }))
}

/** One batch of rows, or of one file named by them, in the encoding of the sink. File bytes are opaque to a connector. */
export function batchOf(subject: Subject, from: number, count: number): Batch {
  const encoding = encodingOf(subject)
  const rows = suiteRows(from, count)
  if (encoding === 'rows') return { kind: 'rows', schema: subject.sink.schema ?? suiteSchema, rows }
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  return { kind: 'files', files: [fileOf(`2026/11/23/part-${from}.${encoding}`, encoding, Buffer.from(text), count)] }
}

export function fileOf(
  name: string,
  encoding: Exclude<Encoding, 'rows'>,
  bytes: Uint8Array,
  rows: number,
): EncodedFile {
  return {
    name,
    encoding,
    rows,
    bytes: bytes.length,
    open: async function* () {
      const middle = Math.floor(bytes.length / 2)
      yield bytes.subarray(0, middle)
      yield bytes.subarray(middle)
    },
  }
}

/** What a reader sees, in a form that can be compared: file names with a hash, or rows, sorted. */
export async function visible(subject: Subject): Promise<readonly string[]> {
  const { sink } = subject
  if (encodingOf(subject) === 'rows')
    return (await (sink.rows ?? missing('sink.rows'))()).map((row) => JSON.stringify(row)).sort()
  const files = await (sink.files ?? missing('sink.files'))()
  return [...files].map(([name, bytes]) => `${name} ${hash(bytes)}`).sort()
}

/** What a reader must see once these batches are committed. */
export async function shownAs(batches: readonly Batch[]): Promise<readonly string[]> {
  const shown: string[] = []
  for (const batch of batches) {
    if (batch.kind === 'rows') shown.push(...batch.rows.map((row) => JSON.stringify(row)))
    else
      for (const file of batch.files)
        shown.push(`${file.name} ${hash(Buffer.concat(await Array.fromAsync(file.open())))}`)
  }
  return shown.sort()
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

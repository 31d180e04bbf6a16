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
import type { SinkConditions } from './conditions.ts'
import { encodeRows } from './encode-rows.ts'
import { canonicalText } from './same-value.ts'
import { missing, never, type Subject } from './subject.ts'

export const suiteSchema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'scalar', name: 'BIGINT' } },
    { name: 'name', type: { kind: 'scalar', name: 'VARCHAR' } },
  ],
}

export function writerRequest(subject: Subject, epoch: number, given: Partial<WriterRequest> = {}): WriterRequest {
  const schema = subject.sink.schema ?? suiteSchema
  return { id: 'sink-1', epoch, options: subject.sinkOptions(), schema, signal: never(), ...given }
}

export async function openWriter(
  subject: Subject,
  connection: Connection,
  epoch: number,
  given?: Partial<WriterRequest>,
): Promise<Writer> {
  if (connection.openWriter === undefined)
    throw new Error('the connector declares a sink, but its connection has no openWriter')
  return connection.openWriter(writerRequest(subject, epoch, given))
}

export function encodingOf(subject: Subject): Encoding {
  return subject.sink.encoding ?? subject.connector.sink?.accepts[0] ?? missing('sink')
}

/** Rows of the suite: their ids begin at `from`. */
export function suiteRows(from: number, count: number): readonly JsonObject[] {
  return Array.from({ length: count }, (_, index) => ({ id: String(from + index), name: `row ${from + index} ü` }))
}

/** One batch of rows, or of one file named by them, in the encoding of the sink. */
export async function batchOf(subject: Subject, from: number, count: number): Promise<Batch> {
  return batchOfRows(subject, subject.sink.schema ?? suiteSchema, suiteRows(from, count), `part-${from}`)
}

/** Any rows as one batch. Where the destination keeps files, their bytes are opaque to the connector: JSON lines under any ending. */
export async function batchOfRows(
  subject: Subject,
  schema: Schema,
  rows: readonly JsonObject[],
  name: string,
): Promise<Batch> {
  const { sink } = subject
  const encoding = encodingOf(subject)
  if (encoding === 'rows') return { kind: 'rows', schema, rows }
  const bytes = keepsRows(subject)
    ? await encodedRows(sink, encoding, schema, rows)
    : encodeRows('ndjson', schema, rows)
  return { kind: 'files', files: [fileOf(`2026/11/23/${name}.${encoding}`, encoding, bytes, rows.length)] }
}

async function encodedRows(
  sink: SinkConditions,
  encoding: Exclude<Encoding, 'rows'>,
  schema: Schema,
  rows: readonly JsonObject[],
): Promise<Uint8Array> {
  if (sink.encode !== undefined) return sink.encode(schema, rows)
  return encoding === 'parquet' ? missing('sink.encode') : encodeRows(encoding, schema, rows)
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

/** What a reader sees, in a form that can be compared: records, or file names with a hash, sorted. */
export async function visible(subject: Subject): Promise<readonly string[]> {
  const { sink } = subject
  if (keepsRows(subject)) return (await recordsOf(sink)).map((row) => textOfRow(sink.schema ?? suiteSchema, row)).sort()
  const files = await (sink.files ?? missing('sink.files'))()
  return [...files].map(([name, bytes]) => `${name} ${hash(bytes)}`).sort()
}

/** Whether what counts is records: files of a destination that keeps files are bytes. */
export function keepsRows(subject: Subject): boolean {
  return encodingOf(subject) === 'rows' || subject.sink.files === undefined
}

export async function recordsOf(sink: SinkConditions): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (sink.rows ?? missing('sink.rows'))()
}

/** What a reader must see once these rows are committed; `batch` is what held them. */
export async function shownAs(subject: Subject, batches: readonly Batch[]): Promise<readonly string[]> {
  const shown: string[] = []
  const schema = subject.sink.schema ?? suiteSchema
  for (const batch of batches) {
    if (batch.kind === 'rows') shown.push(...batch.rows.map((row) => textOfRow(schema, row)))
    else for (const file of batch.files) shown.push(...(await shownOfFile(subject, schema, file)))
  }
  return shown.sort()
}

async function shownOfFile(subject: Subject, schema: Schema, file: EncodedFile): Promise<readonly string[]> {
  const bytes = Buffer.concat(await Array.fromAsync(file.open()))
  if (!keepsRows(subject)) return [`${file.name} ${hash(bytes)}`]
  const from = Number(/part-(\d+)/.exec(file.name)?.[1] ?? missing('the name of a file of the suite'))
  return suiteRows(from, file.rows).map((row) => textOfRow(schema, row))
}

/** Equal for all spellings of a record. */
export function textOfRow(schema: Schema, row: Readonly<Record<string, unknown>>): string {
  return schema.fields.map(({ name, type }) => `${name}=${canonicalText(type, row[name])}`).join(' ')
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

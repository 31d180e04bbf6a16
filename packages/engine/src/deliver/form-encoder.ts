import { rm, stat } from 'node:fs/promises'
import type { BatchForm, DataType, EncodedFile, FileBatch, Schema } from '@leat/connector-kit'
import { encodeSelect, planEncoding, quoteIdent, quoteLiteral, textOfNested } from '@leat/formats'
import type { ComputeSession } from '../compute.ts'
import { fileBytes } from '../file-bytes.ts'
import type { SegmentRef, SegmentStore } from '../ports.ts'
import type { Scratch } from '../scratch.ts'
import { segmentsRelation } from '../segment-relation.ts'
import type { EncodedBatch } from './batch-encoder.ts'
import type { Mapped } from './sink-mapping.ts'

interface Work {
  readonly schema: Schema
  readonly compute: ComputeSession
  readonly scratch: Scratch
  readonly segments: SegmentStore
  readonly signal: AbortSignal
}

/** Segments as the files that a destination loads; `form` says which. */
export class FormEncoder {
  readonly #work: Work
  readonly #form: BatchForm
  readonly #mapping: Mapped | null
  readonly #written: string[] = []

  constructor(work: Work, form: BatchForm, mapping: Mapped | null) {
    this.#work = work
    this.#form = form
    this.#mapping = mapping
  }

  async encode(step: readonly SegmentRef[]): Promise<EncodedBatch> {
    const batch = await this.#batch(step, this.#form)
    return { batch, rows: batch.files.reduce((all, file) => all + file.rows, 0) }
  }

  async #batch(step: readonly SegmentRef[], form: BatchForm): Promise<FileBatch> {
    const again = (other: BatchForm): Promise<FileBatch> => this.#batch(step, other)
    if (form.streamed === true) return { kind: 'files', files: [this.#streamed(step, form)], again }
    const total = rowsOf(step)
    const wanted = Math.max(1, Math.min(form.files ?? 1, Math.ceil(total / 50_000)))
    const share = Math.ceil(total / wanted)
    const files: EncodedFile[] = []
    for (let from = 0; from < total; from += share) {
      const range = wanted > 1 ? { from, to: Math.min(total, from + share) } : null
      files.push(await this.#encode({ segments: step, range }, form, files.length))
    }
    return { kind: 'files', files, again }
  }

  /** One file of pieces, of which one is encoded while the one before it is read. */
  #streamed(step: readonly SegmentRef[], form: BatchForm): EncodedFile {
    let bytes = 0
    const encode = (piece: Piece): Promise<WrittenFile> => this.#encode(piece, form, 0)
    const release = (): Promise<void> => this.release()
    return {
      name: `0.${form.encoding}`,
      encoding: form.encoding,
      rows: rowsOf(step),
      get bytes() {
        return bytes
      },
      async *open() {
        bytes = 0
        const pieces = cut(step)
        let coming = encode(pieces.next().value as Piece)
        try {
          for (let piece = pieces.next(); ; piece = pieces.next()) {
            const file = await coming
            if (piece.done !== true) coming = encode(piece.value)
            coming.catch(() => undefined) // thrown when it is its turn
            bytes += file.bytes
            yield* file.open()
            await rm(file.path, { force: true })
            if (piece.done === true) return
          }
        } finally {
          await coming.catch(() => undefined)
          await release()
        }
      },
    }
  }

  async release(): Promise<void> {
    for (const path of this.#written.splice(0)) await rm(path, { force: true })
  }

  async #encode({ segments: step, range }: Piece, form: BatchForm, part: number): Promise<WrittenFile> {
    const { compute, scratch, schema, segments, signal } = this.#work
    const position = '_leat_position'
    const relation = await segmentsRelation(step, schema, segments, signal, position)
    const where = range === null ? '' : ` WHERE ${position} >= ${range.from} AND ${position} < ${range.to}`
    const rows = `(SELECT * FROM ${relation}${where})`
    const mapped = this.#mapping === null ? `SELECT * FROM ${rows}` : this.#mapping.select(rows, position)
    const path = scratch.file(form.encoding)
    this.#written.push(path)
    const written = await compute.copy(
      `COPY (${this.#select(form, `(${mapped})`, position)}) TO ${quoteLiteral(path)} ${copyOptions[form.encoding]}`,
    )
    const { size } = await stat(path)
    return {
      name: `${part}.${form.encoding}`,
      path,
      encoding: form.encoding,
      bytes: size,
      rows: written,
      open: () => fileBytes(path, 1 << 20),
    }
  }

  #select(form: BatchForm, relation: string, position: string): string {
    const columns = (this.#mapping?.schema ?? this.#work.schema).fields
    const { encoding, ordinal } = form
    const last = ordinal === undefined ? '' : `, ${position} AS ${quoteIdent(ordinal)}`
    if (encoding === 'csv') {
      const values = columns.map(({ name, type }) => `${csvValue(form, quoteIdent(name), type)} AS ${quoteIdent(name)}`)
      return `SELECT ${values.join(', ')}${last} FROM ${relation}`
    }
    const plan = planEncoding({ data_format: encoding === 'ndjson' ? 'json' : encoding })
    const positioned: Schema['fields'] =
      ordinal === undefined ? columns : [...columns, { name: ordinal, type: { kind: 'scalar', name: 'BIGINT' } }]
    const source =
      ordinal === undefined ? relation : `(SELECT *, ${position} AS ${quoteIdent(ordinal)} FROM ${relation})`
    return encodeSelect(plan, { fields: positioned }, source)
  }
}

/** Times as DuckDB prints them (ISO 8601 with a space): making them anew costs more than everything else together. */
function csvValue({ blob }: BatchForm, value: string, type: DataType): string {
  if (type.kind === 'list' || type.kind === 'struct' || type.kind === 'map')
    return `CASE WHEN ${value} IS NULL THEN NULL ELSE ${textOfNested(value, type)} END`
  if (type.kind !== 'scalar' || type.name !== 'BLOB') return value
  if (blob === undefined || blob === 'base64') return `to_base64(${value})`
  return blob === 'hex' ? `lower(hex(${value}))` : `'\\x' || lower(hex(${value}))`
}

interface WrittenFile extends EncodedFile {
  readonly path: string
}

/** Rows [from, to) of segments, by their position among them; all of them without a range. */
interface Piece {
  readonly segments: readonly SegmentRef[]
  readonly range: { readonly from: number; readonly to: number } | null
}

/** What is encoded at once: about a second of loading, and little to hold on disk. */
const pieceRows = 200_000
const pieceBytes = 16 << 20

/** Small segments together, big ones in ranges of their own: DuckDB then skips the row groups that a piece does not need. */
function* cut(step: readonly SegmentRef[]): Generator<Piece, void> {
  let small: SegmentRef[] = []
  for (const segment of step) {
    const parts = Math.ceil(Math.max(segment.rows / pieceRows, segment.bytes / pieceBytes))
    const full = rowsOf(small) + segment.rows > pieceRows || bytesOf(small) + segment.bytes > pieceBytes
    if (small.length > 0 && full) {
      yield { segments: small, range: null }
      small = []
    }
    if (parts <= 1) small.push(segment)
    else {
      const share = Math.ceil(segment.rows / parts)
      for (let from = 0; from < segment.rows; from += share)
        yield { segments: [segment], range: { from, to: Math.min(segment.rows, from + share) } }
    }
  }
  if (small.length > 0) yield { segments: small, range: null }
}

function rowsOf(segments: readonly SegmentRef[]): number {
  return segments.reduce((sum, segment) => sum + segment.rows, 0)
}

function bytesOf(segments: readonly SegmentRef[]): number {
  return segments.reduce((sum, segment) => sum + segment.bytes, 0)
}

const copyOptions: Readonly<Record<BatchForm['encoding'], string>> = {
  csv: `(FORMAT csv, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`,
  ndjson: '(FORMAT json, ARRAY false)',
  parquet: '(FORMAT parquet, COMPRESSION snappy)',
}

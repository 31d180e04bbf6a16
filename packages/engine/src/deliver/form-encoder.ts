import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import type { BatchForm, DataType, EncodedFile, Schema } from '@leat/connector-kit'
import { encodeSelect, planEncoding, quoteIdent, quoteLiteral, textOfNested } from '@leat/formats'
import type { ComputeSession } from '../compute.ts'
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
    const total = step.reduce((sum, segment) => sum + segment.rows, 0)
    const wanted = Math.max(1, Math.min(this.#form.files ?? 1, Math.ceil(total / 50_000)))
    const share = Math.ceil(total / wanted)
    const files: EncodedFile[] = []
    for (let from = 0; from < total; from += share)
      files.push(await this.#encode(step, from, Math.min(total, from + share), files.length, wanted > 1))
    const sum = (of: (file: EncodedFile) => number): number => files.reduce((all, file) => all + of(file), 0)
    return { batch: { kind: 'files', files }, rows: sum((file) => file.rows), bytes: sum((file) => file.bytes) }
  }

  async release(): Promise<void> {
    for (const path of this.#written.splice(0)) await rm(path, { force: true })
  }

  /** Rows [from, to) of the step. */
  async #encode(
    step: readonly SegmentRef[],
    from: number,
    to: number,
    part: number,
    cut: boolean,
  ): Promise<EncodedFile> {
    const { compute, scratch, schema, segments, signal } = this.#work
    const position = '_leat_position'
    const relation = await segmentsRelation(step, schema, segments, signal, position)
    const rows = cut ? `(SELECT * FROM ${relation} WHERE ${position} >= ${from} AND ${position} < ${to})` : relation
    const mapped = this.#mapping === null ? `SELECT * FROM ${rows}` : this.#mapping.select(rows, position)
    const path = scratch.file(this.#form.encoding)
    this.#written.push(path)
    const written = await compute.copy(
      `COPY (${this.#select(`(${mapped})`, position)}) TO ${quoteLiteral(path)} ${copyOptions[this.#form.encoding]}`,
    )
    const { size } = await stat(path)
    return {
      name: `${part}.${this.#form.encoding}`,
      encoding: this.#form.encoding,
      bytes: size,
      rows: written,
      open: () => createReadStream(path, { highWaterMark: 1 << 20 }),
    }
  }

  #select(relation: string, position: string): string {
    const columns = (this.#mapping?.schema ?? this.#work.schema).fields
    const { encoding, ordinal } = this.#form
    const last = ordinal === undefined ? '' : `, ${position} AS ${quoteIdent(ordinal)}`
    if (encoding === 'csv') {
      const values = columns.map(({ name, type }) => `${this.#csv(quoteIdent(name), type)} AS ${quoteIdent(name)}`)
      return `SELECT ${values.join(', ')}${last} FROM ${relation}`
    }
    const plan = planEncoding({ data_format: encoding === 'ndjson' ? 'json' : encoding })
    const positioned: Schema['fields'] =
      ordinal === undefined ? columns : [...columns, { name: ordinal, type: { kind: 'scalar', name: 'BIGINT' } }]
    const source =
      ordinal === undefined ? relation : `(SELECT *, ${position} AS ${quoteIdent(ordinal)} FROM ${relation})`
    return encodeSelect(plan, { fields: positioned }, source)
  }

  /** Times as DuckDB prints them (ISO 8601 with a space): making them anew costs more than everything else together. */
  #csv(value: string, type: DataType): string {
    if (type.kind === 'list' || type.kind === 'struct' || type.kind === 'map')
      return `CASE WHEN ${value} IS NULL THEN NULL ELSE ${textOfNested(value, type)} END`
    if (type.kind !== 'scalar' || type.name !== 'BLOB') return value
    if (this.#form.blob === undefined || this.#form.blob === 'base64') return `to_base64(${value})`
    return this.#form.blob === 'hex' ? `lower(hex(${value}))` : `'\\x' || lower(hex(${value}))`
  }
}

const copyOptions: Readonly<Record<BatchForm['encoding'], string>> = {
  csv: `(FORMAT csv, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`,
  ndjson: '(FORMAT json, ARRAY false)',
  parquet: '(FORMAT parquet, COMPRESSION snappy)',
}

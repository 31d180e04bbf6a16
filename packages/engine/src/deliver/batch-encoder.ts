import { readdir, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { EncodedFile, FileBatch, Schema } from '@leat/connector-kit'
import {
  asLines,
  encodeSelect,
  headerLines,
  planEncoding,
  planFor,
  quoteLiteral,
  sameSchema,
  withHeader,
  type EncodePlan,
} from '@leat/formats'
import type { ComputeSession } from '../compute.ts'
import { fileBytes } from '../file-bytes.ts'
import type { SegmentRef, SegmentStore, SinkNode } from '../ports.ts'
import type { Scratch } from '../scratch.ts'
import { segmentsRelation } from '../segment-relation.ts'
import { FileNaming } from './file-naming.ts'
import type { Mapped } from './sink-mapping.ts'

interface Work {
  readonly sink: SinkNode
  readonly schema: Schema
  readonly compute: ComputeSession
  readonly scratch: Scratch
  readonly segments: SegmentStore
  readonly signal: AbortSignal
}

export interface EncodedBatch {
  readonly batch: FileBatch
  readonly rows: number
}

/** A segment below this is merged with its neighbours rather than published as a file of its own. */
const worthAFile = 512 << 10

/** Segments as the files that the sink asked for. A Parquet segment that is already such a file is published byte for byte. */
export class BatchEncoder {
  readonly #work: Work
  readonly #plan: EncodePlan
  readonly #naming: FileNaming
  readonly #maxBytes: number
  readonly #mapping: Mapped | null
  readonly #written: string[] = []

  constructor(work: Work, mapping: Mapped | null) {
    this.#work = work
    const plan = planEncoding(work.sink.options)
    this.#naming = new FileNaming(work.sink, plan.extension)
    this.#mapping = mapping
    this.#plan = plan.encoding === 'ndjson' && this.#naming.splitsByRecord ? asLines(plan) : planFor(plan, this.#schema)
    this.#maxBytes = Number(work.sink.options['max.file.size.mb'] ?? 4096) * 1024 * 1024
  }

  async encode(step: readonly SegmentRef[]): Promise<EncodedBatch> {
    const files: EncodedFile[] = []
    let group: SegmentRef[] = []
    const flush = async (): Promise<void> => {
      if (group.length > 0) files.push(...(await this.#encodeGroup(group)))
      group = []
    }
    for (const segment of step) {
      if (this.#publishable(segment)) {
        await flush()
        files.push(await this.#publish(segment))
      } else group.push(segment)
    }
    await flush()
    return { batch: { kind: 'files', files }, rows: files.reduce((total, file) => total + file.rows, 0) }
  }

  /** Removes the encoded files; their batch is delivered. */
  async release(): Promise<void> {
    for (const path of this.#written.splice(0)) await rm(path, { recursive: true, force: true })
  }

  #publishable(segment: SegmentRef): boolean {
    return (
      this.#plan.passThrough &&
      !this.#naming.splitsByRecord &&
      this.#mapping === null &&
      segment.bytes >= worthAFile &&
      segment.bytes <= this.#maxBytes &&
      sameSchema(segment.schema, this.#work.schema)
    )
  }

  async #publish(segment: SegmentRef): Promise<EncodedFile> {
    const path = await this.#work.segments.local(segment.key, this.#work.signal)
    return this.#file(path, this.#naming.name([segment], null, 0), segment.rows)
  }

  async #encodeGroup(group: readonly SegmentRef[]): Promise<EncodedFile[]> {
    const { compute, scratch, schema, segments, signal } = this.#work
    const relation = await segmentsRelation(group, schema, segments, signal)
    const out = scratch.file('out')
    this.#written.push(out)
    const target = quoteLiteral(out)
    if (this.#naming.splitsByRecord) return await this.#encodeByRecord(group, relation, out)
    const select = this.#mapped(relation)
    const total = group.reduce((sum, segment) => sum + segment.bytes, 0)
    if (total <= this.#maxBytes / 4) {
      const rows = await compute.copy(`COPY (${select}) TO ${target} ${this.#options(group)}`)
      return [await this.#file(out, this.#naming.name(group, null, 0), rows)]
    }
    await compute.copy(`COPY (${select}) TO ${target} ${this.#options(group, `FILE_SIZE_BYTES ${this.#maxBytes}`)}`)
    return await this.#folder(out, (_path, index) => this.#naming.name(group, null, index))
  }

  /** `{record.<attr>}` in the folder pattern: DuckDB writes one folder a value, under the name that the pattern gives. */
  async #encodeByRecord(group: readonly SegmentRef[], relation: string, out: string): Promise<EncodedFile[]> {
    const folder = this.#naming.folderExpression(group)
    const partitioned = this.#mapped(relation, `${folder} AS _leat_folder`)
    const byFolder = 'PARTITION_BY (_leat_folder), WRITE_PARTITION_COLUMNS false'
    await this.#work.compute.copy(`COPY (${partitioned}) TO ${quoteLiteral(out)} ${this.#options(group, byFolder)}`)
    return await this.#folder(out, (path, index) => {
      const encoded = path.split('/')[0]!.slice('_leat_folder='.length)
      return this.#naming.name(group, decodeURIComponent(encoded), index)
    })
  }

  /** What the files hold. */
  get #schema(): Schema {
    return this.#mapping?.schema ?? this.#work.schema
  }

  get #compression(): 'gzip' | 'zstd' | 'uncompressed' {
    return this.#plan.extension.endsWith('.gz')
      ? 'gzip'
      : this.#plan.extension.endsWith('.zst')
        ? 'zstd'
        : 'uncompressed'
  }

  /** Rows as the files hold them; `extra` is computed from the nexset's own columns. */
  #mapped(relation: string, extra?: string): string {
    const { schema } = this.#work
    const source = extra === undefined ? relation : `(SELECT *, ${extra} FROM ${relation})`
    const beside = extra === undefined ? [] : ['_leat_folder']
    if (this.#mapping === null) return encodeSelect(this.#plan, schema, source, beside)
    const mapped = this.#mapping.select(source)
    const from = extra === undefined ? mapped : mapped.replace('SELECT ', 'SELECT _leat_folder, ')
    return encodeSelect(this.#plan, this.#mapping.schema, `(${from})`, beside)
  }

  #options(group: readonly SegmentRef[], more?: string): string {
    const { copyOptions } = withHeader(this.#plan, timeOf(group))
    return more === undefined ? copyOptions : `${copyOptions.slice(0, -1)}, ${more})`
  }

  async #folder(out: string, name: (path: string, index: number) => string): Promise<EncodedFile[]> {
    const entries = await readdir(out, { recursive: true, withFileTypes: true })
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(out, join(entry.parentPath, entry.name)))
    const files: EncodedFile[] = []
    const perFolder = new Map<string, number>()
    for (const path of paths.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
      const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
      const index = perFolder.get(folder) ?? 0
      perFolder.set(folder, index + 1)
      files.push(await this.#file(join(out, path), name(path, index), await this.#countRows(join(out, path))))
    }
    return files
  }

  async #countRows(path: string): Promise<number> {
    const { encoding } = this.#plan
    const file = quoteLiteral(path)
    // Said, not detected: DuckDB names the files that it splits without the ending of their compression.
    const compression = `compression = '${this.#compression}'`
    const from =
      encoding === 'parquet'
        ? `read_parquet(${file})`
        : encoding === 'ndjson'
          ? `read_json(${file}, format = 'newline_delimited', ${compression}, columns = {_leat_none: 'JSON'})`
          : `read_csv(${file}, auto_detect = false, ${compression}, ${this.#dialect()})`
    const [row] = await this.#work.compute.rows(`SELECT count(*)::BIGINT AS n FROM ${from}`)
    return Number(row?.['n'] ?? 0)
  }

  /** The options with which CSV is written, as those with which it is read. */
  #dialect(): string {
    const options = this.#plan.copyOptions
    const header = headerLines(this.#plan).length
    const given = (key: string, as: string): string[] => {
      const value = new RegExp(`\\b${key} (true|false|'(?:''|.)')`, 's').exec(options)?.[1]
      return value === undefined ? [] : [`${as} = ${value}`]
    }
    const columns = this.#schema.fields.map((_, index) => `c${index}: 'VARCHAR'`).join(', ')
    return [
      ...given('HEADER', 'header'),
      ...(header === 0 ? [] : [`skip = ${header}`]),
      ...given('DELIMITER', 'delim'),
      ...given('QUOTE', 'quote'),
      ...given('ESCAPE', 'escape'),
      `columns = {${columns}}`,
    ].join(', ')
  }

  async #file(path: string, name: string, rows: number): Promise<EncodedFile> {
    const { size } = await stat(path)
    return {
      name,
      encoding: this.#plan.encoding,
      bytes: size,
      rows,
      open: () => fileBytes(path, 4 << 20),
    }
  }
}

/** A repeat of the delivery must write the same bytes, so that the time is that of the first segment, as in the names. */
function timeOf(group: readonly SegmentRef[]): Date {
  return new Date(group[0]!.createdAt)
}

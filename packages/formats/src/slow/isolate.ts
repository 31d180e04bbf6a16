import { createReadStream } from 'node:fs'
import { mkdtemp, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Schema } from '@leat/connector-kit'
import type { Isolated, IsolateRequest, SqlSession } from '../api.ts'
import type { ObjectNode } from '../json/parse.ts'
import { Profile } from '../json/profile.ts'
import { quoteLiteral, quotePaths } from '../sql.ts'
import { conformSelect } from '../types/conform.ts'
import { describeChanges, sameSchema } from '../types/type.ts'
import { blocksOf, readBlock, type Block } from './blocks.ts'
import { canonicalSelect } from './canonical.ts'
import { drifted } from './drifted.ts'
import { evolveSchema } from './evolve.ts'
import { fitRecord, type FitOptions } from './fit.ts'
import { RefusedFile } from './refused.ts'

/** One record of a block: parsed, or refused at once. `start`/`end` are its bytes in the block. */
export interface SlowRecord {
  readonly start: number
  readonly end: number
  readonly node?: ObjectNode
  /** Text that the positions in `node` refer to. */
  readonly source?: string
  readonly refusal?: { readonly code: string; readonly reason: string }
}

/** What the slow path needs to know of a format. */
export interface SlowFormat {
  /** Prefix of codes of misfits: `json`, `csv`. */
  readonly code: string
  readonly fit: FitOptions
  /** As `Decoder.lastBoundary`. */
  lastBoundary(text: Uint8Array): number
  records(block: Uint8Array): Iterable<SlowRecord>
  strictSelect(path: string, schema: Schema, scratch: string): Promise<string>
  /** As `Decoder.doubts`. */
  doubts?(schema: Schema): (chunk: Uint8Array) => boolean
  infer(sample: Uint8Array): Schema
}

/** Text that is read strictly at once; when that fails, its records are judged one by one. */
const blockBytes = 2 * 1024 * 1024

interface Part {
  readonly block: Block
  readonly ordinal: number
  schema: Schema
  rows: number
  refused: number[]
  /** Records of the block that do not fit `schema`, whatever becomes of them. */
  misfits: number
  path: string
}

/**
 * The slow path: blocks of the file are read strictly one by one; records of a block that fails are judged here, exactly and each
 * alone. Afterwards the drift policy decides about those that do not fit, and blocks with such records are judged again when the schema
 * has changed. Memory: a few blocks, whatever the size of the file; disk: the good rows twice.
 */
export async function isolate(format: SlowFormat, session: SqlSession, request: IsolateRequest): Promise<Isolated> {
  const scratch = await mkdtemp(join(request.scratch, 'isolate-'))
  try {
    return await new Isolation(format, session, request, scratch).run()
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

class Isolation {
  readonly #format: SlowFormat
  readonly #session: SqlSession
  readonly #request: IsolateRequest
  readonly #scratch: string
  readonly #odd = new Profile()
  readonly #parts: Part[] = []
  #longest = 0
  #failures = 0
  #skip = 0

  constructor(format: SlowFormat, session: SqlSession, request: IsolateRequest, scratch: string) {
    this.#format = format
    this.#session = session
    this.#request = request
    this.#scratch = scratch
  }

  async run(): Promise<Isolated> {
    const given = this.#request.schema
    let first: Schema | null = given && given.fields.length > 0 ? given : null
    let ordinal = 0
    for await (const { block, bytes } of blocksOf(
      createReadStream(this.#request.path, { highWaterMark: 1 << 20 }),
      blockBytes,
      this.#format.lastBoundary,
    )) {
      first ??= this.#format.infer(bytes)
      const part: Part = {
        block,
        ordinal,
        schema: first,
        rows: 0,
        refused: [],
        misfits: 0,
        path: this.#file(`${this.#parts.length}.parquet`),
      }
      this.#parts.push(part)
      if (!(await this.#readStrictly(part, bytes))) await this.#judge(part, bytes, true)
      ordinal += part.rows + part.refused.length
      // A change that most records share (a new field) is taken up at once, so that what follows is read strictly again.
      if (this.#free && part.misfits > part.rows) {
        first = this.#evolved(first)
        this.#skip = 0
      }
    }
    const schema = await this.#settle(first ?? { fields: [] })
    return this.#finish(schema, given)
  }

  /** After several blocks in a row have failed, most of the next are judged without the attempt. */
  async #readStrictly(part: Part, bytes: Uint8Array): Promise<boolean> {
    if (part.schema.fields.length === 0 || bytes.length < blockBytes / 64) return false
    if (this.#skip > 0) {
      this.#skip--
      return false
    }
    const path = this.#file('block.txt')
    try {
      if (this.#format.doubts?.(part.schema)(bytes) === true) throw new Error('the strict read would bend a value')
      await write(path, bytes)
      await this.#session.run(copy(await this.#format.strictSelect(path, part.schema, this.#scratch), part.path))
      const [row] = await this.#session.rows(`SELECT count(*) AS n FROM read_parquet(${quotePaths([part.path])})`)
      part.rows = Number(row?.n)
      this.#failures = 0
      return true
    } catch {
      this.#failures++
      this.#skip = this.#failures < 2 ? 0 : Math.min(2 ** this.#failures, 16)
      return false
    }
  }

  /** Good records go to the part's file, the others to its refused file. `collect`: remember what does not fit. */
  async #judge(part: Part, bytes: Uint8Array, collect: boolean): Promise<void> {
    const { fit, misfitting } = fitRecord(part.schema, this.#format.fit)
    const lines: string[] = []
    const refused = new RefusedFile(`${part.path}.refused`)
    part.refused = []
    part.misfits = 0
    let ordinal = part.ordinal
    const refuse = (record: SlowRecord, code: string, reason: string) => {
      part.refused.push(ordinal)
      refused.add({ ordinal, raw: bytes.subarray(record.start, record.end), code, reason })
    }
    for (const record of this.#format.records(bytes)) {
      if (record.refusal || !record.node)
        refuse(
          record,
          record.refusal?.code ?? `${this.#format.code}.malformed`,
          record.refusal?.reason ?? 'not readable',
        )
      else {
        const fitted = fit(record.node, record.source ?? '')
        if (typeof fitted === 'string') lines.push(fitted)
        else {
          if (fitted.code !== 'duplicate_key') {
            part.misfits++
            if (collect) this.#odd.object(misfitting(record.node, record.source ?? ''))
          }
          refuse(record, `${this.#format.code}.${fitted.code}`, fitted.reason)
        }
      }
      ordinal++
    }
    await refused.close()
    this.#longest = Math.max(this.#longest, refused.longest)
    part.rows = lines.length
    if (lines.length > 0 && part.schema.fields.length > 0) await this.#writeRows(part, lines)
  }

  async #writeRows(part: Part, lines: string[]): Promise<void> {
    const path = this.#file('canonical.json')
    const longest = lines.reduce((most, line) => Math.max(most, line.length), 0)
    lines.push('')
    await write(path, lines.join('\n'))
    await this.#session.run(copy(canonicalSelect(path, part.schema, longest), part.path))
  }

  /** Nothing to drift from before the first data. */
  get #free(): boolean {
    const { drift, schema } = this.#request
    return drift === 'evolve' || !schema || schema.fields.length === 0
  }

  #evolved(schema: Schema, onlyUnknown = false): Schema {
    return evolveSchema(schema, {
      odd: this.#odd,
      records: this.#parts.reduce((sum, part) => sum + part.rows + part.misfits, 0),
      onlyUnknown,
    })
  }

  /** Applies the policy; returns the schema of the output, with every part in it. */
  async #settle(current: Schema): Promise<Schema> {
    const resolved = this.#evolved(current, true)
    const evolved = this.#evolved(current)
    if (!this.#free && this.#request.drift === 'stop' && !sameSchema(resolved, evolved))
      throw drifted(describeChanges(resolved, evolved))
    const final = this.#free ? evolved : resolved
    for (const part of this.#parts) {
      if (sameSchema(part.schema, final)) continue
      const old = part.schema
      part.schema = final
      if (part.misfits === 0 && (await this.#conform(part, old, final))) continue
      await this.#judge(part, await readBlock(this.#request.path, part.block), false)
    }
    return final
  }

  /** False when a value cannot be widened exactly (a long integer into DOUBLE): the text decides then. */
  async #conform(part: Part, from: Schema, to: Schema): Promise<boolean> {
    if (part.rows === 0) return true
    const wide = `${part.path}.wide`
    try {
      await this.#session.run(copy(conformSelect(from, to, `read_parquet(${quotePaths([part.path])})`), wide))
    } catch {
      return false
    }
    await rename(wide, part.path)
    return true
  }

  async #finish(schema: Schema, given: Schema | null): Promise<Isolated> {
    const filled = this.#parts.filter((part) => part.rows > 0)
    if (schema.fields.length > 0) {
      const source =
        filled.length > 0
          ? `SELECT * FROM read_parquet(${quotePaths(filled.map((part) => part.path))})`
          : emptySelect(schema)
      await this.#session.run(copy(source, this.#request.output))
    }
    const refusedOrdinals = this.#parts.flatMap((part) => part.refused)
    await this.#session.run(
      copy(
        RefusedFile.select(
          this.#parts.filter((part) => part.refused.length > 0).map((part) => `${part.path}.refused`),
          this.#longest,
        ),
        this.#request.refused,
      ),
    )
    return {
      schema,
      rows: filled.reduce((sum, part) => sum + part.rows, 0),
      refused: refusedOrdinals.length,
      refusedOrdinals,
      drift: given ? describeChanges(given, schema) : [],
    }
  }

  #file(name: string): string {
    return join(this.#scratch, name)
  }
}

function copy(select: string, path: string): string {
  return `COPY (${select}) TO ${quoteLiteral(path)} (FORMAT parquet, COMPRESSION snappy)`
}

function emptySelect(schema: Schema): string {
  return `${conformSelect({ fields: [] }, schema, '(SELECT 1) AS t')} WHERE false`
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await using file = await open(path, 'w')
  await file.writeFile(content)
}

import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Fault, type Schema } from '@leat/connector-kit'
import { describeChanges, driftPolicies, quoteLiteral, sameSchema, type Decoder, type DriftPolicy } from '@leat/formats'
import type { ComputeSession } from '../compute.ts'
import { Pipes } from '../pipes.ts'
import { mergeSchema } from '../merge-schema.ts'
import type { IngestCommit, NewQuarantine, NewSegment, NexsetHead, OriginRange, Ports } from '../ports.ts'
import { refusedOfStretch, refusedRelation, storeQuarantine } from '../quarantine.ts'
import type { Scratch } from '../scratch.ts'
import { segmentCopyOptions } from '../segment-file.ts'
import type { Stopwatch } from '../stopwatch.ts'
import { belongTogether, chooseNexset, fits, nexsetWith, type TopNames } from './choose-nexset.ts'
import type { IngestJob } from './ingest.ts'
import type { LaneEnd, LaneText } from './lane.ts'
import { originsWithout } from './origins.ts'
import type { SpoiledObject, Stretch, StretchEnd, StretchLimits } from './stretch.ts'
import { objectFault } from './unit-objects.ts'

export interface ReadStretch {
  readonly end: StretchEnd
  /** One for each shape that has a good record. */
  readonly outputs: readonly Output[]
  readonly quarantine: NewQuarantine | null
  readonly notices: readonly string[]
}

export interface Output {
  readonly nexset: IngestCommit['outputs'][number]['nexset']
  readonly segment: NewSegment
}

interface Parsed {
  readonly file: string
  readonly schema: Schema
  readonly rows: number
  readonly refusedFile: string | null
  readonly refusedOrdinals: readonly number[]
  readonly nexset: NexsetHead | null
  readonly notices: readonly string[]
  /** Everything of the source is one nexset. */
  readonly once: boolean
}

interface ParsedLane {
  readonly end: LaneEnd
  /** Null: no record of it is good. */
  readonly parsed: Parsed | null
  readonly spoiled: readonly SpoiledObject[]
}

interface ParsedStretch {
  readonly end: StretchEnd
  readonly lanes: readonly ParsedLane[]
}

interface Work {
  readonly job: IngestJob
  readonly ports: Ports
  readonly scratch: Scratch
  readonly compute: ComputeSession
  readonly stopwatch: Stopwatch
  readonly nexsets: readonly NexsetHead[]
  readonly limits: StretchLimits
}

/** Turns a stretch of text into a segment: strictly and at full speed first; only when that fails, record by record. */
export class StretchReader {
  readonly stopwatch: Stopwatch
  readonly #work: Work
  #nexsets: readonly NexsetHead[]
  /** The nexset of the last stretch: tried first for the next. */
  #last: NexsetHead | null
  #freshShape = false

  constructor(work: Work) {
    this.#work = work
    this.stopwatch = work.stopwatch
    this.#nexsets = work.nexsets
    this.#last = work.nexsets[0] ?? null
  }

  /** `again` gives the same stretch from its start, when its text is gone into a failed strict read. */
  async read(stretch: Stretch, again: () => Promise<Stretch>, signal: AbortSignal): Promise<ReadStretch> {
    this.#freshShape = stretch.freshShape
    const parse = (): Promise<ParsedStretch> => this.#parse(stretch, again)
    // A stream waits for its text most of the time, and brings little of it: others need not wait for it.
    const waits = this.#work.job.source.mode === 'stream'
    return this.#finish(waits ? await parse() : await this.#work.ports.compute.alone(parse, signal))
  }

  async #parse(stretch: Stretch, again: () => Promise<Stretch>): Promise<ParsedStretch> {
    let read = stretch
    const lanes: (ParsedLane | null)[] = []
    if (stretch.first !== null)
      lanes.push(await this.#parseLane(stretch.first, async () => (read = await again()).first))
    for (const [index, lane] of read.aside().entries())
      lanes.push(await this.#parseLane(lane, async () => read.aside()[index]!))
    return { end: read.end(), lanes: lanes.filter((lane) => lane !== null) }
  }

  /** Null: what is read again has no text any more. */
  async #parseLane(lane: LaneText, again: () => Promise<LaneText | null>): Promise<ParsedLane | null> {
    const output = this.#work.scratch.file('parquet')
    const fast = lane.decoder.streams ? await this.#strict(lane, output) : null
    if (fast !== null) return { end: lane.end(), parsed: fast, spoiled: [] }
    const source = lane.decoder.streams ? await again() : lane
    if (source === null) return null
    const file = this.#work.scratch.file('text')
    try {
      await pipeline(Readable.from(this.stopwatch.waiting(source.text())), createWriteStream(file))
      const outcome = await this.stopwatch.time('transformMs', () =>
        this.#parsedOrSpoiled(source.decoder, file, output),
      )
      const end = source.end()
      if (!('fault' in outcome)) return { end, parsed: outcome, spoiled: [] }
      return { end, parsed: null, spoiled: [{ origin: end.firstOrigin, ordinal: 0, ...outcome }] }
    } finally {
      await rm(file, { force: true })
    }
  }

  /** After the commit: the schema that this stretch led to is tried first for the next. */
  async committed(read: ReadStretch): Promise<void> {
    const output = read.outputs.at(-1)
    if (output === undefined) return
    this.#nexsets = await this.#work.ports.ledger.nexsetsOf(this.#work.job.source.id)
    // A shape that was asked for once says nothing about the records after it.
    if (this.#freshShape) {
      this.#last = this.#nexsets[0] ?? null
      return
    }
    const wanted = 'id' in output.nexset ? output.nexset.id : null
    this.#last =
      this.#nexsets.find((nexset) => nexset.id === wanted) ??
      chooseNexset(this.#nexsets, output.segment.schema, this.#once) ??
      this.#last
  }

  /** The fast path: bytes through a pipe into DuckDB. Null when any record does not fit exactly. */
  async #strict(lane: LaneText, output: string): Promise<Parsed | null> {
    const { compute, scratch } = this.#work
    const { decoder } = lane
    const declared = decoder.declared !== undefined
    const near = declared ? (this.#nexsets[0] ?? null) : this.#freshShape ? null : await this.#nexsetFor(lane)
    const shape = near === null && !declared ? await this.#infer(lane) : null
    const nexset = shape === null ? near : chooseNexset(this.#nexsets, shape, this.#once)
    const schema = this.#declared(decoder, nexset) ?? nexset?.schema ?? shape ?? (await this.#infer(lane))
    if (schema === null) return null
    await using pipes = await Pipes.open(this.#work.ports.scratch, this.#pipesFor(decoder))
    const select = await decoder.strictSelect(pipes.paths, schema, scratch.folder)
    try {
      const rows = await this.stopwatch.time('transformMs', () =>
        pipes.feed(undoubted(this.stopwatch.waiting(lane.text()), decoder.doubts?.(schema)), () =>
          compute.copy(`COPY (${select}) TO ${quoteLiteral(output)} ${segmentCopyOptions}`),
        ),
      )
      if (rows !== lane.end().records) return null // a record that both sides count differently: let the slow path say which
      const notices = nexset?.schema ? describeChanges(nexset.schema, schema) : []
      const once = decoder.declared !== undefined
      return { file: output, schema, rows, refusedFile: null, refusedOrdinals: [], nexset, notices, once }
    } catch (thrown) {
      if (thrown instanceof Fault || isAbort(thrown)) throw thrown
      this.#work.ports.log('debug', 'strict read failed', {
        source: this.#work.job.source.id,
        reason: messageOf(thrown),
      })
      return null
    }
  }

  /** A whole stretch fits; what is longer all the same goes into the last pipe. */
  #pipesFor({ pipeBytes }: Decoder): { readonly count: number; readonly bytes: number } {
    const { compute, limits } = this.#work
    if (pipeBytes === undefined || !compute.sequential) return { count: 1, bytes: Number.POSITIVE_INFINITY }
    return { count: Math.ceil(limits.bytes / pipeBytes), bytes: pipeBytes }
  }

  /** The nexset whose schema the strict read tries: the last one, unless the first records tell of another shape. */
  async #nexsetFor(lane: LaneText): Promise<NexsetHead | null> {
    if (this.#last === null || this.#once) return this.#last
    const names = await lane.names()
    return names.size === 0 || fits(this.#last, names) ? this.#last : nexsetWith(this.#nexsets, names)
  }

  /** Whether both go into one nexset, as far as the names tell. */
  together(one: TopNames, other: TopNames, freshShape: boolean): boolean {
    return (!freshShape && this.#detectedOnce) || belongTogether(this.#nexsets, one, other)
  }

  /** The nexset's schema with what the source declares, when the drift policy lets it in; else the slow path tells the user. */
  #declared(decoder: Decoder, nexset: NexsetHead | null): Schema | null {
    if (decoder.declared === undefined) return null
    const current = nexset?.schema ?? null
    const merged = mergeSchema(current, decoder.declared)
    return current === null || this.#drift === 'evolve' || sameSchema(merged, current) ? merged : null
  }

  async #infer(lane: LaneText): Promise<Schema | null> {
    const sample = await lane.sample()
    if (sample.length === 0) return null
    const schema = await lane.decoder.infer(this.#work.compute, { text: sample })
    return schema.fields.length === 0 ? null : schema
  }

  /** A file that cannot be parsed at all is quarantined whole; only drift that the policy forbids stops the source. */
  async #parsedOrSpoiled(
    decoder: Decoder,
    file: string,
    output: string,
  ): Promise<Parsed | { fault: Fault; raw: Uint8Array }> {
    try {
      return await this.#fromFile(decoder, file, output)
    } catch (thrown) {
      const fault = objectFault(thrown)
      if (fault === null || fault.code === 'data.schema_drift') throw thrown
      return { fault, raw: await headOf(file, 1 << 20) }
    }
  }

  async #fromFile(decoder: Decoder, file: string, output: string): Promise<Parsed> {
    const { compute, scratch } = this.#work
    const shape = await this.#shapeOf(decoder, file)
    const once = this.#once || decoder.declared !== undefined
    const nexset = shape === null ? (this.#nexsets[0] ?? null) : chooseNexset(this.#nexsets, shape, once)
    if (!decoder.streams) {
      const strict = await this.#strictFile(decoder, file, nexset?.schema ?? shape!, output)
      if (strict !== null) return { ...strict, nexset, once }
    }
    const refusedFile = scratch.file('refused.parquet')
    const isolated = await decoder.isolate(compute, {
      path: file,
      schema: nexset?.schema ?? null,
      drift: this.#drift,
      output,
      refused: refusedFile,
      scratch: scratch.folder,
    })
    return {
      ...isolated,
      file: output,
      refusedFile: isolated.refused > 0 ? refusedFile : null,
      nexset,
      notices: isolated.drift,
      once,
    }
  }

  async #shapeOf(decoder: Decoder, file: string): Promise<Schema | null> {
    if (!decoder.streams) return await decoder.infer(this.#work.compute, { path: file })
    const text = await headOf(file, 2 << 20)
    const cut = text.length < 2 << 20 ? text.length : decoder.lastBoundary(text)
    const schema = cut > 0 ? await decoder.infer(this.#work.compute, { text: text.subarray(0, cut) }) : null
    return schema === null || schema.fields.length === 0 ? null : schema
  }

  async #strictFile(
    decoder: Decoder,
    file: string,
    schema: Schema,
    output: string,
  ): Promise<Omit<Parsed, 'nexset' | 'once'> | null> {
    try {
      const select = await decoder.strictSelect(file, schema, this.#work.scratch.folder)
      const rows = await this.#work.compute.copy(`COPY (${select}) TO ${quoteLiteral(output)} ${segmentCopyOptions}`)
      return { file: output, schema, rows, refusedFile: null, refusedOrdinals: [], notices: [] }
    } catch (thrown) {
      if (thrown instanceof Fault) throw thrown
      return null
    }
  }

  async #finish({ end, lanes }: ParsedStretch): Promise<ReadStretch> {
    const { job, ports, scratch, compute } = this.#work
    const spoiled = [...end.spoiled, ...lanes.flatMap((lane) => lane.spoiled)]
    const good = lanes.filter(isGood)
    const stored = await this.stopwatch.time('commitMs', () => Promise.all(good.map((lane) => this.#store(lane))))
    const relations = good.flatMap(({ end: own, parsed }) =>
      parsed.refusedFile === null ? [] : [refusedOfStretch(parsed.refusedFile, originsOf(own, parsed))],
    )
    if (spoiled.length > 0) relations.push(await refusedRelation(spoiled.map(asRecord), scratch))
    const prefix = `quarantine/source-${job.source.id}/${job.runId}`
    const quarantine = await storeQuarantine(relations, { session: compute, scratch, segments: ports.segments, prefix })
    return {
      end,
      outputs: stored.filter((output) => output !== null),
      quarantine,
      notices: [
        ...good.flatMap(({ parsed }) => parsed.notices),
        ...spoiled.map((object) => `${object.origin}: ${object.fault.message}`),
      ],
    }
  }

  /** Null: all of its records were refused. */
  async #store({ end, parsed }: GoodLane): Promise<Output | null> {
    const { job, ports } = this.#work
    const { source, runId } = job
    const { file, rows, schema, nexset } = parsed
    if (rows === 0) return null
    const key = `segments/source-${source.id}/${runId}/${randomUUID()}.parquet`
    const { bytes } = await ports.segments.put(file, key)
    const origins = originsWithout(originsOf(end, parsed), parsed.refusedOrdinals)
    // One without a schema may get that of another lane before this one is committed.
    const known = nexset !== null && nexset.schema !== null
    return {
      nexset: known ? { id: nexset.id } : { create: { name: source.name, once: this.#once || parsed.once } },
      segment: { key, rows, bytes, schema, origins },
    }
  }

  get #once(): boolean {
    return !this.#freshShape && this.#detectedOnce
  }

  get #detectedOnce(): boolean {
    return this.#work.job.source.options['schema.detection.once'] === true
  }

  get #drift(): DriftPolicy {
    const wanted = this.#work.job.source.options['schema.drift.policy']
    return driftPolicies.find((policy) => policy === wanted) ?? 'evolve'
  }
}

type GoodLane = ParsedLane & { readonly parsed: Parsed }

function isGood(lane: ParsedLane): lane is GoodLane {
  return lane.parsed !== null
}

/** Origins by the text's own count, or, for formats that are counted by reading (Parquet), one range over the only object. */
function originsOf(end: LaneEnd, { rows, refusedOrdinals }: Parsed): readonly OriginRange[] {
  const total = rows + refusedOrdinals.length
  return end.records === total ? end.origins : [{ origin: end.firstOrigin, row: 0, rows: total, ordinal: 0 }]
}

function asRecord(object: SpoiledObject): Parameters<typeof refusedRelation>[0][number] {
  return {
    origin: object.origin,
    ordinal: object.ordinal,
    raw: object.raw,
    code: object.fault.code,
    reason: object.fault.message,
  }
}

async function headOf(file: string, bytes: number): Promise<Uint8Array> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(bytes), 0, bytes, 0)
  return buffer.subarray(0, bytesRead)
}

/** Ends the strict read where DuckDB would take something and bend it. */
async function* undoubted(
  text: AsyncIterable<Uint8Array>,
  raises: ((chunk: Uint8Array) => boolean) | undefined,
): AsyncIterable<Uint8Array> {
  for await (const chunk of text) {
    if (raises?.(chunk) === true) throw new Error('the strict read would bend a value')
    yield chunk
  }
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || /INTERRUPT/i.test(thrown.message))
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.slice(0, 300) : String(thrown)
}

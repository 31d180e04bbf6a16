import type { Fault, SourceSession } from '@leat/connector-kit'
import {
  copyTextDetected,
  decompress,
  detect,
  openDecoder,
  type Decoder,
  type Detected,
  type ReadOptions,
} from '@leat/formats'
import { chunkBuffers } from '../buffer-pool.ts'
import type { LeasedUnit } from '../ports.ts'
import { aligned, peek, skip, type Tail } from './byte-streams.ts'
import type { TopNames } from './choose-nexset.ts'
import { startOf, type Position } from './position.ts'
import { runsOf } from './runs-of.ts'
import { objectFault, unitObjects, type SourceObject } from './unit-objects.ts'

/** What the feed of a job says, in order: begin text* end for every entry of every object, `done` after each object. */
export type TextEvent =
  | {
      readonly kind: 'begin'
      readonly origin: string
      readonly start: Position
      readonly decoder: Decoder
      readonly freshShape: boolean
      readonly atomic: boolean
      /** Each text of it may be of another shape than the one before. */
      readonly mixed: boolean
      /** Size of the object; 0: unknown. */
      readonly bytes: number
    }
  /** Normalised text that ends at a record boundary (Parquet: the file's bytes). */
  | { readonly kind: 'text'; readonly bytes: Uint8Array }
  /** The entry breaks off inside of a record. */
  | { readonly kind: 'broken' }
  /** open: the text ended inside of a record; what comes next must not be read as its rest. */
  | { readonly kind: 'end'; readonly open: boolean }
  | {
      readonly kind: 'done'
      readonly object: SourceObject
      readonly next: Position
      readonly spoiled: Spoiled | null
    }

/** The object, or its rest, cannot be parsed: it goes to quarantine whole, the run goes on. */
export interface Spoiled {
  readonly fault: Fault
  /** The object's first bytes, at most 1 MB. */
  readonly raw: Uint8Array
}

const headBytes = 256 << 10
const rawBytes = 1 << 20

export interface FeedInput {
  readonly units: readonly LeasedUnit[]
  readonly session: SourceSession
  readonly options: ReadOptions
  readonly signal: AbortSignal
  /** Whether records with these names belong into one nexset with those of a stretch. All do, where nothing is said. */
  readonly together?: (stretch: TopNames, names: TopNames, freshShape: boolean) => boolean
  /** Folder for what cannot be read as it streams by: archives. */
  readonly scratch: string
  /** Grows by the bytes that the source handed over. */
  readonly counters: { bytesRead: number }
}

export async function* textEvents(input: FeedInput, from: Position): AsyncGenerator<TextEvent> {
  let at = from
  const known: KnownDecoder = { options: undefined, decoder: null }
  let toSkip = from.object // sessions repeat the objects since their checkpoint
  const start = { unitIndex: from.unitIndex, checkpoint: from.source }
  for await (const object of unitObjects(input.units, input.session, start, input.signal)) {
    if (toSkip > 0) {
      toSkip--
      continue
    }
    const next = after(input.units, at, object)
    const spoiled = yield* objectEvents(input, object, at, known)
    yield { kind: 'done', object, next, spoiled }
    at = next
    if (object.lastOfUnit) toSkip = next.object
  }
}

function after(units: readonly LeasedUnit[], at: Position, object: SourceObject): Position {
  const fresh = { entry: 0, offset: 0, ordinal: 0 }
  if (object.lastOfUnit) return startOf(object.unitIndex + 1, units[object.unitIndex + 1]?.checkpoint ?? null)
  if (object.checkpoint !== undefined)
    return { unitIndex: at.unitIndex, source: object.checkpoint, object: 0, ...fresh }
  return { unitIndex: at.unitIndex, source: at.source, object: at.object + 1, ...fresh }
}

/** What the source says about this object wins over what its config says about all of them. */
function optionsOf(input: FeedInput, { format, options }: SourceObject): ReadOptions {
  if (format === undefined && options === undefined) return input.options
  return { ...input.options, ...options, ...(format === undefined ? {} : { file_format: format }) }
}

async function* objectEvents(
  input: FeedInput,
  object: SourceObject,
  at: Position,
  known: KnownDecoder,
): AsyncGenerator<TextEvent, Spoiled | null> {
  const kept: Uint8Array[] = []
  try {
    if (object.format === 'json_lines') return yield* lineEvents(input, object, at, known)
    const options = optionsOf(input, object)
    const raw = await peek(counted(object.open(0), input.counters, kept), 64 << 10)
    if (raw.head.length === 0) return null
    const detected =
      object.format === copyTextDetected.format ? copyTextDetected : detect(object.origin, raw.head, options)
    let index = -1
    for await (const { entry, bytes } of decompress(raw.all, detected, object.origin, input)) {
      index++
      if (index < at.entry) {
        for await (const _ of bytes); // entries are read in order
        continue
      }
      const origin = entry === null ? object.origin : `${object.origin}!${entry}`
      const start = index === at.entry ? at : { ...at, entry: index, offset: 0, ordinal: 0 }
      yield* entryEvents(input, object, { origin, start, bytes, detected, named: entry, options })
    }
    return null
  } catch (thrown) {
    const fault = objectFault(thrown)
    if (fault === null) throw thrown
    return { fault, raw: Buffer.concat(kept).subarray(0, rawBytes) }
  }
}

/** The decoder of the last object whose bytes say nothing about how to read them. */
interface KnownDecoder {
  options: SourceObject['options']
  decoder: Decoder | null
}

/** Text that is as it should be already. */
async function* lineEvents(
  input: FeedInput,
  object: SourceObject,
  at: Position,
  known: KnownDecoder,
): AsyncGenerator<TextEvent, null> {
  const { origin, options, freshShape, atomic, mixed } = object
  if (known.decoder === null || known.options !== options) {
    const detected: Detected = { format: 'json', compression: 'none', archive: 'none' }
    known.decoder = await openDecoder(detected, optionsOf(input, object), noBytes, object.schema)
    known.options = options
  }
  const { decoder } = known
  yield { kind: 'begin', origin, start: at, decoder, freshShape, atomic, mixed, bytes: object.size }
  for await (const bytes of object.open(at.offset)) {
    input.counters.bytesRead += bytes.length
    yield* texts(bytes, object, decoder)
  }
  yield { kind: 'end', open: false }
  return null
}

const noBytes = new Uint8Array()

interface Entry {
  readonly origin: string
  readonly start: Position
  readonly bytes: AsyncIterable<Uint8Array>
  readonly detected: Detected
  /** Name inside the archive, which tells the format. */
  readonly named: string | null
  readonly options: ReadOptions
}

async function* entryEvents(input: FeedInput, object: SourceObject, entry: Entry): AsyncGenerator<TextEvent> {
  const { head, all } = await peek(entry.bytes, headBytes)
  const detected = entry.named === null ? entry.detected : detect(entry.named, head, entry.options)
  const decoder = await openDecoder(detected, entry.options, head, object.schema)
  const { freshShape, atomic, mixed } = object
  const { origin, start } = entry
  yield { kind: 'begin', origin, start, decoder, freshShape, atomic, mixed, bytes: object.size }
  const tail: Tail = { open: false, spoiledWhole: atomic }
  try {
    for await (const bytes of textFrom(input, object, { ...entry, tail }, decoder, all))
      yield* texts(bytes, object, decoder)
  } catch (thrown) {
    if (tail.open && objectFault(thrown) !== null) yield { kind: 'broken' }
    throw thrown
  }
  yield { kind: 'end', open: tail.open }
}

function* texts(bytes: Uint8Array, { mixed }: SourceObject, decoder: Decoder): Generator<TextEvent> {
  if (!mixed) yield { kind: 'text', bytes }
  else for (const run of runsOf(bytes, decoder)) yield { kind: 'text', bytes: run }
}

/** The text after `start.offset`: by a ranged read where an offset in the text is one in the object, by reading over it otherwise. */
function textFrom(
  input: FeedInput,
  object: SourceObject,
  entry: Entry & { readonly tail: Tail },
  decoder: Decoder,
  all: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const { tail } = entry
  const { offset } = entry.start
  if (!decoder.streams) return decoder.normalise(all)
  if (offset === 0) return aligned(decoder, decoder.normalise(all), tail)
  const seekable = decoder.identity && entry.named === null && entry.detected.compression === 'none'
  if (!seekable) return skip(aligned(decoder, decoder.normalise(all), tail), offset)
  return aligned(decoder, decoder.normalise(counted(object.open(offset), input.counters, null)), tail)
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  counters: { bytesRead: number },
  keep: Uint8Array[] | null,
): AsyncGenerator<Uint8Array> {
  let kept = 0
  for await (const chunk of bytes) {
    counters.bytesRead += chunk.length
    if (keep !== null && kept < rawBytes) {
      keep.push(lasting(chunk, rawBytes - kept))
      kept += chunk.length
    }
    yield chunk
  }
}

/** The first bytes of a chunk, for later: a copy only where the chunk's buffer is used again, or is far larger. */
function lasting(chunk: Uint8Array, most: number): Uint8Array {
  return chunkBuffers.owns(chunk) || chunk.length > most ? Buffer.from(chunk.subarray(0, most)) : chunk
}

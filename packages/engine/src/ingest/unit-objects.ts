import { chunkBuffers } from '../buffer-pool.ts'
import {
  Fault,
  type Json,
  type JsonObject,
  type Part,
  type Schema,
  type SourceSession,
  type Verdict,
} from '@leat/connector-kit'
import type { LeasedUnit } from '../ports.ts'
import { startOf } from './position.ts'

/** One object (or batch of rows as JSON lines) of a unit, opened or openable. */
export interface SourceObject {
  /** Index of the unit in the job. */
  readonly unitIndex: number
  readonly origin: string
  readonly size: number
  readonly format: string | undefined
  /** Reading options of this object that win over the source's. */
  readonly options: JsonObject | undefined
  readonly freshShape: boolean
  /** As the part's `mixed_shapes`. */
  readonly mixed: boolean
  /** As the part has it. */
  readonly schema: Schema | undefined
  readonly atomic: boolean
  open(offset: number): AsyncIterable<Uint8Array>
  verify: (() => Promise<void>) | undefined
  /** Source checkpoint that holds once this object is in; undefined: none until a later one. */
  readonly checkpoint: Json | undefined
  readonly lastOfUnit: boolean
  readonly verdict: Verdict | undefined
  readonly notices: readonly string[]
}

/** Objects up to this size are read ahead, several at once: their cost is latency, not bytes. */
const smallBytes = 1 << 20
const readAheadObjects = 24

/**
 * The objects of the units, in order, from `from.unitIndex` on. Small units are fetched ahead in parallel and handed over from
 * memory (at most `readAheadObjects` MB); a big one is streamed.
 */
export async function* unitObjects(
  units: readonly LeasedUnit[],
  session: SourceSession,
  from: { readonly unitIndex: number; readonly checkpoint: Json },
  signal: AbortSignal,
): AsyncGenerator<SourceObject> {
  const ahead = new Map<number, Promise<readonly SourceObject[]>>()
  const fill = (start: number): void => {
    for (let index = start; index < Math.min(units.length, start + readAheadObjects); index++) {
      if (ahead.has(index) || !isSmall(units[index]!)) continue
      const fetched = fetchSmall(units[index]!, index, session, signal)
      fetched.catch(() => {}) // reported when its turn comes
      ahead.set(index, fetched)
    }
  }
  for (let index = from.unitIndex; index < units.length; index++) {
    signal.throwIfAborted()
    const leased = units[index]!
    const checkpoint = index === from.unitIndex ? from.checkpoint : startOf(index, leased.checkpoint).source
    if (checkpoint === null) fill(index)
    const fetched = checkpoint === null ? ahead.get(index) : undefined
    ahead.delete(index)
    if (fetched !== undefined) yield* await fetched
    else yield* streamed(leased, index, checkpoint, session, signal)
  }
}

function isSmall(leased: LeasedUnit): boolean {
  return leased.unit.bytes > 0 && leased.unit.bytes <= smallBytes && leased.checkpoint === null
}

async function* streamed(
  leased: LeasedUnit,
  unitIndex: number,
  checkpoint: Json,
  session: SourceSession,
  signal: AbortSignal,
): AsyncGenerator<SourceObject> {
  let previous: Part | undefined
  try {
    for await (const part of session.read(leased.unit, { checkpoint, signal })) {
      if (previous !== undefined) yield toObject(previous, unitIndex, false, signal)
      previous = part
      if (part.more !== true) continue
      yield toObject(part, unitIndex, false, signal)
      previous = undefined
    }
  } catch (thrown) {
    // What came before a failure is good.
    if (previous !== undefined && !signal.aborted) yield toObject(previous, unitIndex, false, signal)
    throw thrown
  }
  if (previous !== undefined) yield toObject(previous, unitIndex, true, signal)
  else yield emptyObject(leased, unitIndex)
}

async function fetchSmall(
  leased: LeasedUnit,
  unitIndex: number,
  session: SourceSession,
  signal: AbortSignal,
): Promise<readonly SourceObject[]> {
  const objects: SourceObject[] = []
  for await (const object of streamed(leased, unitIndex, null, session, signal)) {
    const chunks: Uint8Array[] = []
    for await (const chunk of object.open(0)) chunks.push(chunk)
    objects.push({
      ...object,
      async *open(offset) {
        for (const chunk of offset === 0 ? chunks : [Buffer.concat(chunks).subarray(offset)]) yield chunk
      },
    })
  }
  return objects
}

function toObject(part: Part, unitIndex: number, lastOfUnit: boolean, signal: AbortSignal): SourceObject {
  if (part.kind === 'object')
    return {
      unitIndex,
      origin: part.origin,
      size: part.size ?? 0,
      format: part.format,
      options: part.options,
      freshShape: part.fresh_shape === true,
      mixed: part.mixed_shapes === true,
      schema: part.schema,
      atomic: part.atomic === true,
      open: (offset) => part.open({ offset, signal, buffers: chunkBuffers }),
      verify: part.verify?.bind(part),
      checkpoint: part.checkpoint,
      lastOfUnit,
      verdict: part.verdict,
      notices: part.notices ?? [],
    }
  const text = Buffer.from(part.rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return {
    unitIndex,
    origin: part.origin,
    size: text.length,
    format: 'ndjson',
    options: undefined,
    freshShape: false,
    mixed: false,
    schema: part.schema,
    atomic: false,
    async *open(offset) {
      yield text.subarray(offset)
    },
    verify: undefined,
    checkpoint: part.checkpoint,
    lastOfUnit,
    verdict: part.verdict,
    notices: part.notices ?? [],
  }
}

/** A unit that had nothing to read still ends: its progress must be committed. */
function emptyObject(leased: LeasedUnit, unitIndex: number): SourceObject {
  return {
    unitIndex,
    origin: leased.unit.key,
    size: 0,
    format: 'ndjson',
    options: undefined,
    freshShape: false,
    mixed: false,
    schema: undefined,
    atomic: false,
    // eslint-disable-next-line require-yield -- an object without bytes
    async *open() {},
    verify: undefined,
    checkpoint: undefined,
    lastOfUnit: true,
    verdict: undefined,
    notices: [],
  }
}

/** The fault that means "this object, not the run": what came before it stays, the object goes to quarantine. */
export function objectFault(thrown: unknown): Fault | null {
  return thrown instanceof Fault && (thrown.kind === 'data' || thrown.kind === 'unsupported') ? thrown : null
}

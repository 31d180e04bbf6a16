import { createHash } from 'node:crypto'
import type {
  DryRequest,
  DryRunRequest,
  Json,
  JsonObject,
  Part,
  ReadRequest,
  SourceSession,
  Unit,
  UnitsRequest,
} from '@leat/connector-kit'
import { buildDraft, withParameter, type Draft } from '../draft.ts'
import { restFault } from '../faults.ts'
import { jsonValue, parseJson } from '../json-value.ts'
import { Concealment } from '../source/concealment.ts'
import { dryRun } from '../source/dry-run.ts'
import { planOf, type Plan, type Step } from '../source/plan.ts'
import { requirePlaceholders } from '../source/require-placeholders.ts'
import type { RestSourceSettings } from '../source/rest-source.ts'
import type { RestSourceOptions } from '../source-options.ts'
import type { Requester } from '../requester.ts'
import type { Scope } from '../templates.ts'
import type { Collected, Place } from './collector.ts'
import { StreamReader, tooLarge } from './stream-reader.ts'

/** What is stored with a part. A checkpoint of another request or cursor is worth nothing. */
interface Checkpoint extends JsonObject {
  readonly stream: string
  readonly place: Place
}

const beginning: Place = { events: 0, id: null, cursor: null, retry: null }
const accepted = 'text/event-stream, application/x-ndjson, application/jsonl;q=0.9, */*;q=0.5'
const fullBytes = 4 << 20

/** A session over an answer that stays open: one unit, whose parts are what came within a moment. */
export class StreamSource implements SourceSession {
  readonly #settings: RestSourceSettings
  readonly #options: RestSourceOptions
  readonly #plan: Plan
  readonly #step: Step
  readonly #requester: Requester
  readonly #fingerprint: string
  #reader: StreamReader | null = null

  constructor(settings: RestSourceSettings) {
    this.#settings = settings
    this.#options = settings.options as RestSourceOptions
    this.#plan = planOf(settings.options)
    this.#step = onlyStep(this.#plan, this.#options)
    this.#requester = settings.requester(this.#plan)
    const { stream_cursor_path: path, stream_cursor_param: param } = this.#options
    this.#fingerprint = createHash('sha256')
      .update(JSON.stringify([this.#plan.fingerprint, path ?? null, param ?? null]))
      .digest('base64url')
      .slice(0, 16)
  }

  async *units({ since, signal }: UnitsRequest): AsyncIterable<Unit> {
    signal.throwIfAborted()
    const last = since === undefined ? this.#plan.firstSuccessAt : new Date(since).toISOString()
    const { url } = this.#draft({ since: last }, beginning)
    const key = this.#settings.concealment.mask(`${url.origin}${url.pathname}`)
    yield { key, version: null, bytes: 0, payload: { since: last } }
  }

  async *read(unit: Unit, { checkpoint, signal }: ReadRequest): AsyncIterable<Part> {
    if (Concealment.needsToken(checkpoint)) await this.#settings.haveToken(signal)
    const place = this.#stored(checkpoint) ?? beginning
    const reader = await this.#readerFrom(unit, place)
    for await (const part of reader.collector.parts(place.events, signal)) yield this.#partOf(unit, part)
  }

  async dryRun({ since, checkpoint }: DryRunRequest): Promise<readonly DryRequest[]> {
    const last = since === undefined ? this.#plan.firstSuccessAt : new Date(since).toISOString()
    const scope = this.#scope(last)
    requirePlaceholders(this.#plan, scope)
    const place = this.#settings.concealment.maskAll(this.#stored(checkpoint) ?? beginning)
    const goOn = (draft: Draft): Draft => this.#goingOn(draft, place)
    return dryRun({ plan: this.#plan, base: scope, ...this.#settings.shown, goOn })
  }

  async acknowledge(_unit: Unit, checkpoint: Json): Promise<void> {
    const place = this.#stored(checkpoint)
    if (place !== null) this.#reader?.collector.stored(place.events)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader?.dispose()
    this.#reader = null
  }

  /** A part is read again after a failed parse: the connection stays, and what it gave is kept until it is stored. */
  async #readerFrom(unit: Unit, place: Place): Promise<StreamReader> {
    if (this.#reader?.collector.has(place.events) === true) return this.#reader
    await this.#reader?.dispose()
    const { concealment } = this.#settings
    const options = this.#options
    this.#reader = new StreamReader(
      {
        connect: (at, signal) =>
          this.#requester.open(this.#draft(unit.payload, at), {
            signal,
            idleTimeoutMs: options.stream_idle_timeout_ms,
          }),
        label: concealment.mask(unit.key),
        ndjson: this.#step.shape.fileFormat === 'ndjson',
        wanted: options.stream_event_types === undefined ? null : new Set(options.stream_event_types.split(/\s*,\s*/)),
        fullBytes,
        flushMs: options.stream_flush_ms,
        mostEventBytes: options.stream_max_event_bytes,
        cursorOf: (record) => this.#cursorOf(record),
      },
      place,
    )
    return this.#reader
  }

  #draft({ since }: JsonObject, place: Place): Draft {
    const scope = this.#scope(String(since ?? this.#plan.firstSuccessAt))
    requirePlaceholders(this.#plan, scope)
    return this.#goingOn(buildDraft(this.#step.request, scope), place)
  }

  /** The request for what comes after a place. */
  #goingOn(built: Draft, { id, cursor }: Place): Draft {
    const { accept } = built.headers
    const draft: Draft = {
      ...built,
      headers: {
        ...built.headers,
        accept: accept === undefined || accept === '*/*' ? accepted : accept,
        // A compressor may hold events back until it has a block full of them.
        'accept-encoding': 'identity',
        'cache-control': 'no-store',
        ...(id === null || id === '' ? {} : { 'last-event-id': id }),
      },
    }
    const param = this.#options.stream_cursor_param
    return cursor === null || param === undefined ? draft : withParameter(draft, param, cursor)
  }

  #scope(lastSuccessAt: string): Scope {
    const { credential, lookup } = this.#settings
    return {
      credential,
      lastSuccessAt,
      now: new Date(),
      ...(lookup === undefined ? {} : { lookup }),
      steps: new Map(),
      dateFormat: this.#step.dateFormat,
      dateUnit: this.#step.dateUnit,
    }
  }

  #cursorOf(record: Buffer): string | null {
    const path = this.#options.stream_cursor_path
    if (path === undefined) return null
    try {
      const value = jsonValue(parseJson(record.toString('utf8')), path)
      return value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value)
    } catch {
      return null // no JSON: the engine says so
    }
  }

  #partOf(unit: Unit, { from, to, lines, oversized }: Collected): Part {
    const limit = this.#options.stream_max_event_bytes
    const place = this.#settings.concealment.hide(to)
    return {
      kind: 'object',
      origin:
        from.id === null || from.id === '' ? `${unit.key} after event ${from.events}` : `${unit.key} after ${from.id}`,
      size: lines.length,
      format: 'ndjson',
      options: { 'json.mode': 'row' },
      // Another connection would give it in other pieces: never half of it.
      atomic: true,
      more: true,
      checkpoint: { stream: this.#fingerprint, place } satisfies Checkpoint,
      async *open({ offset = 0 } = {}) {
        yield lines.subarray(offset)
        if (oversized !== undefined) throw tooLarge(oversized, limit)
      },
    }
  }

  #stored(checkpoint: Json): Place | null {
    if (checkpoint === null || typeof checkpoint !== 'object' || !('stream' in checkpoint)) return null
    const { stream, place } = checkpoint as Checkpoint
    return stream === this.#fingerprint ? this.#settings.concealment.reveal(place) : null
  }
}

function onlyStep(
  plan: Plan,
  { template_config: template, stream_cursor_path: path, stream_cursor_param: param }: RestSourceOptions,
): Step {
  const [step, ...others] = plan.steps
  const paged = template?.pagination !== undefined && template.pagination.type !== 'none'
  if (others.length > 0 || paged || step!.shape.path !== null)
    throw restFault('stream_steps', {}, { field: 'ingest_method' })
  if ((path === undefined) !== (param === undefined))
    throw restFault('stream_cursor', {}, { field: path === undefined ? 'stream_cursor_path' : 'stream_cursor_param' })
  return step!
}

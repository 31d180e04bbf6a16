import {
  Fault,
  type Json,
  type JsonObject,
  type Observe,
  type Part,
  type ReadRequest,
  type SourceSession,
  type Unit,
  type UnitsRequest,
} from '@leat/connector-kit'
import { trimmed, type Space } from './space.ts'

/** Objects below the path, whole; or with `deliver_as: rows` their lines, some at a time, like a queue. */
export class MemorySource implements SourceSession {
  readonly #space: Space
  readonly #path: string
  readonly #asRows: boolean
  readonly #rowsPerPart: number
  readonly #mixedShapes: boolean
  readonly #chunkBytes: number
  readonly #login: () => Promise<void>
  readonly #observe: Observe

  constructor(space: Space, options: JsonObject, { login, observe }: { login: () => Promise<void>; observe: Observe }) {
    this.#space = space
    this.#path = trimmed(String(options['path'] ?? ''))
    this.#asRows = options['deliver_as'] === 'rows'
    this.#rowsPerPart = Number(options['rows_per_part'] ?? 2)
    this.#mixedShapes = options['mixed_shapes'] === true
    this.#chunkBytes = Number(options['chunk_bytes'] ?? 65_536)
    this.#login = login
    this.#observe = observe
  }

  async *units(request: UnitsRequest): AsyncIterable<Unit> {
    await this.#login()
    for await (const object of this.#space.objects(this.#path)) {
      request.signal.throwIfAborted()
      if (!isBelow(object.key, this.#path)) continue
      const { key, bytes, modifiedAt } = object
      const version = this.#asRows ? null : object.version
      yield { key, version, bytes, modified_at: modifiedAt, payload: { key, version: object.version } }
    }
  }

  read(unit: Unit, request: ReadRequest): AsyncIterable<Part> {
    return this.#asRows ? this.#readRows(unit, request) : this.#readObject(unit, request)
  }

  async acknowledge(unit: Unit, checkpoint: Json): Promise<void> {
    await this.#space.change('acknowledge', (state) => {
      const known = nextRow(state.acknowledged[unit.key] ?? null)
      if (unit.key in state.acknowledged && known >= nextRow(checkpoint)) return state
      return { ...state, acknowledged: { ...state.acknowledged, [unit.key]: checkpoint } }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async *#readObject(unit: Unit, request: ReadRequest): AsyncIterable<Part> {
    request.signal.throwIfAborted()
    if (request.checkpoint !== null) return
    const version = String(unit.payload['version'])
    yield {
      kind: 'object',
      origin: unit.key,
      size: unit.bytes,
      ...(this.#mixedShapes ? { mixed_shapes: true } : {}),
      open: ({ offset = 0, signal = request.signal } = {}) => this.#bytes(unit.key, offset, signal),
      verify: () => this.#verify(unit.key, version),
      checkpoint: { read: version },
    }
  }

  async *#readRows(unit: Unit, request: ReadRequest): AsyncIterable<Part> {
    const text = Buffer.concat(await Array.fromAsync(this.#bytes(unit.key, 0, request.signal))).toString()
    const rows = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JsonObject)
    for (let at = nextRow(request.checkpoint); at < rows.length; at += this.#rowsPerPart) {
      request.signal.throwIfAborted()
      const part = rows.slice(at, at + this.#rowsPerPart)
      yield { kind: 'rows', origin: unit.key, rows: part, checkpoint: { next_row: at + part.length } }
    }
  }

  async *#bytes(key: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
    signal.throwIfAborted()
    if ((await this.#space.stat(key)) === null) throw changed(key, 'is gone')
    let bytes = 0
    try {
      for await (const chunk of this.#space.read(key, { offset, chunkBytes: this.#chunkBytes })) {
        signal.throwIfAborted()
        bytes += chunk.length
        yield chunk
      }
    } finally {
      this.#observe('object read', { origin: key, bytes })
    }
  }

  async #verify(key: string, version: string): Promise<void> {
    const now = await this.#space.stat(key)
    if (now === null) throw changed(key, 'is gone')
    if (now.version !== version) throw changed(key, 'is another version')
  }
}

function changed(key: string, how: string): Fault {
  const message = `Object "${key}" ${how} since it was listed. It is read again after the next listing.`
  return new Fault({ kind: 'transient', code: 'source.object_changed', message })
}

function isBelow(key: string, path: string): boolean {
  return path === '' || key === path || key.startsWith(`${path}/`)
}

function nextRow(checkpoint: Json): number {
  return checkpoint !== null && typeof checkpoint === 'object' ? Number((checkpoint as JsonObject)['next_row'] ?? 0) : 0
}

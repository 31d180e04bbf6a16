import { randomUUID } from 'node:crypto'
import {
  Fault,
  type Batch,
  type JsonObject,
  type Observe,
  type Rejection,
  type Token,
  type Writer,
  type WriterRequest,
} from '@leat/connector-kit'
import { trimmed, type DestinationState, type Space, type Stage } from './space.ts'

/** Claims the destination for this epoch; every writer with an older one is fenced from now on. */
export async function openMemoryWriter(space: Space, request: WriterRequest, observe: Observe): Promise<Writer> {
  await space.change('claim', (state) => {
    refuseIfFenced(state, request)
    if (state.epochs[request.id] === request.epoch) return state
    return { ...state, epochs: { ...state.epochs, [request.id]: request.epoch } }
  })
  return new MemoryWriter(space, request, observe)
}

class MemoryWriter implements Writer {
  readonly #space: Space
  readonly #request: WriterRequest
  readonly #observe: Observe
  readonly #path: string
  readonly #required: readonly string[]
  #files: Record<string, string> = {}
  #rows: string[] = []

  constructor(space: Space, request: WriterRequest, observe: Observe) {
    this.#observe = observe
    this.#space = space
    this.#request = request
    this.#path = trimmed(String(request.options['path'] ?? ''))
    this.#required = (request.options['required_fields'] ?? []) as readonly string[]
  }

  async write(batch: Batch): Promise<readonly Rejection[]> {
    this.#request.signal.throwIfAborted()
    if (batch.kind === 'rows') return this.#writeRows(batch.rows)
    for (const file of batch.files) {
      const blob = await this.#space.putBlob(this.#request.id, file.open())
      this.#files[`${this.#path}/${file.name}`] = blob.key
      this.#observe('object staged', { name: blob.key, bytes: blob.bytes })
      if (blob.bytes === file.bytes) continue
      const message = `File "${file.name}" has ${blob.bytes} bytes and was announced with ${file.bytes}.`
      throw new Fault({ kind: 'bug', code: 'memory.file_incomplete', message })
    }
    return []
  }

  async #writeRows(rows: readonly JsonObject[]): Promise<readonly Rejection[]> {
    const rejections = rows.flatMap((row, index) => {
      const field = this.#required.find((name) => (row[name] ?? null) === null)
      if (field === undefined) return []
      return [
        { index, code: 'memory.required_missing', reason: `"${field}" is missing or null, and the sink requires it.` },
      ]
    })
    const refused = new Set(rejections.map(({ index }) => index))
    const accepted = rows.filter((_, index) => !refused.has(index))
    const blob = await this.#space.putBlob(this.#request.id, once(Buffer.from(JSON.stringify(accepted))))
    this.#rows.push(blob.key)
    this.#observe('object staged', { name: blob.key, bytes: blob.bytes })
    return rejections
  }

  async prepare(): Promise<Token> {
    const name = randomUUID()
    const rows = this.#rows.length === 0 ? {} : { [this.#path]: [...this.#rows] }
    const stage: Stage = { owner: this.#request.id, files: { ...this.#files }, rows }
    await this.#space.change('prepare', (state) => {
      refuseIfFenced(state, this.#request)
      return { ...state, staged: { ...state.staged, [name]: stage } }
    })
    this.#files = {}
    this.#rows = []
    return { stage: name }
  }

  async commit(token: Token): Promise<void> {
    const name = String(token['stage'])
    let published: Stage | null = null
    await this.#space.change('commit', (state) => {
      refuseIfFenced(state, this.#request)
      published = null
      if (state.applied.includes(name)) return state
      const stage = state.staged[name]
      if (stage === undefined) throw stageMissing(name)
      published = stage
      return applied(state, name, stage)
    })
    if (published !== null) this.#observe('object published', { name })
  }

  async sweep(keep: readonly Token[]): Promise<void> {
    const kept = new Set(keep.map((token) => String(token['stage'])))
    const state = await this.#space.change('sweep', (before) => {
      refuseIfFenced(before, this.#request)
      const staged = Object.entries(before.staged).filter(
        ([name, stage]) => stage.owner !== this.#request.id || kept.has(name),
      )
      return staged.length === Object.keys(before.staged).length
        ? before
        : { ...before, staged: Object.fromEntries(staged) }
    })
    const used = new Set([...blobsIn(state), ...Object.values(this.#files), ...this.#rows])
    for (const key of await this.#space.blobs(this.#request.id)) if (!used.has(key)) await this.#space.removeBlob(key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of [...Object.values(this.#files), ...this.#rows]) await this.#space.removeBlob(key)
  }
}

function applied(state: DestinationState, name: string, stage: Stage): DestinationState {
  const { [name]: _, ...staged } = state.staged
  const rows = { ...state.rows }
  for (const [path, keys] of Object.entries(stage.rows)) rows[path] = [...(rows[path] ?? []), ...keys]
  return { ...state, staged, rows, files: { ...state.files, ...stage.files }, applied: [...state.applied, name] }
}

function* blobsIn(state: DestinationState): Iterable<string> {
  for (const part of [state, ...Object.values(state.staged)]) {
    yield* Object.values(part.files)
    for (const keys of Object.values(part.rows)) yield* keys
  }
}

function refuseIfFenced(state: DestinationState, { id, epoch }: WriterRequest): void {
  const newest = state.epochs[id] ?? 0
  if (newest <= epoch) return
  const message = `Delivery "${id}" with epoch ${epoch} was replaced by epoch ${newest}.`
  throw new Fault({ kind: 'fenced', code: 'memory.fenced', message })
}

function stageMissing(name: string): Fault {
  const message = `Stage "${name}" is neither staged nor committed: it was swept, or belongs to another space.`
  return new Fault({ kind: 'data', code: 'memory.stage_missing', message })
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

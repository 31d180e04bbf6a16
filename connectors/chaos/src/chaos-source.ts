import type { Json, ObjectPart, Part, ReadRequest, SourceSession, Unit, UnitsRequest } from '@leat/connector-kit'
import type { Space } from '@leat/connector-memory'
import type { FailurePlan } from './plan.ts'

export class ChaosSource implements SourceSession {
  readonly #inner: SourceSession
  readonly #space: Space
  readonly #plan: FailurePlan

  constructor(inner: SourceSession, space: Space, plan: FailurePlan) {
    this.#inner = inner
    this.#space = space
    this.#plan = plan
  }

  async *units(request: UnitsRequest): AsyncIterable<Unit> {
    await this.#plan.pass('list', request.signal)
    for await (const unit of this.#inner.units(request)) {
      const effects = await this.#plan.pass('list_unit', request.signal)
      yield effects.includes('wrong_size') ? { ...unit, bytes: unit.bytes * 2 + 1 } : unit
    }
  }

  async *read(unit: Unit, request: ReadRequest): AsyncIterable<Part> {
    const effects = await this.#plan.pass('read', request.signal)
    if (effects.includes('change')) await this.#change(unit.key)
    for await (const part of this.#inner.read(unit, request))
      yield part.kind === 'object' ? this.#object(part, request) : part
  }

  async acknowledge(unit: Unit, checkpoint: Json): Promise<void> {
    await this.#plan.pass('before_acknowledge')
    await this.#inner.acknowledge?.(unit, checkpoint)
    await this.#plan.pass('after_acknowledge')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]()
  }

  #object(part: ObjectPart, request: ReadRequest): ObjectPart {
    return {
      ...part,
      open: (opening = {}) => this.#bytes(part, { signal: request.signal, ...opening }),
      verify: async () => {
        await this.#plan.pass('verify', request.signal)
        await part.verify?.()
      },
    }
  }

  async *#bytes(
    part: ObjectPart,
    opening: { readonly offset?: number; readonly signal: AbortSignal },
  ): AsyncIterable<Uint8Array> {
    for await (const chunk of part.open(opening)) {
      const effects = await this.#plan.pass('read_chunk', opening.signal)
      if (effects.includes('change')) await this.#change(part.origin)
      if (effects.includes('truncate')) return
      yield chunk
    }
  }

  /** Another writer replaces the object while it is being read. */
  async #change(key: string): Promise<void> {
    const object = await this.#space.stat(key)
    if (object === null) return
    const body = await Array.fromAsync(this.#space.read(key, { offset: 0, chunkBytes: 65_536 }))
    await this.#space.put(key, Buffer.concat([...body, Buffer.from('\n')]))
  }
}

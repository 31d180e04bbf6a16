import type { Batch, Rejection, Token, Writer, WriterRequest } from '@leat/connector-kit'
import type { MemoryConnection, Space } from '@leat/connector-memory'
import type { FailurePlan } from './plan.ts'

export async function openChaosWriter(
  connection: MemoryConnection,
  space: Space,
  plan: FailurePlan,
  request: WriterRequest,
): Promise<Writer> {
  await plan.pass('open_writer', request.signal)
  return new ChaosWriter(await connection.openWriter(request), space, plan, request.signal)
}

class ChaosWriter implements Writer {
  readonly #inner: Writer
  readonly #space: Space
  readonly #plan: FailurePlan
  readonly #signal: AbortSignal

  constructor(inner: Writer, space: Space, plan: FailurePlan, signal: AbortSignal) {
    this.#inner = inner
    this.#space = space
    this.#plan = plan
    this.#signal = signal
  }

  async write(batch: Batch): Promise<readonly Rejection[]> {
    await this.#plan.pass('before_write', this.#signal)
    const rejections = await this.#inner.write(batch)
    await this.#plan.pass('after_write', this.#signal)
    return rejections
  }

  async prepare(): Promise<Token> {
    await this.#plan.pass('before_prepare', this.#signal)
    const token = await this.#inner.prepare()
    await this.#plan.pass('after_prepare', this.#signal)
    return token
  }

  async commit(token: Token): Promise<void> {
    await this.#plan.pass('before_commit', this.#signal)
    this.#space.beforePublish = async () => {
      this.#space.beforePublish = null
      await this.#plan.pass('during_commit', this.#signal)
    }
    try {
      await this.#inner.commit(token)
    } finally {
      this.#space.beforePublish = null
    }
    await this.#plan.pass('after_commit', this.#signal)
  }

  async sweep(keep: readonly Token[]): Promise<void> {
    await this.#plan.pass('sweep', this.#signal)
    await this.#inner.sweep?.(keep)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]()
  }
}

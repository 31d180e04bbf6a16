import {
  Fault,
  type ConnectContext,
  type Connection,
  type Driver,
  type JsonObject,
  type Observe,
  type PlannedChange,
  type PlanRequest,
} from '@leat/connector-kit'
import type { SourceSession, Tree, TreeRequest, Writer, WriterRequest } from '@leat/connector-kit'
import { FolderSpace } from './folder-space.ts'
import { memorySpace } from './memory-space.ts'
import { MemorySource } from './memory-source.ts'
import { treeOf } from './memory-tree.ts'
import { openMemoryWriter } from './memory-writer.ts'
import { trimmed, type Space } from './space.ts'

export const connect: Driver['connect'] = async (
  credentials: JsonObject,
  context: ConnectContext,
): Promise<Connection> => {
  context.signal.throwIfAborted()
  return new MemoryConnection(spaceOf(credentials), credentials, context.observe)
}

/** The space that a credential names: in this process, or in a folder. */
export function spaceOf(credentials: JsonObject): Space {
  const { space, folder } = credentials
  if (typeof folder === 'string') return new FolderSpace(folder)
  if (typeof space === 'string') return memorySpace(space)
  const message = 'The credential names neither a space nor a folder. Give "space".'
  throw new Fault({ kind: 'config', code: 'memory.space_missing', field: 'space', message })
}

export class MemoryConnection implements Connection {
  readonly #space: Space
  readonly #credentials: JsonObject
  readonly #observe: Observe

  constructor(space: Space, credentials: JsonObject, observe: Observe = () => {}) {
    this.#space = space
    this.#observe = observe
    this.#credentials = credentials
  }

  async check(): Promise<void> {
    await this.#login()
    await this.#space.state()
  }

  async tree(request: TreeRequest): Promise<Tree> {
    await this.#login()
    return treeOf(this.#space, request)
  }

  source(options: JsonObject): SourceSession {
    return new MemorySource(this.#space, options, { login: () => this.#login(), observe: this.#observe })
  }

  async openWriter(request: WriterRequest): Promise<Writer> {
    await this.#login()
    return openMemoryWriter(this.#space, request, this.#observe)
  }

  async plan(request: PlanRequest): Promise<readonly PlannedChange[]> {
    await this.#login()
    const path = trimmed(String(request.options['path'] ?? ''))
    const { files, rows } = await this.#space.state()
    const exists = path in rows || Object.keys(files).some((name) => name.startsWith(`${path}/`))
    return exists ? [] : [{ what: `Create "${path}" in space "${this.#space.name}"` }]
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #login(): Promise<void> {
    const expected = await this.#space.password()
    if (expected === null || this.#credentials['password'] === expected) return
    const message = `Space "${this.#space.name}" refuses the password. Correct "password" in the credential.`
    throw new Fault({ kind: 'auth', code: 'memory.password_wrong', field: 'password', message })
  }
}

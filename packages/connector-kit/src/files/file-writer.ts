import { randomBytes } from 'node:crypto'
import type { Batch, EncodedFile, Rejection, Token, Writer, WriterRequest } from '../contract.ts'
import { Fault } from '../faults.ts'
import { deliveryToken, type DeliveryToken, type StagedFile } from './delivery-token.ts'
import type { FileStore } from './file-store.ts'
import { inParallel } from './in-parallel.ts'
import { joinPath, parentOf } from './store-path.ts'

const uploadsAtOnce = 4
const publishesAtOnce = 8

/**
 * A writer over a file store. Files wait in `<path>/<staging>/<id>/<epoch>-<random>/` under names that no reader takes for
 * data, and appear under their final names in `commit`. Names are derived from (sink, range) by the engine, so a repeat
 * puts the same bytes in the same place.
 */
export class FileWriter implements Writer {
  readonly #store: FileStore
  readonly #request: WriterRequest
  readonly #base: string
  /** `<path>/<staging>/<id>` */
  readonly #staging: string
  #batchFolder: string
  #staged: StagedFile[] = []
  /** Something may stand in the batch folder that no token names. */
  #dirty = false

  constructor(store: FileStore, request: WriterRequest, base: string) {
    this.#store = store
    this.#request = request
    this.#base = base
    this.#staging = joinPath(base, store.stagingFolder, encodeURIComponent(request.id))
    this.#batchFolder = this.#newBatchFolder()
  }

  async write(batch: Batch): Promise<readonly Rejection[]> {
    if (batch.kind !== 'files')
      throw new Fault({
        kind: 'bug',
        code: `${this.#store.name}.rows_given`,
        message: 'A file sink takes encoded files, not rows.',
      })
    this.#dirty = true
    await inParallel(batch.files, uploadsAtOnce, (file) => this.#stage(file))
    return []
  }

  async #stage(file: EncodedFile): Promise<void> {
    const final = joinPath(this.#base, checkedName(file.name))
    const staged = joinPath(this.#batchFolder, `${randomBytes(8).toString('hex')}.staged`)
    const stamp = await this.#store.put(staged, file, this.#request.signal)
    this.#staged.push({ staged, final, bytes: file.bytes, mark: stamp.mark })
    if (stamp.bytes !== file.bytes) throw shortWrite(this.#store, file, stamp.bytes)
  }

  async prepare(): Promise<Token> {
    const token: DeliveryToken = { files: this.#staged.toSorted((left, right) => (left.final < right.final ? -1 : 1)) }
    this.#staged = []
    this.#dirty = false
    this.#batchFolder = this.#newBatchFolder()
    return token
  }

  async commit(token: Token): Promise<void> {
    const { files } = deliveryToken(token)
    const { signal } = this.#request
    await inParallel(files, publishesAtOnce, (file) => this.#publish(file))
    await this.#store.remove(
      files.map((file) => file.staged),
      signal,
    )
    for (const folder of new Set(files.map((file) => parentOf(file.staged))))
      await this.#store.removeEmptyFolder?.(folder, signal)
  }

  /** Without a staged file it is done already (a predecessor died half way), or lost: what stands under the final name tells. */
  async #publish(file: StagedFile): Promise<void> {
    const { signal } = this.#request
    const published = await this.#store.publish(file.staged, file.final, file.bytes, signal)
    if (isSame(await this.#store.stampOf(file.final, signal), file)) return
    throw published ? notPublished(this.#store, file) : stagedLost(this.#store, file)
  }

  async sweep(keep: readonly Token[]): Promise<void> {
    const { signal, epoch } = this.#request
    const kept = new Set(keep.flatMap((token) => deliveryToken(token).files.map((file) => parentOf(file.staged))))
    kept.add(this.#batchFolder)
    for (const entry of await this.#store.children(this.#staging, 10_000, signal)) {
      const folder = joinPath(this.#staging, entry.name)
      // A younger writer of this sink may be staging at this moment.
      if (entry.kind !== 'folder' || kept.has(folder) || Number.parseInt(entry.name, 10) > epoch) continue
      await removeFolder(this.#store, folder, signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#dirty) return
    // What was prepared belongs to a token now. What was not is nobody's; a sweep finds it should this fail.
    const signal = AbortSignal.timeout(5_000)
    await removeFolder(this.#store, this.#batchFolder, signal).catch(() => undefined)
  }

  #newBatchFolder(): string {
    return joinPath(this.#staging, `${this.#request.epoch}-${randomBytes(6).toString('hex')}`)
  }
}

async function removeFolder(store: FileStore, folder: string, signal: AbortSignal): Promise<void> {
  const entries = await store.children(folder, 100_000, signal)
  await store.remove(
    entries.filter((entry) => entry.kind === 'file').map((entry) => joinPath(folder, entry.name)),
    signal,
  )
  await store.discardParts?.(folder, signal)
  await store.removeEmptyFolder?.(folder, signal)
}

function isSame(stamp: { readonly bytes: number; readonly mark: string } | null, file: StagedFile): boolean {
  return stamp !== null && stamp.bytes === file.bytes && stamp.mark === file.mark
}

/** A name comes from patterns and record values: it must not climb out of the sink's folder. */
function checkedName(name: string): string {
  const parts = name.split('/')
  if (!parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) return name
  throw new Fault({
    kind: 'data',
    code: 'files.name_invalid',
    field: 'output.dir.name.pattern',
    message: `The file name ${JSON.stringify(name)} has an empty part, "." or ".." in it. Change output.dir.name.pattern or the values that it uses.`,
  })
}

function shortWrite(store: FileStore, file: EncodedFile, stored: number): Fault {
  const message = `${file.name} has ${file.bytes} bytes, but ${stored} were stored. The delivery starts again from its cursor.`
  return new Fault({ kind: 'transient', code: `${store.name}.short_write`, message })
}

function notPublished(store: FileStore, file: StagedFile): Fault {
  const message = `${file.final} does not have the bytes that were just published under this name: another writer is using it. Give each sink its own path or file.name.prefix.`
  return new Fault({ kind: 'transient', code: `${store.name}.publish_mismatch`, message })
}

function stagedLost(store: FileStore, file: StagedFile): Fault {
  const message =
    `The staged file ${file.staged} is gone, and ${file.final} does not have its bytes, so this delivery cannot be finished. ` +
    `Something removed it (a lifecycle rule, a clean-up job, or a reader that moved the final file away). Keep "${store.stagingFolder}" out of such rules and deliver again from the nexset.`
  return new Fault({ kind: 'not_found', code: `${store.name}.staged_lost`, message })
}

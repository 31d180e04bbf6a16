import { randomBytes } from 'node:crypto'
import { fdatasync, ftruncate, write } from 'node:fs'
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Totals, type GroupBuffer } from './group.ts'
import { GroupCommit, type Settled } from './group-commit.ts'
import type { InboxLog, Register, SealedFile } from './inbox-log.ts'
import { ownerMark } from './owner.ts'

const datasync = promisify(fdatasync)
const truncate = promisify(ftruncate)

export interface FolderLogSettings {
  /** `<data>/inbox` */
  readonly folder: string
  readonly register: Register
  readonly onError: (event: string, error: unknown) => void
  /** A file is handed over to be read when it is this old, ms, or this large. */
  readonly sealAfterMs?: number
  readonly sealBytes?: number
}

const hurriedMs = 20
const firstRetryMs = 200
const longestRetryMs = 10_000

/**
 * The inbox of a server with a local segment store: an append-only file per second or 64 MB. A group is acknowledged after `fdatasync`.
 * What a killed process leaves behind is found by `recoverFolder`.
 */
export class FolderLog implements InboxLog {
  readonly #settings: Required<FolderLogSettings>
  readonly #commit: GroupCommit
  #file: OpenFile | null = null
  #timer: NodeJS.Timeout | null = null
  #made: Promise<unknown> | null = null
  readonly #sealing = new Set<Promise<void>>()
  #writing = false
  #sealDue = false
  #closed = false

  constructor(settings: FolderLogSettings) {
    this.#settings = { sealAfterMs: 1000, sealBytes: 64 << 20, ...settings }
    this.#commit = new GroupCommit({
      write: (group) => this.#write(group),
      parallel: 1,
      lingerMs: 0,
      fullBytes: 16 << 20,
    })
  }

  get pendingBytes(): number {
    return this.#commit.pendingBytes
  }

  append(sourceId: number, flags: number, records: number, lines: Uint8Array, settled: Settled): void {
    if (this.#closed) return settled(new Error('The inbox is closed: the server is about to end.'))
    this.#commit.append(sourceId, flags, records, lines, settled)
  }

  hurry(): void {
    if (this.#file !== null) this.#sealIn(hurriedMs)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#commit.flush()
    this.#seal()
    await Promise.all(this.#sealing)
  }

  async #write(group: GroupBuffer): Promise<void> {
    this.#writing = true
    try {
      const file = (this.#file ??= await this.#open())
      const bytes = group.finish()
      await this.#append(file, bytes)
      file.bytes += bytes.length
      group.addTo(file.totals)
      if (this.#sealDue || file.bytes >= this.#settings.sealBytes) this.#seal()
      else if (this.#timer === null) this.#sealIn(this.#settings.sealAfterMs)
    } finally {
      this.#writing = false
    }
  }

  async #append(file: OpenFile, bytes: Buffer): Promise<void> {
    try {
      await writeAll(file.handle.fd, bytes, file.bytes)
      await datasync(file.handle.fd)
    } catch (error) {
      // After a failed sync nobody knows what is on disk: this file takes no more, and ends where it was last known to be good.
      await truncate(file.handle.fd, file.bytes).catch((failure: unknown) =>
        this.#settings.onError('inbox truncation failed', failure),
      )
      this.#seal()
      throw error
    }
  }

  #sealIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = null
      // The file must not change hands in the middle of a group.
      if (this.#writing) this.#sealDue = true
      else this.#seal()
    }, ms)
  }

  #seal(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#sealDue = false
    const file = this.#file
    this.#file = null
    if (file === null) return
    const work: Promise<void> = this.#handOver(file).finally(() => this.#sealing.delete(work))
    this.#sealing.add(work)
  }

  /** Tried until the database takes it, or the server ends: then the next start finds the file. */
  async #handOver(file: OpenFile): Promise<void> {
    await file.handle.close()
    const sealed: SealedFile = { place: 'folder', name: file.name, bytes: file.bytes, parts: file.totals.parts }
    if (sealed.parts.length === 0) return rm(join(this.#settings.folder, file.name), { force: true })
    for (let wait = firstRetryMs; ; wait = Math.min(wait * 2, longestRetryMs)) {
      try {
        return await this.#settings.register(sealed)
      } catch (error) {
        this.#settings.onError('inbox registration failed', error)
        if (this.#closed) return
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  async #open(): Promise<OpenFile> {
    const { folder } = this.#settings
    await (this.#made ??= mkdir(folder, { recursive: true, mode: 0o700 }))
    const stamp = new Date().toISOString().replaceAll(/[-:]/g, '')
    const name = `${stamp}-${randomBytes(4).toString('hex')}.${await ownerMark()}`
    const handle = await open(join(folder, name), 'wx', 0o600)
    await syncFolder(folder)
    return { name, handle, bytes: 0, totals: new Totals() }
  }
}

interface OpenFile {
  readonly name: string
  readonly handle: FileHandle
  bytes: number
  readonly totals: Totals
}

/** The name of a new file is durable when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

async function writeAll(fd: number, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await writeSome(fd, bytes, done, position + done)
}

function writeSome(fd: number, bytes: Buffer, offset: number, position: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  write(fd, bytes, offset, bytes.length - offset, position, (error, written) =>
    error === null ? resolve(written) : reject(error),
  )
  return promise
}

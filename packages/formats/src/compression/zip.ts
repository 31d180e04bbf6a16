import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { Fault } from '@leat/connector-kit'
import { openPromise, type Entry, type ZipFile } from 'yauzl'

export interface ZipLimits {
  /** Folder for the archive while it is read: its directory stands at its end. */
  readonly scratch?: string
  /** Largest size of one entry, bytes after decompression. */
  readonly maximumEntryBytes?: number
  /** Largest ratio of decompressed to compressed size, for entries above 100 MB: beyond it is a bomb. Text reaches 200, columns of zeros 1000. */
  readonly maximumRatio?: number
}

const defaults = { maximumEntryBytes: 100 * 1024 ** 3, maximumRatio: 500 }
const harmlessBytes = 100 * 1024 * 1024

/**
 * The files in a zip archive, in the order of its directory; folders and the notes of macOS are left out. Each must be read to its end, or abandoned,
 * before the next. Encrypted entries, other methods than store and deflate, wrong checksums and bombs are `data` faults.
 */
export async function* zipEntries(
  bytes: AsyncIterable<Uint8Array>,
  limits: ZipLimits = {},
): AsyncGenerator<{ entry: string; bytes: AsyncIterable<Uint8Array> }> {
  const folder = await mkdtemp(join(limits.scratch ?? tmpdir(), 'leat-zip-'))
  try {
    const path = join(folder, 'archive.zip')
    await pipeline(bytes, createWriteStream(path))
    const archive = await opened(path)
    try {
      const total: Total = { bytes: 0, most: Math.max(harmlessBytes, ratioOf(limits) * archive.fileSize) }
      for await (const entry of entriesOf(archive))
        if (isData(entry.fileName)) yield { entry: shown(entry), bytes: entryBytes(archive, entry, limits, total) }
    } finally {
      archive.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function opened(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, {
      lazyEntries: true,
      autoClose: false,
      strictFileNames: false,
      validateEntrySizes: true,
    })
  } catch (error) {
    throw broken('its directory cannot be read', error)
  }
}

async function* entriesOf(archive: ZipFile): AsyncGenerator<Entry> {
  try {
    for await (const entry of archive.eachEntry()) yield entry
  } catch (error) {
    throw error instanceof Fault ? error : broken('its directory cannot be read', error)
  }
}

/** What the entries have grown to together: they may share bytes of the archive, so that each alone looks harmless. */
interface Total {
  bytes: number
  readonly most: number
}

const ratioOf = ({ maximumRatio = defaults.maximumRatio }: ZipLimits): number => maximumRatio

/** A NUL stands in no text that a database keeps. */
function shown({ fileName }: Entry): string {
  return fileName.replaceAll('\0', '\uFFFD')
}

function isData(name: string): boolean {
  return !name.endsWith('/') && !/(^|\/)(__MACOSX|\.DS_Store|Thumbs\.db)(\/|$)/.test(name)
}

async function* entryBytes(
  archive: ZipFile,
  entry: Entry,
  limits: ZipLimits,
  total: Total,
): AsyncGenerator<Uint8Array> {
  const { maximumEntryBytes, maximumRatio } = { ...defaults, ...limits }
  if (entry.isEncrypted()) throw broken(`${JSON.stringify(entry.fileName)} is encrypted; deliver it without a password`)
  const bomb = (size: number) =>
    size > maximumEntryBytes || (size > harmlessBytes && size > maximumRatio * Math.max(1, entry.compressedSize))
  if (bomb(entry.uncompressedSize)) throw tooLarge(entry)
  let size = 0
  let checksum = 0
  try {
    const stream: Readable = await archive.openReadStreamPromise(entry, {})
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.length
      total.bytes += chunk.length
      if (bomb(size) || total.bytes > total.most) throw tooLarge(entry)
      checksum = crc32(chunk, checksum)
      yield chunk
    }
  } catch (error) {
    throw error instanceof Fault ? error : broken(`${JSON.stringify(entry.fileName)} cannot be decompressed`, error)
  }
  if (checksum !== entry.crc32) throw broken(`the checksum of ${JSON.stringify(entry.fileName)} is wrong`)
}

function broken(why: string, cause?: unknown): Fault {
  const detail = cause instanceof Error ? ` (${cause.message})` : ''
  return new Fault({
    kind: 'data',
    code: 'archive.broken',
    message: `The zip archive cannot be read: ${why}${detail}.`,
    cause,
  })
}

function tooLarge(entry: Entry): Fault {
  return new Fault({
    kind: 'data',
    code: 'archive.too_large',
    message: `${JSON.stringify(entry.fileName)} in the zip archive grows from ${entry.compressedSize} to more than the allowed size or ratio. Deliver it as gzip or zstd if it is genuine.`,
  })
}

import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { link, mkdir, open, rm, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { audit } from '../audit/record.ts'
import type { SomeHandlers, UploadedFile } from '../http/call.ts'
import { ApiProblem, invalid, notFound } from '../http/problem.ts'
import { findRun } from '../metrics/present-run.ts'
import type { Platform } from '../platform.ts'
import { uploadFolderOf } from '../runs/stored-nodes.ts'

export function uploadHandlers(platform: Platform): SomeHandlers<'upload_source_file'> {
  const { db } = platform
  return {
    async upload_source_file({ params }, call) {
      const { id } = params
      const source = await db
        .selectFrom('data_source')
        .select(['source_type', 'status', 'owner_id'])
        .where('id', '=', id)
        .executeTakeFirst()
      if (!source) throw notFound('data_sources', id)
      const connector = platform.registry.get(source.source_type)
      if (source.source_type !== 'file_upload' || !connector?.source?.modes.includes('push'))
        throw new ApiProblem(
          'unsupported',
          `Source ${id} is of type "${source.source_type}", and files are handed to sources of type "file_upload" only.`,
          { resource: { type: 'data_sources', id } },
        )
      const files: { name: string; size: number }[] = []
      for await (const file of call.files()) files.push(await keep(platform, id, file))
      if (files.length === 0)
        throw invalid([{ field: 'file', message: '"file" is missing: send one form part with a file name per file.' }])
      await audit(db, call, { kind: 'data_sources', id, event: 'upload', ownerId: source.owner_id, after: { files } })
      // A paused source reads them after its activation: they are kept.
      if (source.status !== 'ACTIVE') return { files }
      const { nodes: _, ...run } = (await findRun(db, await platform.runs.startRun(id, 'upload')))!
      return { files, run }
    },
  }
}

/**
 * Streams one file to disk, aside, and puts it in place complete and durable. A name that is taken by other bytes gets a number, so that no upload
 * replaces one that was not read yet; the same bytes again (a repeated request) change nothing.
 */
async function keep(platform: Platform, sourceId: number, file: UploadedFile): Promise<{ name: string; size: number }> {
  const folder = uploadFolderOf(platform.dataFolder, sourceId)
  const incoming = join(platform.dataFolder, 'uploads', '.incoming')
  await Promise.all([mkdir(folder, { recursive: true }), mkdir(incoming, { recursive: true })])
  const aside = join(incoming, randomUUID())
  try {
    const hash = createHash('sha256')
    file.stream.on('data', (chunk: Buffer) => hash.update(chunk))
    await pipeline(file.stream, createWriteStream(aside, { mode: 0o600, flush: true }))
    if (file.truncated())
      throw new ApiProblem(
        'body_too_large',
        `File "${safeName(file.name)}" is larger than ${platform.uploadLimit} bytes. Split it, or read it from a file store.`,
      )
    const name = await place(aside, folder, safeName(file.name), hash.digest('hex'))
    return { name, size: (await stat(aside)).size }
  } finally {
    await rm(aside, { force: true })
  }
}

async function place(aside: string, folder: string, wanted: string, digest: string): Promise<string> {
  const ending = extname(wanted)
  const stem = wanted.slice(0, wanted.length - ending.length)
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${stem}~${number}${ending}`
    const path = join(folder, name)
    try {
      await link(aside, path)
      await syncFolder(folder)
      return name
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if ((await digestOf(path)) === digest) return name
    }
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

/** The last step of whatever path the client sent, without what a file system or a terminal would read as more than a name. */
export function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? ''
  // eslint-disable-next-line no-control-regex
  const clean = last.replaceAll(/[\u0000-\u001f\u007f]/g, '').replace(/^\.+/, '')
  const ending = extname(clean).slice(0, 20)
  const stem = Buffer.from(clean.slice(0, clean.length - extname(clean).length))
    .subarray(0, 180)
    .toString('utf8')
    .replace(/\uFFFD$/, '')
  return stem === '' && ending === '' ? 'upload' : stem + ending
}

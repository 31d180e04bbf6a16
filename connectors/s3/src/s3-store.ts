import { randomUUID } from 'node:crypto'
import { Fault, type BufferPool } from '@leat/connector-kit'
import {
  inParallel,
  objectChanged,
  throwIfCancelled,
  type FileContent,
  type FileStore,
  type FolderEntry,
  type Stamp,
  type StoredFile,
} from '@leat/connector-kit/files'
import { bucketPath, folderPrefix, requireBucket } from './bucket-path.ts'
import { notS3 } from './faults.ts'
import { bucketNames, listPage, openUploads, type ListedObject, type ListPage } from './s3-answers.ts'
import { stampKey, wholeBytes, type S3Bytes } from './s3-bytes.ts'
import type { S3Answer, S3Client } from './s3-client.ts'
import { copyObject } from './s3-copy.ts'

/** Amazon's limit of one page. */
const pageSize = 1000
const removesAtOnce = 8
/** For cleaning up after a failure; what is left then is found by the next sweep. */
const tidyMs = 5_000
const stampHeader = `x-amz-meta-${stampKey}`

/** Objects of S3 and its relatives as files. Objects appear whole; a read is pinned to the etag, or compared with it before it ends, so none is half read. */
export class S3Store implements FileStore {
  readonly name = 's3'
  readonly stagingFolder = '_leat_staging'
  readonly settleMs = 0
  readonly #client: S3Client
  readonly #bytes: S3Bytes

  constructor(client: S3Client, bytes: S3Bytes) {
    this.#client = client
    this.#bytes = bytes
  }

  /** `bucket/orders` is the object of that name, if there is one, and everything below `bucket/orders/`. */
  async *list(path: string, signal: AbortSignal): AsyncIterable<readonly StoredFile[]> {
    const { bucket, key } = requireBucket(path)
    if (key !== '' && !key.endsWith('/')) {
      const single = await this.stat(`${bucket}/${key}`, signal)
      if (single !== null) yield [single]
    }
    const prefix = folderPrefix(key)
    // The next page is asked for while the consumer takes this one.
    let ahead: Promise<ListPage> | undefined = this.#page(bucket, { prefix }, signal)
    try {
      while (ahead !== undefined) {
        const page: ListPage = await ahead
        ahead =
          page.next === undefined ? undefined : this.#page(bucket, { prefix, 'continuation-token': page.next }, signal)
        yield page.objects.filter((object) => !object.key.endsWith('/')).map((object) => storedFile(bucket, object))
      }
    } finally {
      ahead?.catch(() => undefined)
    }
  }

  async children(folder: string, limit: number, signal: AbortSignal): Promise<readonly FolderEntry[]> {
    const { bucket, key } = bucketPath(folder)
    if (bucket === '') return (await this.buckets(signal)).slice(0, limit).map((name) => ({ name, kind: 'folder' }))
    const prefix = folderPrefix(key)
    const entries: FolderEntry[] = []
    for (let token: string | undefined, more = true; more && entries.length < limit;) {
      const page: ListPage = await this.#page(
        bucket,
        { prefix, delimiter: '/', ...(token && { 'continuation-token': token }) },
        signal,
      )
      for (const name of page.folders) entries.push({ name: name.slice(prefix.length, -1), kind: 'folder' })
      for (const object of page.objects) {
        const name = object.key.slice(prefix.length)
        if (name !== '') entries.push({ name, kind: 'file', bytes: object.bytes, modifiedAt: object.modifiedAt })
      }
      token = page.next
      more = token !== undefined
    }
    return entries.slice(0, limit)
  }

  async buckets(signal: AbortSignal): Promise<readonly string[]> {
    const answer = await this.#client.send({ method: 'GET', signal })
    const names = bucketNames(await answer.text())
    if (names === undefined) throw notS3(this.#client.doing(), 'no list of buckets')
    return names
  }

  /** One page of at most one object: what a run does first, and the cheapest proof of login, bucket and permission. */
  async touch(path: string, signal: AbortSignal): Promise<void> {
    const { bucket, key } = requireBucket(path)
    await this.#page(bucket, { prefix: key, 'max-keys': '1' }, signal)
  }

  async stat(path: string, signal: AbortSignal): Promise<StoredFile | null> {
    const { bucket, key } = requireBucket(path)
    const answer = await this.#head(bucket, key, signal)
    if (answer === null) return null
    const etag = (answer.header('etag') ?? '').replaceAll('"', '')
    return storedFile(bucket, {
      key,
      etag,
      bytes: Number(answer.header('content-length') ?? 0),
      modifiedAt: Date.parse(answer.header('last-modified') ?? ''),
    })
  }

  isPinned(file: StoredFile): boolean {
    return etagOf(file.version) !== undefined
  }

  /** A large object is read without a pin; what came is the listed version if that is still there. */
  async #checkVersion(file: StoredFile, signal: AbortSignal): Promise<void> {
    const now = await this.stat(file.path, signal)
    if (now?.version !== file.version) throw objectChanged(file.path)
  }

  async *open(file: StoredFile, offset: number, signal: AbortSignal, buffers?: BufferPool): AsyncIterable<Uint8Array> {
    const { bucket, key } = requireBucket(file.path)
    if (offset >= file.bytes) return
    throwIfCancelled(signal)
    let position = offset
    try {
      for await (const chunk of this.#bytes.read(
        bucket,
        key,
        { offset, size: file.bytes, etag: etagOf(file.version) },
        signal,
        buffers,
      )) {
        throwIfCancelled(signal)
        position += chunk.byteLength
        yield chunk
      }
    } catch (error) {
      throw isAnotherVersion(error) ? objectChanged(file.path, error) : error
    }
    if (position !== file.bytes) throw objectChanged(file.path)
    if (offset === 0 && file.bytes > wholeBytes) await this.#checkVersion(file, signal)
  }

  async put(path: string, content: FileContent, signal: AbortSignal): Promise<Stamp> {
    const { bucket, key } = requireBucket(path)
    const mark = randomUUID()
    try {
      return { bytes: await this.#bytes.write(bucket, key, content, mark, signal), mark }
    } catch (error) {
      await this.remove([path], AbortSignal.timeout(tidyMs)).catch(() => undefined)
      await this.#abortUploads(bucket, key, AbortSignal.timeout(tidyMs)).catch(() => undefined)
      throw error
    }
  }

  async stampOf(path: string, signal: AbortSignal): Promise<Stamp | null> {
    const { bucket, key } = requireBucket(path)
    const answer = await this.#head(bucket, key, signal)
    return answer === null
      ? null
      : { bytes: Number(answer.header('content-length') ?? 0), mark: answer.header(stampHeader) ?? '' }
  }

  async publish(from: string, to: string, bytes: number, signal: AbortSignal): Promise<boolean> {
    const [source, target] = [requireBucket(from), requireBucket(to)]
    const copied = copyObject(this.#client, { source, target, bytes, signal }).then(() => true)
    return (await copied.catch(unlessMissing)) ?? false
  }

  async remove(paths: readonly string[], signal: AbortSignal): Promise<void> {
    await inParallel(paths, removesAtOnce, async (path) => {
      const answer = await this.#client.send({ method: 'DELETE', ...requireBucket(path), signal }).catch(unlessMissing)
      await answer?.text()
    })
  }

  async discardParts(folder: string, signal: AbortSignal): Promise<void> {
    const { bucket, key } = requireBucket(folder)
    // A login that may write need not be allowed to see unfinished uploads; the bucket's own rules end them then.
    await this.#abortUploads(bucket, folderPrefix(key), signal).catch(unlessDenied)
  }

  async #abortUploads(bucket: string, prefix: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#client.send({ method: 'GET', bucket, query: { uploads: '', prefix }, signal })
    const uploads = openUploads(await answer.text()).filter((upload) => upload.key.startsWith(prefix))
    await inParallel(uploads, removesAtOnce, async ({ key, uploadId }) => {
      const aborted = await this.#client
        .send({ method: 'DELETE', bucket, key, query: { uploadId }, signal })
        .catch(unlessMissing)
      await aborted?.text()
    })
  }

  async #page(bucket: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ListPage> {
    const all = { 'list-type': '2', 'max-keys': String(pageSize), 'encoding-type': 'url', ...query }
    const answer = await this.#client.send({ method: 'GET', bucket, query: all, signal })
    const page = listPage(await answer.text())
    if (page === undefined) throw notS3(this.#client.doing(bucket), 'no list of objects')
    return page
  }

  async #head(bucket: string, key: string, signal: AbortSignal): Promise<S3Answer | null> {
    const answer = await this.#client.send({ method: 'HEAD', bucket, key, signal }).catch(unlessMissing)
    await answer?.text()
    return answer ?? null
  }
}

/** Without an etag, size and time tell versions apart; such a read cannot be pinned. */
function storedFile(bucket: string, { key, etag, bytes, modifiedAt }: ListedObject): StoredFile {
  const version = etag === '' ? `${untagged}${bytes}-${modifiedAt}` : etag
  return { path: `${bucket}/${key}`, bytes, version, ...(Number.isFinite(modifiedAt) && { modifiedAt }) }
}

const untagged = 'time:'

function etagOf(version: string): string | undefined {
  return version.startsWith(untagged) ? undefined : version
}

function isAnotherVersion(error: unknown): boolean {
  if (!(error instanceof Fault)) return false
  return (
    error.code === 's3.object_missing' || error.code === 's3.precondition_failed' || error.code === 's3.range_invalid'
  )
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Fault) || error.code !== 's3.object_missing') throw error
}

function unlessDenied(error: unknown): undefined {
  if (!(error instanceof Fault) || (error.kind !== 'auth' && error.kind !== 'bug')) throw error
}

import { inParallel } from '@leat/connector-kit/files'
import type { BucketPath } from './bucket-path.ts'
import { refusalFault } from './faults.ts'
import { errorIn, textIn } from './s3-answers.ts'
import { encryptionHeaders, stampKey } from './s3-bytes.ts'
import { encodeKey, type S3Answer, type S3Client, type S3Request } from './s3-client.ts'

/** CopyObject takes up to 5 GiB; larger objects are copied in parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html */
export const singleCopyBytes = 5 * 1024 ** 3
const partBytes = 1024 ** 3
const partsAtOnce = 4
/** A copy of gigabytes is answered when it is done. */
const patienceMs = 15 * 60_000

interface Copy {
  readonly source: BucketPath
  readonly target: BucketPath
  readonly bytes: number
  readonly signal: AbortSignal
  /** For tests: when parts are used, and how large they are. */
  readonly limits?: { readonly singleBytes: number; readonly partBytes: number }
}

/** Copies an object inside the service, with its user metadata. It appears at once and replaces what was there. */
export async function copyObject(client: S3Client, copy: Copy): Promise<void> {
  if (copy.bytes > (copy.limits?.singleBytes ?? singleCopyBytes)) return copyInParts(client, copy)
  const headers = { 'x-amz-copy-source': sourceHeader(copy.source), ...encryptionHeaders(client) }
  await finished(client, { method: 'PUT', ...copy.target, headers, signal: copy.signal, patienceMs })
}

async function copyInParts(client: S3Client, { source, target, bytes, signal, limits }: Copy): Promise<void> {
  const size = limits?.partBytes ?? partBytes
  const original = await client.send({ method: 'HEAD', ...source, signal })
  await original.text()
  const stamp = original.header(`x-amz-meta-${stampKey}`)
  const headers = { ...encryptionHeaders(client), ...(stamp && { [`x-amz-meta-${stampKey}`]: stamp }) }
  const begun = await finished(client, { method: 'POST', ...target, query: { uploads: '' }, headers, signal })
  const uploadId = textIn(begun, 'UploadId') ?? ''
  try {
    const starts = Array.from({ length: Math.ceil(bytes / size) }, (_, part) => part * size)
    const etags: string[] = []
    await inParallel(starts, partsAtOnce, async (start, part) => {
      const range = `bytes=${start}-${Math.min(start + size, bytes) - 1}`
      const answer = await finished(client, {
        method: 'PUT',
        ...target,
        signal,
        patienceMs,
        query: { partNumber: String(part + 1), uploadId },
        headers: { 'x-amz-copy-source': sourceHeader(source), 'x-amz-copy-source-range': range },
      })
      etags[part] = textIn(answer, 'ETag') ?? ''
    })
    const parts = etags
      .map((etag, part) => `<Part><PartNumber>${part + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
      .join('')
    const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts}</CompleteMultipartUpload>`
    await finished(client, { method: 'POST', ...target, query: { uploadId }, body, signal, patienceMs })
  } catch (error) {
    const abort = { method: 'DELETE', ...target, query: { uploadId }, signal: AbortSignal.timeout(5_000) } as const
    await client.send(abort).then(
      (answer) => answer.text(),
      () => undefined,
    )
    throw error
  }
}

function sourceHeader({ bucket, key }: BucketPath): string {
  return `/${bucket}/${encodeKey(key)}`
}

/** The answer to the end: copies and completions answer 200 first and may fail in the body. */
async function finished(client: S3Client, request: S3Request): Promise<string> {
  const answer: S3Answer = await client.send(request)
  const text = await answer.text()
  const error = errorIn(text)
  if (error !== undefined) throw refusalFault(client.doing(request.bucket, request.key), { status: 500, ...error })
  return text
}

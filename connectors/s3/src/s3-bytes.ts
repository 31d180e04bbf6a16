import { Operator, RetryLayer } from 'opendal'
import { guardNativeEndpoint, type BufferPool, type Fault } from '@leat/connector-kit'
import { within, type FileContent } from '@leat/connector-kit/files'
import { connectionLost, opendalFault, timeoutFault } from './faults.ts'
import { rangedBytes } from './ranged-bytes.ts'
import type { S3Client } from './s3-client.ts'
import type { Login } from './s3-login.ts'
import type { KeyPair } from './s3-settings.ts'

/** Objects up to this size are read without a range. */
export const wholeBytes = 1 << 20
/** Few enough in flight for a worker's memory, many enough to hide the latency of a region far away (16 MB per round trip). */
const rangeBytes = 4 << 20
const rangesAtOnce = 4
/** Up to this size an object is uploaded by one request. */
const singleBytes = 16 << 20
const partBytes = 8 << 20
const partsAtOnce = 4
const idleMs = 60_000

/** Name of the user metadata that recognises the bytes of one upload; a server-side copy keeps it. */
export const stampKey = 'leat-stamp'

/**
 * The bytes of objects, through opendal: a fifth of the CPU of HTTP in Node. One instance per connection; its native
 * clients are kept per bucket, and made anew when a temporary login was renewed.
 */
export class S3Bytes {
  readonly #client: S3Client
  readonly #login: Login
  readonly #operators = new Map<string, { readonly keys: KeyPair; readonly operator: Operator }>()

  constructor(client: S3Client, login: Login) {
    this.#client = client
    this.#login = login
  }

  /** Bytes from `offset` to `size`, all of the version with this etag. */
  async *read(
    bucket: string,
    key: string,
    range: { readonly offset: number; readonly size: number; readonly etag: string | undefined },
    signal: AbortSignal,
    buffers?: BufferPool,
  ): AsyncIterable<Uint8Array> {
    const { offset, size, etag } = range
    const pin = etag === undefined ? {} : { ifMatch: `"${etag}"` }
    const guard = <T>(work: Promise<T>): Promise<T> => this.#guarded(work, bucket, key, signal)
    if (isSignedWrongly(key)) {
      yield* rangedBytes(offset, size, rangeBytes, rangesAtOnce, (from, length) =>
        this.#plainRange(bucket, key, from, length, pin.ifMatch, signal),
      )
      return
    }
    const operator = await this.#operator(bucket)
    if (offset === 0 && size <= wholeBytes) {
      yield await guard(operator.read(key, pin))
      return
    }
    if (offset === 0) {
      // opendal reads ahead by itself and into our own buffers; it cannot pin the version, so the caller checks it afterwards.
      const reader = await guard(operator.reader(key, { chunk: rangeBytes, concurrent: rangesAtOnce }))
      // No read beyond the listed size, whose only use would be a buffer: an object that has grown is another version.
      for (let read = 0; read < size;) {
        const buffer = buffers?.take(rangeBytes) ?? Buffer.allocUnsafe(rangeBytes)
        const bytes = Number(await guard(reader.read(buffer)))
        if (bytes === 0) return
        read += bytes
        yield buffer.subarray(0, bytes)
      }
      return
    }
    yield* rangedBytes(offset, size, rangeBytes, rangesAtOnce, (from, length) =>
      guard(operator.read(key, { ...pin, offset: BigInt(from), size: BigInt(length) })),
    )
  }

  /** Uploads an object, in parts when it is large. It appears when the upload is complete. Answers the bytes that were sent. */
  async write(bucket: string, key: string, content: FileContent, stamp: string, signal: AbortSignal): Promise<number> {
    const guard = <T>(work: Promise<T>): Promise<T> => this.#guarded(work, bucket, key, signal)
    if (isSignedWrongly(key)) return this.#plainWrite(bucket, key, content, stamp, signal)
    const operator = await this.#operator(bucket)
    const chunk = BigInt(content.bytes <= singleBytes ? singleBytes : partBytes)
    const options = { chunk, concurrent: partsAtOnce, userMetadata: { [stampKey]: stamp } }
    let sent = 0
    const writer = await guard(operator.writer(key, options))
    try {
      for await (const bytes of content.open()) {
        await guard(writer.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
        sent += bytes.byteLength
      }
    } catch (error) {
      // opendal cannot give up an upload here, and parts on their way would outlive an abort of ours: it is ended, and the caller removes it.
      await within(writer.close(), AbortSignal.timeout(10_000)).catch(() => undefined)
      throw error
    }
    await guard(writer.close())
    return sent
  }

  async #plainRange(
    bucket: string,
    key: string,
    from: number,
    length: number,
    ifMatch: string | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const headers = { range: `bytes=${from}-${from + length - 1}`, ...(ifMatch && { 'if-match': ifMatch }) }
    const answer = await this.#client.send({ method: 'GET', bucket, key, headers, signal })
    const chunks: Uint8Array[] = []
    for await (const chunk of answer.bytes) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async #plainWrite(
    bucket: string,
    key: string,
    content: FileContent,
    stamp: string,
    signal: AbortSignal,
  ): Promise<number> {
    const headers = {
      'content-length': String(content.bytes),
      [`x-amz-meta-${stampKey}`]: stamp,
      ...encryptionHeaders(this.#client),
    }
    const answer = await this.#client.send({
      method: 'PUT',
      bucket,
      key,
      headers,
      body: content.open(),
      signal,
      patienceMs: 300_000,
    })
    await answer.text()
    return content.bytes
  }

  async #operator(bucket: string): Promise<Operator> {
    const keys = await this.#login()
    const known = this.#operators.get(bucket)
    if (known?.keys === keys) return known.operator
    await guardNativeEndpoint(this.#client.settings.endpoint)
    const operator = new Operator('s3', this.#options(bucket, keys)).layer(patientRetries())
    this.#operators.set(bucket, { keys, operator })
    return operator
  }

  #options(bucket: string, keys: KeyPair): Record<string, string> {
    const { endpoint, region, pathStyle, encryption } = this.#client.settings
    return {
      bucket,
      endpoint,
      region,
      access_key_id: keys.accessKeyId,
      secret_access_key: keys.secretAccessKey,
      ...(keys.sessionToken && { session_token: keys.sessionToken }),
      // Nothing of this server's own AWS identity may slip into a customer's connection.
      disable_config_load: 'true',
      disable_ec2_metadata: 'true',
      ...(pathStyle || bucket.includes('.') ? {} : { enable_virtual_host_style: 'true' }),
      ...(encryption.kind === 'none' ? {} : { server_side_encryption: encryption.kind }),
      ...(encryption.kind === 'aws:kms' && { server_side_encryption_aws_kms_key_id: encryption.keyArn }),
    }
  }

  async #guarded<T>(work: Promise<T>, bucket: string, key: string, signal: AbortSignal): Promise<T> {
    const doing = this.#client.doing(bucket, key)
    try {
      return await within(work, signal, { ms: idleMs, onIdle: () => timeoutFault(doing) })
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'Fault') throw error
      throw opendalFault(doing, error) ?? (await this.#whyLost(bucket, error, signal))
    }
  }

  /** opendal says only that a request failed; one of our own finds out whether it is DNS, TLS or a closed port. */
  async #whyLost(bucket: string, error: Error, signal: AbortSignal): Promise<Fault> {
    const query = { 'list-type': '2', 'max-keys': '1' }
    const why = await this.#client
      .forProbes()
      .send({ method: 'GET', bucket, query, signal })
      .then(
        async (answer) => (await answer.text(), undefined),
        (thrown: unknown) => thrown as Fault,
      )
    return why ?? connectionLost(this.#client.doing(bucket), error)
  }
}

export function encryptionHeaders({ settings: { encryption } }: S3Client): Readonly<Record<string, string>> {
  if (encryption.kind === 'none') return {}
  const headers = { 'x-amz-server-side-encryption': encryption.kind }
  return encryption.kind === 'AES256'
    ? headers
    : { ...headers, 'x-amz-server-side-encryption-aws-kms-key-id': encryption.keyArn }
}

/** opendal 0.49.1 signs these characters unescaped (SignatureDoesNotMatch) and folds double slashes (another key). */
function isSignedWrongly(key: string): boolean {
  return /[!'()*]|\/\/|^\//.test(key)
}

function patientRetries(): ReturnType<RetryLayer['build']> {
  const retries = new RetryLayer()
  retries.maxTimes = 4
  retries.minDelay = 200
  retries.maxDelay = 5_000
  retries.factor = 2
  retries.jitter = true
  return retries.build()
}

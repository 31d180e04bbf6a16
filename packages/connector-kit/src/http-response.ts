import { pipeline, type Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { Fault } from './faults.ts'

interface HttpResponseInit {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly url: string
  readonly stream: Readable
  readonly maxBodyBytes: number
  readonly where: string
  /** Turns what a broken stream throws into what the caller gets. */
  readonly explain: (thrown: unknown) => unknown
}

/** An answer whose body has not been read. Read it once, as a stream or whole, or discard it: else its connection is never free again. */
export class HttpResponse {
  readonly status: number
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** After redirects. */
  readonly url: string
  readonly #init: HttpResponseInit

  constructor(init: HttpResponseInit) {
    this.status = init.status
    this.headers = init.headers
    this.url = init.url
    this.#init = init
    // Whoever gives up a body early gets its error through the iteration or not at all, never as an uncaught event.
    init.stream.on('error', () => {})
  }

  /** The body, decompressed, piece by piece. */
  async *stream(): AsyncIterable<Uint8Array> {
    const { stream, explain } = this.#init
    try {
      yield* decompressed(stream, this.headers['content-encoding'])
    } catch (thrown) {
      throw corruptBody(thrown, this.#init.where) ?? explain(thrown)
    } finally {
      stream.destroy()
    }
  }

  /** Throws `http.body_too_large` beyond `maxBodyBytes`; nothing above that is kept in memory. */
  async bytes(): Promise<Buffer> {
    const { maxBodyBytes, where, stream, explain } = this.#init
    const pieces: Buffer[] = []
    let size = 0
    const take = (piece: Buffer): void => {
      size += piece.length
      if (size > maxBodyBytes) {
        const message = `The answer to ${where} is larger than ${maxBodyBytes} bytes. Ask for smaller pages, or raise the limit.`
        throw new Fault({ kind: 'data', code: 'http.body_too_large', message })
      }
      pieces.push(piece)
    }
    try {
      await drain(decompressed(stream, this.headers['content-encoding']), take)
    } catch (thrown) {
      throw corruptBody(thrown, where) ?? explain(thrown)
    } finally {
      stream.destroy()
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, size)
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** Throws `http.body_not_json` for anything else. Numbers beyond 2^53 lose digits: take `bytes()` where they may occur. */
  async json(): Promise<unknown> {
    const text = await this.text()
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      const type = this.headers['content-type'] ?? 'unknown'
      const message = `The answer to ${this.#init.where} is not JSON (content type ${type}).`
      throw new Fault({ kind: 'data', code: 'http.body_not_json', message, cause })
    }
  }

  /** The beginning of the body as text, for messages; what follows is discarded. Never throws. */
  async excerpt(bytes: number): Promise<string> {
    const pieces: Uint8Array[] = []
    let size = 0
    try {
      for await (const piece of this.stream()) {
        pieces.push(piece)
        size += piece.length
        if (size >= bytes) break
      }
    } catch {
      // The status says what went wrong; a body that cannot be read adds nothing.
    }
    return new TextDecoder().decode(Buffer.concat(pieces).subarray(0, bytes))
  }

  /** Gives the body up. A short one is read to its end, so that the connection can be used again. */
  async discard(): Promise<void> {
    await this.excerpt(64 * 1024)
  }
}

/** Bytes that are not what `content-encoding` says. One that only ends too early (Z_BUF_ERROR) is a connection that broke off. */
function corruptBody(thrown: unknown, where: string): Fault | null {
  const { code } = thrown as { code?: unknown }
  if (typeof code !== 'string' || !/^(Z_(?!BUF_ERROR)|ERR__ERROR_FORMAT|ERR_BROTLI)/.test(code)) return null
  const message = `The answer to ${where} cannot be decompressed (${code}).`
  return new Fault({ kind: 'data', code: 'http.body_corrupt', message, cause: thrown })
}

/** Hands over all pieces. By events: an iterator over a short body costs more than the body. */
function drain(stream: Readable, take: (piece: Buffer) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  stream.on('data', (piece: Buffer) => {
    try {
      take(piece)
    } catch (thrown) {
      reject(thrown)
      stream.destroy()
    }
  })
  stream.once('end', resolve)
  stream.once('error', reject)
  stream.once('close', () => {
    if (!stream.readableEnded) reject(brokenOff())
  })
  return promise
}

function brokenOff(): Error {
  return Object.assign(new Error('The body ended early'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
}

function decompressed(stream: Readable, encoding: string | undefined): Readable {
  const decoder = decoderOf(encoding?.trim().toLowerCase())
  return decoder === null ? stream : pipeline(stream, decoder, () => {})
}

function decoderOf(encoding: string | undefined): Transform | null {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    default:
      return null
  }
}

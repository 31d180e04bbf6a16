import type { Readable } from 'node:stream'
import type { OperationId, RequestOf, ResponseOf, Role } from '@leat/contract'
import type { Caller } from '../auth/tokens.ts'
import type { Delivery } from './delivery.ts'

/** One request, as services see it: who, from where, and how the answer travels. */
export interface Call {
  readonly operation: OperationId
  readonly caller: Caller
  /** Role of the caller on the resource in the path, where the route names one. */
  readonly role: Role | null
  readonly request: {
    readonly id: string
    readonly method: string
    /** Path and query, as sent. */
    readonly url: string
    /** Scheme, host and port, as the client named this server. */
    readonly origin: string
    readonly ip: string
    readonly userAgent: string
    readonly authorization: string | undefined
  }
  /** Equal for equal requests of the same member; null where the operation creates nothing. */
  readonly fingerprint: Buffer | null
  readonly delivery: Delivery
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
  /** Files of a multipart body, as a stream. */
  files(): AsyncIterable<UploadedFile>
  /** Adds a header to the answer. */
  header(name: string, value: string): void
}

export interface UploadedFile {
  readonly name: string
  readonly stream: Readable
  /** After the stream ended: true when the size limit cut it. */
  truncated(): boolean
}

/** An answer that is not of the route's usual shape (an asynchronous probe). */
export class Reply {
  readonly body: unknown
  readonly status: number

  constructor(body: unknown, status = 200) {
    this.body = body
    this.status = status
  }
}

export type Handler<O extends OperationId> = (request: RequestOf<O>, call: Call) => Promise<ResponseOf<O> | Reply>
export type Handlers = { readonly [O in OperationId]: Handler<O> }
/** Handlers of one part of the API: `satisfies Partial<Handlers>` keeps each one's own operations. */
export type SomeHandlers<O extends OperationId> = Pick<Handlers, O>

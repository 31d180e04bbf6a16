import type { IncomingMessage, ServerResponse } from 'node:http'
import { timingSafeEqual } from 'node:crypto'
import { problems, type ProblemName } from '@leat/contract'
import { problemBody } from '../http/problem.ts'
import { ApiProblem } from '../http/api-problem.ts'
import { freshShape } from '../inbox/group.ts'
import type { InboxLog } from '../inbox/inbox-log.ts'
import { bytesOf } from '../inbox/measured-inbox.ts'
import type { Platform } from '../platform.ts'
import { attributesOf, withAttributes } from './attributes.ts'
import { BodyProblem, jsonRecords, type BodyRecords } from './body-records.ts'
import { inflate, isCompressed } from './inflate.ts'
import type { HookSource, HookSources } from './hook-sources.ts'
import { hashAgrees } from './signature.ts'
import { xmlRecords } from './xml-records.ts'

export const hooksPrefix = '/hooks/'

export interface HookHandlerSettings {
  readonly sources: HookSources
  readonly inbox: () => InboxLog
  readonly log: Platform['log']
  /** Bytes that may be in memory before they are durable, of all requests together; beyond it senders are asked to wait. */
  readonly mostPendingBytes?: number
}

export type HookHandler = (request: IncomingMessage, response: ServerResponse) => void

interface Target {
  readonly path: string
  readonly params: URLSearchParams
  readonly apiKey: string | null
  readonly includeHeaders: boolean
  readonly includeParams: boolean
  readonly fresh: boolean
}

/** URLs of busy senders are parsed once. */
const mostTargets = 2000

/**
 * Takes records in at `POST /hooks/<path>`. It stands beside Fastify, because a request costs a fraction of it here: the body is checked and put on
 * lines in place, copied into the group that is written next, and acknowledged when that group is durable.
 */
export function hookHandler(settings: HookHandlerSettings): HookHandler {
  const { sources, inbox } = settings
  const mostPendingBytes = settings.mostPendingBytes ?? 64 << 20
  const targets = new Map<string, Target>()
  let receiving = 0

  const targetOf = (url: string): Target => {
    const known = targets.get(url)
    if (known !== undefined) return known
    if (targets.size >= mostTargets) targets.clear()
    const target = parseTarget(url)
    if (url.length < 2048) targets.set(url, target)
    return target
  }

  const begin = (
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    source: HookSource | null,
  ): void => {
    const problem = source === null ? unknownPath() : (refusal(source, request, target) ?? tooLarge(source, request))
    if (problem !== null) return refuse(request, response, problem)
    if (receiving + inbox().pendingBytes + contentLength(request) > mostPendingBytes)
      return refuse(request, response, busy('The server has more records in its hands than it can write just now.'))
    receive(request, response, target, source!)
  }

  const receive = (request: IncomingMessage, response: ServerResponse, target: Target, source: HookSource): void => {
    let first: Buffer | null = null
    let more: Buffer[] | null = null
    let bytes = 0
    const drop = (): void => {
      receiving -= bytes
      bytes = 0
      first = more = null
    }
    request.on('data', (chunk: Buffer) => {
      if (bytes < 0) return
      bytes += chunk.length
      receiving += chunk.length
      if (bytes > source.maxBodyBytes || receiving + inbox().pendingBytes > mostPendingBytes * 2) {
        const problem =
          bytes > source.maxBodyBytes ? bodyTooLarge(source) : busy('The server has too many records in its hands.')
        drop()
        bytes = -1
        return refuse(request, response, problem)
      }
      if (first === null) first = chunk
      else (more ??= [first]).push(chunk)
    })
    request.on('end', () => {
      if (bytes < 0) return
      const body = more === null ? (first ?? Buffer.alloc(0)) : Buffer.concat(more)
      receiving -= bytes
      bytes = -1
      if (isCompressed(request)) void takeCompressed(request, response, target, source, body)
      else take(request, response, target, source, body)
    })
    request.on('close', () => {
      if (bytes > 0) receiving -= bytes
      bytes = -1
    })
  }

  const takeCompressed = async (
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    source: HookSource,
    body: Buffer,
  ): Promise<void> => {
    try {
      take(request, response, target, source, await inflate(request, body, source.maxBodyBytes), body)
    } catch (thrown) {
      refuse(request, response, thrown)
    }
  }

  const take = (
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    source: HookSource,
    body: Buffer,
    signed: Buffer = body,
  ): void => {
    let found: BodyRecords
    try {
      if (source.hash !== null) checkHash(source.hash, request, target, signed)
      found = recordsOf(request, body)
    } catch (thrown) {
      return refuse(request, response, thrown)
    }
    const { records } = found
    if (records === 0) return acknowledge(response, source, 0)
    const lines =
      target.includeHeaders || target.includeParams
        ? withAttributes(
            found.lines,
            attributesOf(
              { headers: request.headers, rawHeaders: request.rawHeaders, params: target.params },
              { headers: target.includeHeaders, params: target.includeParams },
              source.hash?.param ?? null,
            ),
          )
        : found.lines
    // Counted and appended in one go: no other request comes between.
    if (!source.hasRoom(bytesOf(lines))) return refuse(request, response, full(source))
    const log = inbox()
    log.append(source.id, target.fresh ? freshShape : 0, records, lines, (failure) => {
      if (failure === null) return acknowledge(response, source, records)
      settings.log('error', 'inbox write failed', { error: failure.message })
      refuse(request, response, notDurable(), false)
    })
    if (target.fresh || source.nexsetId === null) log.hurry()
  }

  return (request, response) => {
    if (request.method !== 'POST' && request.method !== 'PUT') {
      response.setHeader('allow', 'POST')
      return refuse(
        request,
        response,
        new ApiProblem('method_not_allowed', `This URL takes records by POST, and got ${request.method}.`),
      )
    }
    const target = targetOf(request.url ?? '')
    const source = sources.find(target.path)
    if (!(source instanceof Promise)) return begin(request, response, target, source)
    source.then(
      (found) => begin(request, response, target, found),
      (error: unknown) => {
        settings.log('error', 'webhook lookup failed', { error: String(error) })
        refuse(
          request,
          response,
          new ApiProblem('unavailable', 'The server cannot look this URL up just now.', { retryAfterSeconds: 2 }),
        )
      },
    )
  }
}

function parseTarget(url: string): Target {
  const cut = url.indexOf('?')
  const path = url.slice(hooksPrefix.length, cut < 0 ? url.length : cut).replace(/\/$/, '')
  const params = new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1))
  const on = (name: string): boolean => /^(true|1)$/i.test(params.get(name) ?? '')
  return {
    path,
    params,
    apiKey: params.get('api_key'),
    includeHeaders: on('include_headers'),
    includeParams: on('include_url_params'),
    fresh: on('force_schema_detection'),
  }
}

/** Why this request is not taken, before its body is read. */
function refusal(source: HookSource, request: IncomingMessage, target: Target): ApiProblem | null {
  if (source.keys !== null && !keyAgrees(source.keys, request, target)) {
    const given = target.apiKey !== null || request.headers.authorization !== undefined
    return new ApiProblem(
      'hook_refused',
      given
        ? 'The key of this request is none of the source’s. Copy one from "api_keys" of the source; it may have been rotated.'
        : 'This request has no key. Add ?api_key=<key> to the URL, or send `Authorization: Basic <key>`.',
    )
  }
  if (source.status !== 'ACTIVE') return new ApiProblem('source_not_active', `Source #${source.id} is ${source.status}`)
  return source.hasRoom(1) ? null : full(source)
}

function full({ id }: HookSource): ApiProblem {
  return busy(`Source #${id} has as many records waiting to be read as "max_waiting_bytes" allows.`, 5)
}

function keyAgrees(keys: readonly Buffer[], request: IncomingMessage, { apiKey }: Target): boolean {
  if (apiKey !== null) return oneOf(keys, Buffer.from(apiKey))
  const header = request.headers.authorization
  if (header === undefined || !/^basic /i.test(header)) return false
  const value = header.slice(6).trim()
  if (oneOf(keys, Buffer.from(value))) return true
  const decoded = Buffer.from(value, 'base64')
  // As a client writes it that knows user and password only: the key is one of them.
  const colon = decoded.indexOf(58)
  return (
    oneOf(keys, decoded) ||
    (colon >= 0 && (oneOf(keys, decoded.subarray(0, colon)) || oneOf(keys, decoded.subarray(colon + 1))))
  )
}

function oneOf(keys: readonly Buffer[], given: Buffer): boolean {
  let found = false
  for (const key of keys) if (key.length === given.length && timingSafeEqual(key, given)) found = true
  return found
}

function checkHash(
  check: NonNullable<HookSource['hash']>,
  request: IncomingMessage,
  { params }: Target,
  body: Buffer,
): void {
  const inUrl = [...params].find(([name]) => name.toLowerCase() === check.param)?.[1]
  const header = request.headers[check.param]
  const given = (Array.isArray(header) ? header[0] : header) ?? inUrl
  if (given === undefined)
    throw new ApiProblem(
      'hook_refused',
      `This request has no hash. Send the HMAC of the body in the header or query parameter "${check.param}".`,
    )
  if (!hashAgrees(check, body, given))
    throw new ApiProblem(
      'hook_refused',
      `The hash in "${check.param}" does not agree with the body. It is the HMAC of the body’s bytes as sent, in hex or base64, with the secret of the source.`,
    )
}

function recordsOf(request: IncomingMessage, body: Buffer): BodyRecords {
  const type = request.headers['content-type'] ?? ''
  if (/charset=(?!"?(utf-?8|us-ascii)\b)/i.test(type))
    throw new ApiProblem('media_type', `The body is in "${type}". Send it in UTF-8.`)
  if (/^(application|text)\/([\w.+-]+\+)?xml\b/i.test(type)) return xmlRecords(body)
  if (
    /^(multipart\/|application\/(x-www-form-urlencoded|avro|parquet|x-protobuf|msgpack))/i.test(type) &&
    body[0] !== 0x7b &&
    body[0] !== 0x5b
  )
    throw new ApiProblem('media_type', `The body is in "${type}". Send JSON, NDJSON or XML.`)
  return jsonRecords(body)
}

function contentLength(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0)
}

function tooLarge(source: HookSource, request: IncomingMessage): ApiProblem | null {
  return contentLength(request) > source.maxBodyBytes ? bodyTooLarge(source) : null
}

function bodyTooLarge({ maxBodyBytes }: HookSource): ApiProblem {
  return new ApiProblem(
    'body_too_large',
    `The body is larger than ${maxBodyBytes} bytes. Send fewer records in one request, or raise "max_body_bytes" of the source.`,
  )
}

function unknownPath(): ApiProblem {
  return new ApiProblem(
    'route_not_found',
    'There is no webhook at this URL. Take it from "hosted_url" of the source; the source may have been deleted.',
  )
}

function busy(message: string, seconds = 1): ApiProblem {
  return new ApiProblem('rate_limited', `${message} Send the request again after ${seconds} s.`, {
    retryAfterSeconds: seconds,
  })
}

function notDurable(): ApiProblem {
  return new ApiProblem(
    'unavailable',
    'The records could not be written durably and were not taken. Send the request again; the log of the server says what is wrong with its disk or store.',
    { retryAfterSeconds: 2 },
  )
}

const jsonHeaders = ['content-type', 'application/json; charset=utf-8', 'cache-control', 'no-store']

function acknowledge(response: ServerResponse, { nexsetId }: HookSource, records: number): void {
  const body = `{"dataset_id":${nexsetId},"datasetId":${nexsetId},"processed":${records}}`
  response.writeHead(200, [...jsonHeaders, 'content-length', String(body.length)])
  response.end(body)
}

/** `readable`: the rest of the request's body may still be on its way; the connection is not used again then. */
function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown, readable = true): void {
  if (response.headersSent || response.destroyed) return
  const problem =
    thrown instanceof ApiProblem
      ? thrown
      : thrown instanceof BodyProblem
        ? new ApiProblem('body_unreadable', thrown.message)
        : new ApiProblem('internal', 'The server failed.', { cause: thrown })
  const name: ProblemName = problem.problem
  const id = crypto.randomUUID()
  const body = problemBody(problem, id)
  const shown = name === 'source_not_active' ? { ...body, error: problem.message } : body
  const text = JSON.stringify(shown)
  const headers = [...jsonHeaders, 'content-length', String(Buffer.byteLength(text)), 'x-request-id', id]
  if (problem.extra.retryAfterSeconds !== undefined)
    headers.push('retry-after', String(problem.extra.retryAfterSeconds))
  const unread = readable && !request.complete
  if (unread) headers.push('connection', 'close')
  response.writeHead(problems[name].status, headers)
  response.end(text)
  // What is still coming is thrown away; a sender that goes on for long loses the connection.
  if (unread) {
    request.resume()
    response.once('finish', () => setTimeout(() => request.socket.destroy(), 500).unref())
  }
}

import { createHash } from 'node:crypto'
import type { Answers, Batch, JsonObject, Rejection, Token, Writer, WriterRequest } from '@leat/connector-kit'
import { parseHeaderList, type Draft, type Method } from '../draft.ts'
import { restFault } from '../faults.ts'
import { linesOf } from './lines-of.ts'
import type { Requester } from '../requester.ts'
import { fill, type Scope } from '../templates.ts'
import { fillRecord, MissingValue, parseRecord, type DeliveredRecord } from './record-template.ts'

/** Answers that concern what was sent. 401 and 403 concern the credential, 408 and 429 the moment: those are faults. */
const refusals = [
  400, 402, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 417, 418, 421, 422, 423, 424, 425, 426, 428, 431, 451,
]
const excerptCharacters = 1000

interface Indexed extends DeliveredRecord {
  /** In the batch of the engine. */
  readonly index: number
}

/**
 * Sends records when they are written: an answer cannot be taken back, so there is nothing to stage. A repeat after a crash carries the same idempotency
 * keys, by which a service that knows them takes each record once.
 */
export class RestWriter implements Writer {
  readonly #request: WriterRequest
  readonly #requester: Requester
  readonly #url: string
  readonly #body: string
  readonly #headers: Readonly<Record<string, string>>
  /** Absent: nobody wants them. */
  readonly #answers: Answers | undefined
  #sent = 0

  constructor(
    request: WriterRequest,
    requester: Requester,
    credential: Scope['credential'],
    answers: Answers | undefined,
  ) {
    this.#request = request
    this.#answers = request.options['create.datasource'] === true ? answers : undefined
    this.#requester = requester
    const { options } = request
    const scope: Scope = {
      credential,
      lastSuccessAt: new Date(0).toISOString(),
      now: new Date(),
      steps: new Map(),
      dateFormat: undefined,
      dateUnit: undefined,
    }
    const isXml = options['content.type'] === 'application/xml'
    // Before records are filled in: a value that looks like a placeholder stays a value.
    this.#url = fill(String(options['url.template']), scope, '"url.template"', 'url')
    const template = options['body.template'] ?? (isXml ? '{message.xml}' : '{message.json}')
    this.#body = fill(String(template), scope, '"body.template"', isXml ? 'plain' : 'json')
    this.#headers = parseHeaderList(options['request.headers'] as string | undefined)
  }

  async write(batch: Batch): Promise<readonly Rejection[]> {
    const rejected: Rejection[] = []
    const perRequest = this.#option('batch.mode') === true ? Number(this.#option('max.poll.records')) : 1
    const lanes = Number(this.#option('parallel_requests') ?? 1)
    const going = new Set<Promise<void>>()
    let failure: { readonly thrown: unknown } | null = null
    for await (const group of groups(batch, perRequest)) {
      if (failure !== null) break
      const work = this.#deliver(group.name, group.records).then(
        (refused) => void rejected.push(...refused),
        (thrown: unknown) => void (failure ??= { thrown }),
      )
      going.add(work)
      void work.finally(() => going.delete(work))
      if (going.size >= lanes) await Promise.race(going)
    }
    await Promise.all(going)
    if (failure !== null) throw (failure as { thrown: unknown }).thrown
    return rejected.toSorted((left, right) => left.index - right.index)
  }

  async prepare(): Promise<Token> {
    const token = { sent: this.#sent }
    this.#sent = 0
    return token
  }

  async commit(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  /** One request; a batch that is refused is halved until the record that is the reason stands alone. */
  async #deliver(name: string, records: readonly Indexed[]): Promise<readonly Rejection[]> {
    this.#request.signal.throwIfAborted()
    let draft: Draft
    try {
      draft = this.#draft(name, records)
    } catch (thrown) {
      if (!(thrown instanceof MissingValue)) throw thrown
      return [{ index: records[0]!.index, code: 'rest.value_missing', reason: thrown.message, raw: records[0]!.line }]
    }
    const answer = await this.#requester.page(draft, anyShape, { signal: this.#request.signal, accept: refusals })
    if (answer.status < 400) {
      await this.#answers?.keep(answer.body, answer.headers['content-type'] ?? '')
      this.#sent += records.length
      return []
    }
    if (records.length > 1) {
      const middle = Math.ceil(records.length / 2)
      const first = await this.#deliver(name, records.slice(0, middle))
      return [...first, ...(await this.#deliver(name, records.slice(middle)))]
    }
    const body = answer.body.toString('utf8').slice(0, excerptCharacters)
    const [record] = records
    return [
      {
        index: record!.index,
        code: `rest.status_${answer.status}`,
        reason: `The service answered ${answer.status} to ${answer.label}${body === '' ? '.' : `: ${body}`}`,
        raw: record!.line,
      },
    ]
  }

  #draft(name: string, records: readonly Indexed[]): Draft {
    const isXml = this.#option('content.type') === 'application/xml'
    const [record] = records
    const single = this.#option('batch.mode') !== true
    const method = String(this.#option('method')) as Method
    const address = single ? fillRecord(this.#url, record!, 'url') : this.#url
    const url = URL.parse(address)
    if (url === null || !/^https?:$/.test(url.protocol)) throw restFault('url_invalid', { place: '"url.template"' })
    const bodyless = method === 'GET' || (method === 'DELETE' && this.#option('body.template') === undefined)
    const body = bodyless
      ? undefined
      : single
        ? fillRecord(this.#body, record!, isXml ? 'xml' : 'json')
        : around(this.#option('body.template') === undefined ? null : this.#body, records)
    const header = this.#option('idempotency_header')
    return {
      method,
      url,
      headers: {
        accept: '*/*',
        ...(body === undefined ? {} : { 'content-type': String(this.#option('content.type')) }),
        ...(header === '' ? {} : { [String(header ?? 'idempotency-key').toLowerCase()]: this.#key(name, records) }),
        ...this.#headers,
      },
      body,
    }
  }

  /** The same for the same records of the same range of the same sink, as a UUID. */
  #key(name: string, records: readonly Indexed[]): string {
    const range = `${this.#request.id}\n${name}\n${records[0]!.index}\n${records.length}`
    const hex = createHash('sha256').update(range).digest('hex')
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `8${hex.slice(13, 16)}`,
      `8${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join('-')
  }

  #option(key: string): JsonObject[string] | undefined {
    return this.#request.options[key]
  }
}

/** A batch as it is sent: the array, or what a template puts around it. */
function around(template: string | null, records: readonly Indexed[]): string {
  const array = `[${records.map((one) => one.line).join(',')}]`
  return template === null ? array : template.replaceAll('{messages.json}', () => array)
}

const anyShape = { format: 'file', fileFormat: 'text', path: null, additional: undefined, guess: false } as const

/** Records of the batch in order, so many at a time, with the name of their range. */
async function* groups(
  batch: Batch,
  size: number,
): AsyncGenerator<{ readonly name: string; readonly records: readonly Indexed[] }> {
  let index = 0
  if (batch.kind === 'rows') {
    for (let at = 0; at < batch.rows.length; at += size) {
      const records = batch.rows
        .slice(at, at + size)
        .map((row, offset) => ({ ...parseRecord(JSON.stringify(row)), index: at + offset }))
      yield { name: 'rows', records }
    }
    return
  }
  for (const file of batch.files) {
    let records: Indexed[] = []
    for await (const line of linesOf(file.open())) {
      records.push({ ...parseRecord(line), index: index++ })
      if (records.length < size) continue
      yield { name: file.name, records }
      records = []
    }
    if (records.length > 0) yield { name: file.name, records }
  }
}

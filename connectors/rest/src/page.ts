import { restFault } from './faults.ts'
import { cutEnvelope, type Envelope } from './envelope.ts'
import { isRecord, jsonSelect, jsonValue, parseJson, plainNames } from './json-value.ts'
import { recordKey, sumOf } from './source/record-key.ts'
import type { Draft } from './draft.ts'
import type { RecordShape } from './record-shape.ts'
import { guessXmlPath, parseXml, xmlObject, xmlSelect, xmlText } from './xml-value.ts'

export interface PageInit {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly draft: Draft
  /** Method and address without secrets, for messages and as the origin of records. */
  readonly label: string
  readonly shape: RecordShape
}

/** One answer. Its body goes to the engine as it is; here only what steers the paging is looked at. */
export class Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly draft: Draft
  readonly label: string
  readonly shape: RecordShape
  #document: unknown
  #path: string | null | undefined
  #records: readonly unknown[] | undefined
  #envelope: Envelope | null | undefined

  constructor(init: PageInit) {
    this.status = init.status
    this.headers = init.headers
    this.body = init.body
    this.draft = init.draft
    this.label = init.label
    this.shape = init.shape
  }

  get isXml(): boolean {
    return this.shape.format === 'xml'
  }

  /** The parsed body: JSON (without its records, where these were cut out), or an XML document. Throws `rest.body_not_json` or `rest.body_not_xml`. */
  get document(): unknown {
    void this.envelope
    if (this.#document === undefined)
      this.#document = this.body.length === 0 ? null : this.#parse(this.body.toString('utf8'))
    return this.#document
  }

  /** The records cut out of a JSON body; null where they have to be found by parsing it. */
  get envelope(): Envelope | null {
    if (this.#envelope !== undefined) return this.#envelope
    this.#envelope = null
    const { format, path, additional, guess } = this.shape
    if (format !== 'json' || additional !== undefined || this.body.length === 0) return null
    const names = path === null ? [] : plainNames(path)
    if (names === null || (path === null && guess && this.body[0] !== 0x5b)) return null
    this.#envelope = cutEnvelope(this.body, names)
    if (this.#envelope !== null) this.#document = this.#parse(this.#envelope.around)
    return this.#envelope
  }

  /** The first value at a JSONPath or XPath as text or scalar; `header:<name>` looks into the headers. Undefined when there is none. */
  value(path: string): unknown {
    const header = /^header:\s*(.+)$/i.exec(path)?.[1]
    if (header !== undefined) return this.headers[header.toLowerCase()]
    if (this.body.length === 0) return undefined
    if (!this.isXml) return jsonValue(this.document, path)
    const [found] = xmlSelect(this.document, path)
    return found === undefined ? undefined : xmlText(found)
  }

  /** Where the records are: as the config says, or as they were found. Null: the document itself. */
  get path(): string | null {
    if (this.#path === undefined) this.#path = this.shape.path ?? this.#guessed()
    return this.#path
  }

  #guessed(): string | null {
    if (this.isXml) return this.body.length === 0 ? null : guessXmlPath(this.document)
    // A file (its content type says so) has no paths.
    return this.shape.guess && this.shape.format === 'json' ? guessPath(this.document) : null
  }

  /** The records as values, parsed when first asked for. */
  get records(): readonly unknown[] {
    return (this.#records ??= this.#find())
  }

  /** A record of an XML answer as names and texts, for macros of later steps. */
  xmlRecord(record: unknown): unknown {
    return xmlObject(record)
  }

  get count(): number {
    return this.envelope?.count ?? this.records.length
  }

  /** Tells in another process whether a page came again; null for pages without records. */
  get mark(): string | null {
    if (this.shape.format !== 'json' || this.count === 0) return null
    const { envelope } = this
    if (envelope !== null) return `${envelope.count} ${sumOf(envelope.first)} ${sumOf(envelope.last)}`
    return `${this.count} ${recordKey(this.records[0])} ${recordKey(this.records.at(-1))}`
  }

  #find(): readonly unknown[] {
    if (this.body.length === 0) return []
    if (this.envelope !== null) return this.#lines(this.envelope)
    if (this.shape.format === 'file') return fileRecords(this.body)
    if (this.isXml) return xmlSelect(this.document, this.path ?? '/*')
    const { path } = this
    const found = path === null ? [this.document] : jsonSelect(path)(this.document)
    return found.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : value === null ? [] : [value]))
  }

  #lines({ lines }: Envelope): readonly unknown[] {
    const texts = lines.toString('utf8').split('\n')
    return texts.filter((text) => text.trim() !== '').map((text) => this.#parse(text))
  }

  #parse(text: string): unknown {
    const type = this.headers['content-type'] ?? 'unknown'
    try {
      return this.isXml ? parseXml(text) : parseJson(text)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message.slice(0, 200) : String(cause)
      throw restFault(this.isXml ? 'body_not_xml' : 'body_not_json', { request: this.label, type, why }, { cause })
    }
  }
}

/** A file counts as one piece: how many records it has, the engine says. */
function fileRecords(body: Buffer): readonly unknown[] {
  return body.length === 0 ? [] : [body]
}

const usualNames = [
  'data',
  'items',
  'results',
  'records',
  'value',
  'values',
  'rows',
  'entries',
  'objects',
  'content',
  'elements',
  'list',
]

/**
 * Where a document that nobody described holds its records: in itself when it is an array, in a member of a usual name, in the only member that is an
 * array of objects (one level deep, then two), else it is one record.
 */
export function guessPath(document: unknown): string | null {
  if (!isRecord(document)) return null
  for (const name of usualNames) if (Array.isArray(document[name])) return `$.${name}`
  const arrays = Object.entries(document).filter(([, value]) => isRecordList(value))
  if (arrays.length === 1) return `$${memberOf(arrays[0]![0])}`
  if (arrays.length > 1) return null
  const empty = Object.entries(document).filter(([, value]) => Array.isArray(value) && value.length === 0)
  if (empty.length === 1) return `$${memberOf(empty[0]![0])}`
  for (const name of ['data', 'response', 'result', '_embedded']) {
    const inner = document[name]
    const below = isRecord(inner) ? guessPath(inner) : null
    if (below !== null) return `$.${name}${below.slice(1)}`
  }
  return null
}

function isRecordList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord)
}

function memberOf(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `['${name.replaceAll(/['\\]/g, '\\$&')}']`
}

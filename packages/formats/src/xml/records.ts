import { Fault } from '@leat/connector-kit'
import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { Element, scalar } from './element.ts'
import { maximumDepth, maximumRecordBytes } from '../limits.ts'
import { selects, type OpenElement, type XmlPath } from './path.ts'

export interface XmlRecordOptions {
  readonly path: XmlPath
  readonly additional: readonly XmlPath[]
  readonly coerce: boolean
}

/** Characters of one record, or of one comment or text outside of records: all of it is in memory. */
const longestPiece = 2 * maximumRecordBytes
/** Bytes that wait for a value of `additional` that may come last. */
const maximumHeldBytes = 256 * 1024 * 1024
const flushBytes = 1 << 20

/**
 * The elements that a path selects, one JSON object per line, while the document streams by. Documents with a DOCTYPE are refused: what they define could
 * grow without bound. A document that breaks throws a `data` fault after the records before that were yielded.
 */
export async function* xmlRecords(
  bytes: AsyncIterable<Uint8Array>,
  options: XmlRecordOptions,
): AsyncGenerator<Uint8Array> {
  const reader = new Reader(options)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let broken: unknown
  try {
    for await (const chunk of bytes) {
      reader.write(decoder.decode(chunk, { stream: true }))
      yield* reader.take(false)
    }
    reader.write(decoder.decode())
    reader.close()
  } catch (thrown) {
    broken = thrown
  }
  yield* reader.take(true)
  if (broken !== undefined) throw malformed(broken)
}

class Reader {
  readonly #options: XmlRecordOptions
  readonly #parser = new SaxesParser()
  readonly #open: OpenElement[] = []
  /** Elements from the record inwards. */
  readonly #building: Element[] = []
  #recordDepth = 0
  readonly #extra: (string | null)[]
  readonly #values: { readonly index: number; readonly depth: number; text: string }[] = []
  #lines: string[] = []
  #size = 0
  /** Characters since the last record, or the last thing outside of records, was complete. */
  #held = 0

  constructor(options: XmlRecordOptions) {
    this.#options = options
    this.#extra = options.additional.map(() => null)
    this.#parser.on('doctype', () => {
      throw new Error('it declares a document type (DOCTYPE), which is not read')
    })
    this.#parser.on('comment', () => this.#released())
    this.#parser.on('processinginstruction', () => this.#released())
    this.#parser.on('opentag', (tag) => this.#begin(tag as SaxesTagPlain))
    this.#parser.on('text', (text) => this.#text(text))
    this.#parser.on('cdata', (text) => this.#text(text))
    this.#parser.on('closetag', (tag) => this.#end(tag.name))
    this.#parser.on('error', (error) => {
      throw error
    })
  }

  write(text: string): void {
    if (text === '') return
    this.#held += text.length
    this.#parser.write(text)
    if (this.#held > longestPiece)
      throw new Error(`a single element, text or comment goes on for more than ${longestPiece} characters`)
  }

  close(): void {
    this.#parser.close()
  }

  /** Lines that are complete; with additional values, only at the end of the document. */
  *take(all: boolean): Generator<Uint8Array> {
    if (this.#size === 0 || (!all && (this.#size < flushBytes || this.#extra.length > 0))) return
    const extra = this.#members()
    const lines =
      extra === ''
        ? this.#lines
        : this.#lines.map((line) => (line === '{}' ? `{${extra}}` : `${line.slice(0, -1)},${extra}}`))
    this.#lines = []
    this.#size = 0
    yield Buffer.from(`${lines.join('\n')}\n`)
  }

  #members(): string {
    return this.#options.additional
      .map(
        ({ steps, attribute }, index) =>
          `${JSON.stringify(attribute ?? steps.at(-1)?.name ?? 'value')}:${this.#extra[index] ?? 'null'}`,
      )
      .join(',')
  }

  /** Outside of records nothing is kept of what is complete. */
  #released(): void {
    if (this.#building.length === 0) this.#held = 0
  }

  #begin({ name, attributes }: SaxesTagPlain): void {
    this.#released()
    const element = { name, attributes }
    this.#open.push(element)
    if (this.#open.length > maximumDepth) throw new Error(`it is nested deeper than ${maximumDepth} levels`)
    for (const [index, path] of this.#options.additional.entries()) this.#beginValue(path, index, element)
    const inside = this.#building.length > 0
    if (!inside && !selects(this.#options.path, this.#open)) return
    if (!inside) this.#recordDepth = this.#open.length
    this.#building.push(new Element(element, this.#options.coerce))
  }

  #beginValue(path: XmlPath, index: number, element: OpenElement): void {
    if (this.#extra[index] !== null || !selects(path, this.#open)) return
    if (path.attribute === null) this.#values.push({ index, depth: this.#open.length, text: '' })
    else if (path.attribute in element.attributes)
      this.#extra[index] = scalar(element.attributes[path.attribute] ?? '', this.#options.coerce)
  }

  #text(text: string): void {
    this.#released()
    this.#building.at(-1)?.addText(text)
    for (const value of this.#values) value.text += text
  }

  #end(name: string): void {
    for (const value of this.#values.filter(({ depth }) => depth === this.#open.length))
      this.#extra[value.index] ??= scalar(value.text.trim(), this.#options.coerce)
    while (this.#values.at(-1)?.depth === this.#open.length) this.#values.pop()
    const done = this.#building.pop()
    if (done !== undefined && this.#open.length > this.#recordDepth) this.#building.at(-1)?.addChild(name, done)
    else if (done !== undefined) this.#line(done.record())
    this.#open.pop()
    this.#released()
  }

  #line(line: string): void {
    this.#lines.push(line)
    this.#size += line.length
    if (this.#size > maximumHeldBytes)
      throw new Error('xml.xpath.additional needs the whole document in memory, and it is too large for that')
  }
}

function malformed(cause: unknown): Fault {
  if (cause instanceof Fault) return cause
  const why = cause instanceof Error ? cause.message.replace(/^undefined:/, 'line ') : String(cause)
  const message = `The XML document cannot be read: ${why.slice(0, 200)}. Records before that were read; deliver a corrected file.`
  return new Fault({ kind: 'data', code: 'xml.malformed', message, cause })
}

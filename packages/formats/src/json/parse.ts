import { maximumDepth } from '../limits.ts'

/**
 * A JSON reader that keeps what `JSON.parse` loses: the literal text of numbers, duplicate keys and where nested values stand.
 * It accepts RFC 8259, and NaN and Infinity, whose records are refused later with a better reason.
 */
export type JsonNode = null | boolean | string | NumberText | ObjectNode | ArrayNode

/** A number as it was written: `1.10`, `12345678901234567890`, `NaN`. */
export class NumberText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export class ObjectNode {
  readonly keys: string[] = []
  readonly values: JsonNode[] = []
  /** First key that occurs twice. */
  duplicate: string | null = null
  readonly start: number
  end = 0
  constructor(start: number) {
    this.start = start
  }

  get(key: string): JsonNode | undefined {
    const index = this.keys.indexOf(key)
    return index < 0 ? undefined : this.values[index]
  }
}

export class ArrayNode {
  readonly items: JsonNode[] = []
  readonly start: number
  end = 0
  constructor(start: number) {
    this.start = start
  }
}

/** Why a text is no JSON, and at which character (0-based). */
export class JsonSyntaxError extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** Parses one document; throws `JsonSyntaxError`. */
export function parseJson(text: string): JsonNode {
  const reader = new Reader(text)
  const node = reader.value(0)
  reader.end()
  return node
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const special = /-?(?:NaN|Infinity|Inf)/iy
const largeObject = 12

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): JsonNode {
    const code = this.#next()
    switch (code) {
      case 0x7b:
        return this.#object(depth)
      case 0x5b:
        return this.#array(depth)
      case 0x22:
        return this.#string()
      case 0x74:
        return this.#word('true', true)
      case 0x66:
        return this.#word('false', false)
      case 0x6e:
        return this.#text.startsWith('null', this.#at) ? this.#word('null', null) : this.#number()
      default:
        return this.#number()
    }
  }

  end(): void {
    if (this.#next() >= 0) throw this.#error('text after the end of the document')
  }

  /** Code of the next character that is no white space (not consumed); -1 at the end. */
  #next(): number {
    const text = this.#text
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return code
    }
    return -1
  }

  #object(depth: number): ObjectNode {
    if (depth >= maximumDepth) throw this.#error(`nested deeper than ${maximumDepth} levels`)
    const node = new ObjectNode(this.#at++)
    let seen: Set<string> | null = null
    for (;;) {
      const code = this.#next()
      if (code === 0x7d) break
      if (code !== 0x22) throw this.#error(code < 0 ? 'the object is not closed' : 'a key in double quotes is expected')
      const key = this.#string()
      if (this.#next() !== 0x3a) throw this.#error('a colon is expected after the key')
      this.#at++
      if (node.keys.length === largeObject) seen = new Set(node.keys)
      if (seen ? seen.has(key) : node.keys.includes(key)) node.duplicate ??= key
      seen?.add(key)
      const value = this.value(depth + 1)
      node.keys.push(key)
      node.values.push(value)
      const after = this.#next()
      if (after === 0x2c) this.#comma(0x7d)
      else if (after !== 0x7d) throw this.#error(after < 0 ? 'the object is not closed' : 'a comma or } is expected')
    }
    node.end = ++this.#at
    return node
  }

  #array(depth: number): ArrayNode {
    if (depth >= maximumDepth) throw this.#error(`nested deeper than ${maximumDepth} levels`)
    const node = new ArrayNode(this.#at++)
    while (this.#next() !== 0x5d) {
      node.items.push(this.value(depth + 1))
      const after = this.#next()
      if (after === 0x2c) this.#comma(0x5d)
      else if (after !== 0x5d) throw this.#error(after < 0 ? 'the array is not closed' : 'a comma or ] is expected')
    }
    node.end = ++this.#at
    return node
  }

  #comma(closer: number): void {
    this.#at++
    if (this.#next() === closer) throw this.#error('a comma without anything after it')
  }

  #string(): string {
    const text = this.#text
    const start = ++this.#at
    for (;;) {
      const code = text.charCodeAt(this.#at)
      if (code === 0x22) return text.slice(start, this.#at++)
      if (code === 0x5c) return this.#escaped(start)
      if (!(code >= 0x20))
        throw this.#error(Number.isNaN(code) ? 'the text is not closed' : 'a control character inside of a text')
      this.#at++
    }
  }

  /** A string with at least one escape: its end is found here, its value by the engine's own parser. */
  #escaped(start: number): string {
    const text = this.#text
    for (;;) {
      const code = text.charCodeAt(this.#at)
      if (code === 0x5c) this.#at += 2
      else if (code === 0x22) break
      else if (!(code >= 0x20))
        throw this.#error(Number.isNaN(code) ? 'the text is not closed' : 'a control character inside of a text')
      else this.#at++
    }
    let value: string
    try {
      value = JSON.parse(text.slice(start - 1, ++this.#at)) as string
    } catch {
      throw this.#error('an unknown escape inside of a text')
    }
    if (!value.isWellFormed()) throw this.#error('half of a surrogate pair inside of a text')
    return value
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error('a value is expected')
    this.#at += word.length
    return value
  }

  #number(): NumberText {
    number.lastIndex = this.#at
    let match = number.exec(this.#text)
    if (!match) {
      special.lastIndex = this.#at
      match = special.exec(this.#text)
    }
    if (!match)
      throw this.#error(
        this.#at >= this.#text.length ? 'the text ends where a value is expected' : 'a value is expected',
      )
    this.#at += match[0].length
    return new NumberText(match[0])
  }

  #error(message: string): JsonSyntaxError {
    return new JsonSyntaxError(message, this.#at)
  }
}

import type { OpenElement } from './path.ts'

/** An element of a record while it is read. */
export class Element {
  readonly #coerce: boolean
  readonly #members = new Map<string, string[]>()
  #text = ''

  constructor({ attributes }: OpenElement, coerce: boolean) {
    this.#coerce = coerce
    for (const [name, value] of Object.entries(attributes)) this.#add(`@${name}`, scalar(value, coerce))
  }

  addText(text: string): void {
    this.#text += text
  }

  addChild(name: string, child: Element): void {
    this.#add(name, child.json())
  }

  /** JSON text: attributes as `@name`, children by name (repeated ones as a list), text beside them as `#text`; text alone is the value. */
  json(): string {
    const text = this.#text.trim()
    if (this.#members.size === 0) return text === '' ? 'null' : scalar(text, this.#coerce)
    return this.record(text)
  }

  /** Always an object. */
  record(text = this.#text.trim()): string {
    const members = [...this.#members].map(
      ([name, values]) => `${JSON.stringify(name)}:${values.length === 1 ? values[0] : `[${values.join(',')}]`}`,
    )
    if (text !== '') members.push(`"#text":${scalar(text, this.#coerce)}`)
    return `{${members.join(',')}}`
  }

  #add(name: string, json: string): void {
    const values = this.#members.get(name)
    if (values === undefined) this.#members.set(name, [json])
    else values.push(json)
  }
}

/** XML has texts only. What is written exactly as JSON would write a number or boolean becomes one, unless `scalar.coercion` is off: `007` stays a text. */
export function scalar(text: string, coerce: boolean): string {
  const plain =
    coerce && text.length <= 30 && (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) || text === 'true' || text === 'false')
  return plain ? text : JSON.stringify(text)
}

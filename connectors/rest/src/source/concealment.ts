import type { JsonObject, Json } from '@leat/connector-kit'

/**
 * Secrets of a credential in texts that are kept or shown: origins, messages, and the URLs of next pages that services fill with what they were sent.
 * What is kept gets them back when it is used.
 */
export class Concealment {
  /** Every way in which a value is written in URLs and bodies -> its placeholder. */
  readonly #forms: readonly (readonly [form: string, name: string])[]
  readonly #values: ReadonlyMap<string, string>

  constructor(secrets: ReadonlyMap<string, string>) {
    const forms = new Map<string, string>()
    for (const [name, value] of secrets) {
      if (value.length < 4) continue
      for (const form of [value, encodeURIComponent(value), new URLSearchParams([['', value]]).toString().slice(1)])
        if (!forms.has(form)) forms.set(form, name)
    }
    this.#forms = [...forms].sort(([left], [right]) => right.length - left.length)
    this.#values = secrets
  }

  /** For people: `•••`. */
  mask(text: string): string {
    let masked = text
    for (const [form] of this.#forms) if (masked.includes(form)) masked = masked.replaceAll(form, '•••')
    return masked
  }

  maskAll<T extends Json>(value: T): T {
    return mapTexts(value, (text) => this.mask(text))
  }

  /** For the ledger: placeholders in the place of secrets. */
  hide<T extends Json>(value: T): T {
    if (this.#forms.length === 0) return value
    return mapTexts(value, (text) => {
      let hidden = text
      for (const [form, name] of this.#forms)
        if (hidden.includes(form))
          hidden = hidden.replaceAll(form, `\${SECRET.${name}.${form === this.#values.get(name) ? 'plain' : 'url'}}`)
      return hidden
    })
  }

  reveal<T extends Json>(value: T): T {
    return mapTexts(value, (text) =>
      text.replaceAll(/\$\{SECRET\.(.*?)\.(plain|url)\}/g, (whole, name: string, how: string) => {
        const secret = this.#values.get(name)
        if (secret === undefined) return whole
        return how === 'plain' ? secret : encodeURIComponent(secret)
      }),
    )
  }
}

function mapTexts<T extends Json>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((item: Json) => mapTexts(item, change)) as unknown as T
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, item]) => [key, mapTexts(item, change)]),
  ) as unknown as T
}

import type { JsonObject, Json } from '@leat/connector-kit'

/** Name of what stands in no credential: a key of a credential has no asterisk. */
const issued = '*'

/**
 * Secrets of a credential in texts that are kept or shown: origins, messages, and the URLs of next pages that services fill with what they were sent.
 * What is kept gets them back when it is used.
 */
export class Concealment {
  /** Every way in which a value is written in URLs and bodies -> its placeholder. */
  #forms: readonly (readonly [form: string, name: string])[] = []
  readonly #values: ReadonlyMap<string, string>
  readonly #tokens: () => readonly string[]
  readonly #seen = new Map<string, string>()

  /** `tokens`: what a service has given us to prove who asks, the one in use first. They stand in no credential, and services echo them as well. */
  constructor(secrets: ReadonlyMap<string, string>, tokens: () => readonly string[] = () => []) {
    this.#values = secrets
    this.#tokens = tokens
    for (const [name, value] of secrets) this.#learn(value, name)
  }

  /** Whether a stored text can only be had back once there is a token. */
  static needsToken(value: Json): boolean {
    return JSON.stringify(value).includes(`\${SECRET.${issued}.`)
  }

  #learn(value: string, name: string): void {
    if (value.length < 4 || this.#seen.has(value)) return
    this.#seen.set(value, name)
    const known = new Map(this.#forms)
    for (const form of [value, encodeURIComponent(value), new URLSearchParams([['', value]]).toString().slice(1)])
      if (!known.has(form)) known.set(form, name)
    this.#forms = [...known].sort(([left], [right]) => right.length - left.length)
  }

  /** Tokens that were renewed are remembered: an older answer may still hold the one before. */
  #all(): readonly (readonly [form: string, name: string])[] {
    for (const token of this.#tokens()) this.#learn(token, issued)
    return this.#forms
  }

  /** For people: `•••`. */
  mask(text: string): string {
    let masked = text
    for (const [form] of this.#all()) if (masked.includes(form)) masked = masked.replaceAll(form, '•••')
    return masked
  }

  maskAll<T extends Json>(value: T): T {
    return mapTexts(value, (text) => this.mask(text))
  }

  /** For the ledger: placeholders in the place of secrets. */
  hide<T extends Json>(value: T): T {
    const forms = this.#all()
    if (forms.length === 0) return value
    return mapTexts(value, (text) => {
      let hidden = text
      for (const [form, name] of forms)
        if (hidden.includes(form))
          hidden = hidden.replaceAll(form, `\${SECRET.${name}.${this.#seen.get(form) === name ? 'plain' : 'url'}}`)
      return hidden
    })
  }

  reveal<T extends Json>(value: T): T {
    return mapTexts(value, (text) =>
      text.replaceAll(/\$\{SECRET\.(.*?)\.(plain|url)\}/g, (whole, name: string, how: string) => {
        const secret = name === issued ? this.#tokens()[0] : this.#values.get(name)
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

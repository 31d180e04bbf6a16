import { createHash } from 'node:crypto'
import type { JsonObject, SharedState } from '@leat/connector-kit'

/** What a token endpoint gave. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
  /** Epoch ms; absent: nobody said. */
  readonly expires_at?: number
  /** Time for which it was given, ms. */
  readonly lifetime?: number
  readonly token_type?: string
  /** OAuth 1: what requests with the token are signed with. */
  readonly token_secret?: string
  readonly cookie?: string
}

export type Obtain = (before: Tokens | null, signal: AbortSignal | undefined) => Promise<Tokens>

const earlyMs = 60_000

/**
 * The tokens of a credential: one process of the cluster renews them at a time, before they expire, and what it gets is stored before anybody uses it.
 * The others find the new ones.
 */
export class TokenKeeper {
  readonly #shared: SharedState
  readonly #obtain: Obtain
  readonly #owner: string
  #tokens: Tokens | null = null
  #pending: Promise<Tokens> | null = null

  constructor(shared: SharedState | undefined, identity: JsonObject, obtain: Obtain) {
    this.#shared = shared ?? localState()
    this.#obtain = obtain
    // Tokens of a credential that was edited since are worth nothing.
    this.#owner = ownerOf(identity)
  }

  /** A token that lasts for a while. */
  async current(signal?: AbortSignal): Promise<Tokens> {
    if (this.#tokens !== null && !isOld(this.#tokens)) return this.#tokens
    return this.#change((tokens) => !isOld(tokens), signal)
  }

  /** The service refused this token: another one, unless somebody has renewed it already. */
  async renew(refused: string | undefined, signal?: AbortSignal): Promise<void> {
    await this.#change((tokens) => tokens.access_token !== refused, signal)
  }

  /** Puts tokens in place that came another way (a person allowed them in a browser). */
  async adopt(tokens: Tokens): Promise<void> {
    await this.#shared.change(async () => ({ owner: this.#owner, tokens: { ...tokens } }))
    this.#tokens = tokens
  }

  get secrets(): readonly string[] {
    const { access_token, refresh_token, token_secret } = this.#tokens ?? {}
    return [access_token, refresh_token, token_secret].filter((one) => one !== undefined)
  }

  async #change(isGood: (tokens: Tokens) => boolean, signal: AbortSignal | undefined): Promise<Tokens> {
    // What another request of this process waits for may be good enough for this one as well.
    for (let pending = this.#pending; pending !== null; pending = this.#pending) {
      const tokens = await pending
      if (isGood(tokens)) return tokens
    }
    this.#pending = this.#changeOnce(isGood, signal).finally(() => (this.#pending = null))
    return this.#pending
  }

  async #changeOnce(isGood: (tokens: Tokens) => boolean, signal: AbortSignal | undefined): Promise<Tokens> {
    const seen = this.#own(await this.#shared.read())
    if (seen !== null && isGood(seen)) return (this.#tokens = seen)
    const state = await this.#shared.change(async (before) => {
      const tokens = this.#own(before)
      if (tokens !== null && isGood(tokens)) return before ?? {}
      return { owner: this.#owner, tokens: { ...(await this.#obtain(tokens, signal)) } }
    })
    return (this.#tokens = this.#own(state)!)
  }

  #own(state: JsonObject | null): Tokens | null {
    return state !== null && state['owner'] === this.#owner ? (state['tokens'] as unknown as Tokens) : null
  }
}

/** Early by a minute, or by a tenth of a short life. */
function isOld({ expires_at, lifetime = 600_000 }: Tokens): boolean {
  return expires_at !== undefined && Date.now() > expires_at - Math.min(earlyMs, lifetime / 10)
}

function ownerOf(identity: JsonObject): string {
  const sorted = Object.entries(identity).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 22)
}

/** For connections whose credential is not stored. */
function localState(): SharedState {
  let state: JsonObject | null = null
  return {
    read: async () => state,
    change: async (change) => (state = await change(state)),
  }
}

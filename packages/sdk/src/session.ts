import { type ResponseOf, routes } from '@leat/contract'
import { AuthenticationError } from './errors.ts'
import { send, type TransportOptions } from './transport.ts'

export type SessionKey = { readonly service_key: string } | { readonly access_token: string }

/**
 * The access token of a client. A service key is exchanged for a token when the first call needs one, and again
 * `margin_s` seconds before it expires; calls at the same time share one exchange.
 */
export class Session {
  readonly #key: SessionKey
  readonly #transport: TransportOptions
  readonly #marginMs: number
  #token: { readonly value: string; readonly expiresAt: number } | undefined
  #renewal: Promise<string> | undefined

  constructor(key: SessionKey, transport: TransportOptions, marginSeconds: number) {
    this.#key = key
    this.#transport = transport
    this.#marginMs = marginSeconds * 1000
  }

  /** False with a token that was given: a 401 is then final. */
  get renewable(): boolean {
    return 'service_key' in this.#key
  }

  async token(): Promise<string> {
    if ('access_token' in this.#key) return this.#key.access_token
    if (this.#token && this.#token.expiresAt - Date.now() >= this.#marginMs) return this.#token.value
    return this.renew()
  }

  /** A new token; `refused` is the one that a call was refused with, so that only the first of several calls renews it. */
  async renew(refused?: string): Promise<string> {
    if ('access_token' in this.#key)
      throw new AuthenticationError('A client with an access token cannot renew it. Give it a service key instead.')
    if (refused !== undefined && this.#token && this.#token.value !== refused) return this.#token.value
    this.#renewal ??= this.#exchange(this.#key.service_key).finally(() => (this.#renewal = undefined))
    return this.#renewal
  }

  forget(): void {
    this.#token = undefined
  }

  async #exchange(serviceKey: string): Promise<string> {
    const { method, path } = routes.create_token
    // The key as it is: neither client encodes it.
    const headers = { Authorization: `Basic ${serviceKey}` }
    const answer = await send({ operation: 'create_token', method, path, headers }, this.#transport)
    const { access_token, expires_in } = (answer ?? {}) as Partial<ResponseOf<'create_token'>>
    if (typeof access_token !== 'string')
      throw new AuthenticationError(
        `${this.#transport.base_url}${path} answered without an access token. Is it a Leat server?`,
      )
    this.#token = { value: access_token, expiresAt: Date.now() + (expires_in ?? 86_400) * 1000 }
    return access_token
  }
}

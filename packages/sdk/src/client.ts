import {
  type ConnectorInfo,
  type OperationId,
  type ResponseOf,
  type Route,
  routes,
  type SqlResult,
} from '@leat/contract'
import { type CallOptions, type Input, pathOf } from './call.ts'
import { AuthenticationError, NexlaError } from './errors.ts'
import { stringifyJson } from './json.ts'
import { CredentialsResource } from './resources/credentials.ts'
import { DestinationsResource } from './resources/destinations.ts'
import { FlowsResource } from './resources/flows.ts'
import { LookupsResource } from './resources/lookups.ts'
import { MetricsResource } from './resources/metrics.ts'
import { NexsetsResource } from './resources/nexsets.ts'
import { QuarantineResource } from './resources/quarantine.ts'
import { RunsResource } from './resources/runs.ts'
import { SourcesResource } from './resources/sources.ts'
import { UsersResource } from './resources/users.ts'
import { Session, type SessionKey } from './session.ts'
import { type HttpRequest, send, type TransportOptions } from './transport.ts'

export interface NexlaClientOptions {
  /** Exchanged for access tokens. Default: environment variable `NEXLA_SERVICE_KEY`. */
  readonly service_key?: string | undefined
  /** Used as it is; a 401 is then final. Default: `NEXLA_ACCESS_TOKEN`, when there is no service key. */
  readonly access_token?: string | undefined
  /** Default: `NEXLA_API_URL`, else `http://127.0.0.1:8787/api`. */
  readonly base_url?: string | undefined
  /** For one attempt of a call. Default 30 000. */
  readonly timeout_ms?: number
  /** Default 3. */
  readonly max_retries?: number
  /** First wait before a retry; it doubles with every retry. Default 500. */
  readonly backoff_ms?: number
  /** Seconds before its end at which a token is renewed. Default 3600, as the Python client. */
  readonly token_refresh_margin?: number
  readonly fetch?: typeof fetch
}

/** The client. Making one calls nothing; the first call gets a token. */
export class NexlaClient {
  readonly api_url: string
  readonly credentials: CredentialsResource
  readonly sources: SourcesResource
  readonly nexsets: NexsetsResource
  readonly destinations: DestinationsResource
  readonly flows: FlowsResource
  readonly lookups: LookupsResource
  readonly metrics: MetricsResource
  readonly users: UsersResource
  readonly runs: RunsResource
  readonly quarantine: QuarantineResource
  readonly #session: Session
  readonly #transport: TransportOptions

  constructor(options: NexlaClientOptions = {}) {
    this.#transport = {
      base_url: (options.base_url || environment('NEXLA_API_URL') || 'http://127.0.0.1:8787/api').replace(/\/+$/, ''),
      timeout_ms: options.timeout_ms ?? 30_000,
      max_retries: options.max_retries ?? 3,
      backoff_ms: options.backoff_ms ?? 500,
      fetch: options.fetch ?? fetch,
      user_agent: 'leat-sdk/0.1.0',
    }
    this.api_url = this.#transport.base_url
    this.#session = new Session(keyOf(options), this.#transport, options.token_refresh_margin ?? 3600)
    const call = this.call.bind(this)
    this.credentials = new CredentialsResource(call)
    this.sources = new SourcesResource(call)
    this.nexsets = new NexsetsResource(call)
    this.destinations = new DestinationsResource(call)
    this.flows = new FlowsResource(call)
    this.lookups = new LookupsResource(call)
    this.metrics = new MetricsResource(call)
    this.users = new UsersResource(call)
    this.runs = new RunsResource(call)
    this.quarantine = new QuarantineResource(call)
  }

  readonly connectors = {
    /** Connectors of the server with the JSON Schemas of their configuration. */
    list: (options?: CallOptions): Promise<ConnectorInfo[]> => this.call('list_connectors', { ...options }),
  }

  /** Reads nexsets with SQL: `select status, count(*) from nexset_12 group by 1`. At most `limit` rows (100) come back. */
  sql(query: string, { limit, ...options }: CallOptions & { readonly limit?: number } = {}): Promise<SqlResult> {
    return this.call('query_sql', { body: { query, ...(limit !== undefined && { limit }) }, ...options })
  }

  /** Any operation of the API by its id. Every other method of this client is one such call. */
  async call<O extends OperationId>(operation: O, input: Input<O>): Promise<ResponseOf<O>> {
    const route: Route = routes[operation]
    const { params, query, body, signal, timeout_ms } = input as Input<OperationId> & {
      params?: object
      body?: unknown
    }
    const request = {
      operation,
      method: route.method,
      path: pathOf(route, params, query),
      ...(body !== undefined && { body: route.body_type === 'multipart' ? (body as FormData) : stringifyJson(body) }),
      signal,
      timeout_ms,
    }
    return (route.access === 'none' ? send(request, this.#transport) : this.#authorised(request)) as Promise<
      ResponseOf<O>
    >
  }

  getAccessToken(): Promise<string> {
    return this.#session.token()
  }

  refreshAccessToken(): Promise<string> {
    return this.#session.renew()
  }

  /** Ends the token on the server. The next call gets a new one when the client has a service key. */
  async logout(options?: CallOptions): Promise<void> {
    await this.call('logout', { ...options })
    this.#session.forget()
  }

  async #authorised(request: HttpRequest): Promise<unknown> {
    const attempt = (token: string) =>
      send({ ...request, headers: { Authorization: `Bearer ${token}` } }, this.#transport)
    const token = await this.#session.token()
    try {
      return await attempt(token)
    } catch (error) {
      if (!(error instanceof AuthenticationError) || !this.#session.renewable) throw error
      return attempt(await this.#session.renew(token))
    }
  }
}

function keyOf({ service_key, access_token }: NexlaClientOptions): SessionKey {
  if (service_key && access_token) throw new NexlaError('Give either service_key or access_token, not both.')
  if (service_key) return { service_key }
  if (access_token) return { access_token }
  const key = environment('NEXLA_SERVICE_KEY')
  if (key) return { service_key: key }
  const token = environment('NEXLA_ACCESS_TOKEN')
  if (token) return { access_token: token }
  throw new NexlaError(
    'Give service_key or access_token, or set NEXLA_SERVICE_KEY or NEXLA_ACCESS_TOKEN. A server keeps its key in the file service-key of its data folder.',
  )
}

/** Empty outside Node. */
function environment(name: string): string | undefined {
  return (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[name]
}

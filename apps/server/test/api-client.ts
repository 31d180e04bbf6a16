import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Run } from '@leat/contract'
import { until } from '../../../tools/testing/until.ts'
import type { ServerProcess } from './server-process.ts'

export interface HookedSource {
  readonly id: number
  readonly hosted_url: string
  readonly api_keys: readonly { readonly id: number; readonly api_key: string }[]
  readonly data_sets: readonly { readonly id: number }[]
  readonly source_config: Readonly<Record<string, unknown>>
}

/** The API of a server as its owner calls it. */
export class ApiClient {
  readonly #api: string
  readonly #token: string

  private constructor(api: string, token: string) {
    this.#api = api
    this.#token = token
  }

  static async open(server: ServerProcess, data: string): Promise<ApiClient> {
    const api = `${await server.address()}/api`
    const key = (await readFile(join(data, 'service-key'), 'utf8')).trim()
    const answer = await fetch(`${api}/token`, { method: 'POST', headers: { authorization: `Basic ${key}` } })
    return new ApiClient(api, ((await answer.json()) as { access_token: string }).access_token)
  }

  /** Whatever comes, a failure too. */
  async ask(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`${this.#api}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: response.status, text: await response.text() }
  }

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const { status, text } = await this.ask(method, path, body)
    assert.ok(status >= 200 && status < 300, `${method} ${path}: ${text}`)
    return JSON.parse(text) as T
  }

  /** An active webhook. */
  async webhook(name: string, source_config: Readonly<Record<string, unknown>> = {}): Promise<HookedSource> {
    const { id } = await this.call<{ id: number }>('POST', '/data_sources', {
      name,
      source_type: 'nexla_rest',
      source_config,
    })
    await this.call('PUT', `/data_sources/${id}/activate`)
    return this.call<HookedSource>('GET', `/data_sources/${id}`)
  }

  async sql(query: string): Promise<readonly (readonly unknown[])[]> {
    return (await this.call<{ rows: unknown[][] }>('POST', '/sql', { query, limit: 10_000 })).rows
  }

  /** The first nexset of a source, once it has one. */
  nexsetOf(source: number): Promise<number> {
    type Found = { readonly data_sets: readonly { readonly id: number }[] }
    return until(async () => (await this.call<Found>('GET', `/data_sources/${source}`)).data_sets[0]?.id)
  }

  /** The newest run of a source, once it has ended. */
  endedRun(source: number): Promise<Run> {
    return until(async () => {
      const [newest] = await this.call<Run[]>('GET', `/data_sources/${source}/runs`)
      return newest !== undefined && !['QUEUED', 'RUNNING'].includes(newest.status) && newest
    })
  }

  /** Rows of a nexset once it has as many; 0 before it has a schema. */
  async rows(nexset: number, expected: number): Promise<number> {
    for (;;) {
      const detail = await this.call<{ output_schema?: { properties?: object } | null }>('GET', `/data_sets/${nexset}`)
      const some = Object.keys(detail.output_schema?.properties ?? {}).length > 0
      const [[count] = [0]] = some ? await this.sql(`select count(*)::int from nexset_${nexset}`) : []
      if (Number(count) >= expected) return Number(count)
      await pause(50)
    }
  }
}

import { requireConfig, type JsonObject } from '@leat/connector-kit'
import type { Vault } from '../auth/vault.ts'
import { openedConfig } from '../config-secrets.ts'
import type { Database } from '../database/connection.ts'
import { queryOne } from '../ledger/sql.ts'
import type { ConnectorRegistry } from '../registry.ts'
import { unitKey } from '../inbox/inbox-files.ts'
import type { MeasuredInbox } from '../inbox/measured-inbox.ts'
import { hookKeyPurpose } from './hook-keys.ts'
import { hashAlgorithms, type HashCheck } from './signature.ts'

/** What a request to the URL of a source is checked against. */
export interface HookSource {
  readonly id: number
  readonly name: string
  readonly status: string
  /** Where its records go; null before there is a nexset. */
  readonly nexsetId: number | null
  /** Keys that are valid now; null when a hash takes their place. */
  readonly keys: readonly Buffer[] | null
  readonly hash: HashCheck | null
  readonly maxBodyBytes: number
  /** False when this many bytes more would be waiting than the source allows. Where nothing waits, a request is taken however large it is. */
  readonly hasRoom: (bytes: number) => boolean
}

interface Known {
  readonly source: HookSource | null
  readonly at: number
}

/** A change of a source (status, keys, settings) is seen by every server within this time; on the server that made it, at once. */
const freshMs = 1000
/** An unknown URL that is asked again and again costs one query per second; a flood of different ones must not fill the memory. */
const mostKnown = 20_000

export class HookSources {
  readonly #database: Database
  readonly #vault: Vault
  readonly #registry: ConnectorRegistry
  readonly #inbox: MeasuredInbox
  readonly #known = new Map<string, Known>()
  /** A path belongs to one source for ever. */
  readonly #ids = new Map<string, number>()
  readonly #loading = new Map<string, Promise<HookSource | null>>()

  constructor(database: Database, vault: Vault, registry: ConnectorRegistry, inbox: MeasuredInbox) {
    this.#database = database
    this.#vault = vault
    this.#registry = registry
    this.#inbox = inbox
  }

  /** The source at this path, null when there is none; a promise when it must be looked up. */
  find(path: string): HookSource | null | Promise<HookSource | null> {
    const known = this.#known.get(path)
    if (known !== undefined && Date.now() - known.at < freshMs) return known.source
    return this.#loading.get(path) ?? this.#load(path)
  }

  /** A source of this server was changed. */
  forget(): void {
    this.#known.clear()
  }

  #load(path: string): Promise<HookSource | null> {
    const loading = this.#query(path)
      .then((source) => {
        if (this.#known.size >= mostKnown) this.#known.clear()
        this.#known.set(path, { source, at: Date.now() })
        return source
      })
      .finally(() => this.#loading.delete(path))
    this.#loading.set(path, loading)
    return loading
  }

  async #idOf(path: string): Promise<number | null> {
    const known = this.#ids.get(path)
    if (known !== undefined) return known
    const row = await queryOne<{ id: number }>(
      this.#database,
      'select data_source_id as id from hook where path = $1',
      [path],
    )
    if (this.#ids.size >= mostKnown) this.#ids.clear()
    if (row) this.#ids.set(path, row.id)
    return row?.id ?? null
  }

  async #query(path: string): Promise<HookSource | null> {
    const id = await this.#idOf(path)
    if (id === null) return null
    const waitingHere = this.#inbox.look(id)
    const row = await queryOne<{
      id: number
      name: string
      status: string
      type: string
      config: JsonObject
      nexset: number | null
      keys: string[] | null
      waiting: number
    }>(
      this.#database,
      `select s.id, s.name, s.status, s.source_type as type, s.source_config as config,
         (select min(id) from data_set d where d.data_source_id = s.id) as nexset,
         (select array_agg(encode(k.sealed, 'base64')) from hook_key k where k.data_source_id = s.id and k.status = 'ACTIVE'
            and (k.expires_at is null or k.expires_at > now())) as keys,
         (select coalesce(sum(p.bytes), 0) from inbox_part p join inbox_file f on f.id = p.file_id where p.data_source_id = s.id
            and not exists (select 1 from unit u where u.data_source_id = s.id and u.key = ${unitKey} and u.status = 'DONE'))::bigint as waiting
       from data_source s where s.id = $1`,
      [id],
    )
    const connector = row ? this.#registry.get(row.type) : null
    if (!row || !connector?.source) return null
    const { source_type: _repeated, ...config } = openedConfig(this.#vault, row.config)
    const options = requireConfig(connector.source.options, connector.aliases?.source, config)
    const byHash = options['webhook.auth_type'] === 'Payload Hash'
    const limit = options['max_waiting_bytes']
    return {
      id: row.id,
      name: row.name,
      status: row.status,
      nexsetId: row.nexset,
      keys: byHash ? null : (row.keys ?? []).map((sealed) => this.#open(sealed)),
      hash: byHash || options['hash.enabled'] === true ? hashOf(options) : null,
      maxBodyBytes: Number(options['max_body_bytes']),
      hasRoom: (bytes) => {
        if (typeof limit !== 'number') return true
        const waiting = waitingHere(row.waiting)
        return waiting === 0 || waiting + bytes <= limit
      },
    }
  }

  #open(sealed: string): Buffer {
    const { api_key: key } = this.#vault.open(hookKeyPurpose, Buffer.from(sealed, 'base64'))
    return Buffer.from(String(key))
  }
}

function hashOf(options: JsonObject): HashCheck {
  return {
    algorithm: hashAlgorithms[String(options['hash_algorithm'])]!,
    param: String(options['hash_request_param']).toLowerCase(),
    secret: String(options['hash_secret_key']),
  }
}

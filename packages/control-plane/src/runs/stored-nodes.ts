import { join } from 'node:path'
import {
  Fault,
  requireConfig,
  type Answers,
  type ConnectContext,
  type Connection,
  type Connector,
  type JsonObject,
} from '@leat/connector-kit'
import type { DerivedNode, Log, SegmentStore, SinkNode, SourceNode } from '@leat/engine'
import { credentialPurpose, type Vault } from '../auth/vault.ts'
import { openedConfig } from '../config-secrets.ts'
import type { Database } from '../database/connection.ts'
import type { Nodes } from '../jobs/work-context.ts'
import { withTemplate } from '../with-template.ts'
import { sharedState } from '../credentials/shared-state.ts'
import { queryOne } from '../ledger/sql.ts'
import { inboxFolderOf } from '../inbox/inbox-files.ts'
import { sourceInbox } from '../inbox/source-inbox.ts'
import { ownersLookups } from '../lookups/lookup-reader.ts'
import type { ConnectorRegistry } from '../registry.ts'
import { ingestMode } from '../sources/ingest-method.ts'

export interface NodeSettings {
  readonly database: Database
  readonly vault: Vault
  readonly registry: ConnectorRegistry
  /** Folders that the operator opened for local_file. */
  readonly allowedFolders: readonly string[]
  /** Takes what connectors tell of their work; they are not asked to tell anything without it. */
  readonly log?: Log
  readonly dataFolder: string
  /** Where the answers of destinations that keep them go; absent where nothing is delivered. */
  readonly answers?: (sourceId: number) => Answers
  /** Where the inbox of a cluster is. */
  readonly store: () => Promise<SegmentStore>
}

interface NodeRow {
  readonly id: number
  readonly org_id: number
  readonly owner_id: number
  readonly name: string
  readonly type: string
  readonly config: JsonObject
  readonly template: JsonObject | null
  readonly nexset: number | null
  readonly ingest_method: string | null
  readonly create_destination: boolean | null
  readonly answer_source: number | null
  readonly credentials_id: number | null
  readonly sealed: Uint8Array | null
}

/** Where the API puts the uploads of a source. */
export function uploadFolderOf(dataFolder: string, sourceId: number): string {
  return join(dataFolder, 'uploads', String(sourceId))
}

/** Nodes as the database holds them: configs are normalised and checked again, credentials are opened only when something connects. */
export class StoredNodes implements Nodes {
  readonly #settings: NodeSettings

  constructor(settings: NodeSettings) {
    this.#settings = settings
  }

  async source(id: number): Promise<SourceNode> {
    const row = await this.#row('data_source', id)
    const connector = this.#connector(row.type, 'source', `Source ${id} "${row.name}"`)
    const stored = openedConfig(this.#settings.vault, row.config)
    const { source_type: _repeated, ...config } = withTemplate(connector, 'source', stored, row.template)
    const options = requireConfig(
      (connector.source as NonNullable<Connector['source']>).options,
      connector.aliases?.source,
      config,
    )
    const mode = ingestMode(connector, row.ingest_method)
    return {
      id,
      name: row.name,
      type: row.type,
      ...(connector.source?.lists_at_once === true ? { listsAtOnce: true } : {}),
      ...(mode === undefined ? {} : { mode }),
      options,
      connect: (signal) => this.#connect(connector, row, signal, this.#arrivals(id)),
    }
  }

  /** What was handed to a source instead of being fetched by it. */
  #arrivals(sourceId: number): Pick<ConnectContext, 'uploadFolder' | 'inbox'> {
    const { database, dataFolder, store } = this.#settings
    return {
      uploadFolder: uploadFolderOf(dataFolder, sourceId),
      inbox: sourceInbox({ database, folder: inboxFolderOf(dataFolder), store }, sourceId),
    }
  }

  async derived(id: number): Promise<DerivedNode> {
    const row = await queryOne<{ name: string; parent: number | null; transform: JsonObject | null }>(
      this.#settings.database,
      'select name, parent_data_set_id as parent, transform from data_set where id = $1',
      [id],
    )
    if (!row || row.parent === null) throw missing(`nexset ${id} with a parent`)
    return { id, name: row.name, parentId: row.parent, transform: row.transform }
  }

  async sink(id: number): Promise<SinkNode> {
    const row = await this.#row('data_sink', id)
    const connector = this.#connector(row.type, 'sink', `Destination ${id} "${row.name}"`)
    if (row.nexset === null) {
      throw new Fault({
        kind: 'config',
        code: 'sink.no_nexset',
        field: 'data_set_id',
        message: `Destination ${id} "${row.name}" has no nexset to follow. Set "data_set_id".`,
      })
    }
    const { sink_type: _repeated, ...config } = withTemplate(
      connector,
      'sink',
      { ...openedConfig(this.#settings.vault, row.config), ...creation(connector, row) },
      row.template,
    )
    const options = requireConfig(
      (connector.sink as NonNullable<Connector['sink']>).options,
      connector.aliases?.sink,
      config,
    )
    return {
      id,
      name: row.name,
      type: row.type,
      nexsetId: row.nexset,
      options,
      connect: (signal) => this.#connect(connector, row, signal, this.#answers(connector, row, options)),
    }
  }

  #answers(connector: Connector, row: NodeRow, options: JsonObject): Pick<ConnectContext, 'answers'> {
    const { answers } = this.#settings
    const flag = connector.sink?.keeps_answers
    if (answers === undefined || flag === undefined || options[flag] !== true) return {}
    if (row.answer_source !== null) return { answers: answers(row.answer_source) }
    throw new Fault({
      kind: 'config',
      code: 'sink.no_answer_source',
      field: flag,
      message: `The source of the answers of destination ${row.id} "${row.name}" was deleted. Activate the destination to make another, or take "${flag}" out.`,
    })
  }

  async #row(table: 'data_source' | 'data_sink', id: number): Promise<NodeRow> {
    const [prefix, nexset, creates, method, answer] =
      table === 'data_source'
        ? ['source', 'null::bigint', 'null::boolean', 'n.ingest_method', 'null::bigint']
        : [
            'sink',
            'n.data_set_id',
            'n.create_destination',
            'null::text',
            '(select a.id from data_source a where a.data_sink_id = n.id)',
          ]
    const row = await queryOne<NodeRow>(
      this.#settings.database,
      `select n.id, n.org_id, n.owner_id, n.name, n.${prefix}_type as type, n.${prefix}_config as config, n.template_config as template, ${nexset} as nexset, ${creates} as create_destination, ${method} as ingest_method, ${answer} as answer_source, n.data_credentials_id as credentials_id, c.sealed
       from ${table} n left join data_credential c on c.id = n.data_credentials_id where n.id = $1`,
      [id],
    )
    if (!row) throw missing(`${prefix} ${id}`)
    return row
  }

  #connector(type: string, part: 'source' | 'sink', what: string): Connector {
    const connector = this.#settings.registry.get(type)
    if (connector?.[part]) return connector
    throw new Fault({
      kind: 'unsupported',
      code: 'connector.missing',
      field: `${part}_type`,
      message: `${what} needs the connector "${type}", which this worker does not have as a ${part}.`,
    })
  }

  async #connect(
    connector: Connector,
    row: NodeRow,
    signal: AbortSignal,
    arrivals: Partial<ConnectContext> = {},
  ): Promise<Connection> {
    const given = row.sealed === null ? {} : this.#settings.vault.open(credentialPurpose, row.sealed)
    const { credentials_type: _repeated, ...rest } = given
    const credentials = connector.credentials
      ? requireConfig(connector.credentials, connector.aliases?.credentials, rest)
      : {}
    const driver = await connector.load()
    const context = {
      allowedFolders: this.#settings.allowedFolders,
      ...this.#observer(connector.type, row.id),
      signal,
      lookup: ownersLookups(this.#settings.database, row),
      ...arrivals,
      ...(row.credentials_id === null
        ? {}
        : { shared: sharedState(this.#settings.database, this.#settings.vault, row.credentials_id) }),
    }
    return driver.connect(credentials, context)
  }

  #observer(connector: string, node: number): Pick<ConnectContext, 'observe'> {
    const { log } = this.#settings
    if (log === undefined) return {}
    return { observe: (event, fields) => log('debug', event, { connector, node, ...fields }) }
  }
}

/** The sink's own `create_destination` counts for connectors that can create something. */
function creation(connector: Connector, row: NodeRow): JsonObject {
  const known = Object.hasOwn(connector.sink?.options.shape ?? {}, 'create_destination')
  return row.create_destination === true && known ? { create_destination: true } : {}
}

function missing(what: string): Fault {
  return new Fault({ kind: 'not_found', code: 'node.missing', message: `There is no ${what}.` })
}
